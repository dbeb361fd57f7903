// Where a value stands among those of the peers: one dot per town on a line, and the same as a table.
import { svg } from "./dom.js";
import { withUnit } from "./format.js";
import { t } from "./i18n.js";

const WIDTH = 320;
const HEIGHT = 46;
const EDGE = 12;
const LINE = 18;

function scale(values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const span = high - low || 1;
  return { low, high, at: (value) => EDGE + ((value - low) / span) * (WIDTH - 2 * EDGE) };
}

function label(x, text, anchor) {
  return svg("text", { x, y: HEIGHT - 3, "text-anchor": anchor, "font-size": 11, fill: "#4a5560" }, text);
}

// peers: [{name, value}], median and value in the same unit; returns an SVG that stands alone.
export function strip({ name, value, unit, peers, median }) {
  const known = peers.filter((peer) => peer.value !== null && peer.value !== undefined);
  if (!known.length) return null;
  const { low, high, at } = scale([...known.map((peer) => peer.value), ...(value === null ? [] : [value])]);
  const dots = known.map((peer) => svg("circle", { cx: at(peer.value), cy: LINE, r: 4.5, fill: "#7a8b99", "fill-opacity": 0.55, stroke: "#fff", "stroke-width": 0.6 },
    svg("title", {}, `${peer.name} : ${withUnit(peer.value, unit)}`)));
  const middle = median === null ? null : svg("path", { d: `M${at(median)} ${LINE - 9}v18`, stroke: "#1d2a33", "stroke-width": 1.5 }, svg("title", {}, `${t("median")} : ${withUnit(median, unit)}`));
  const own = value === null ? null : svg("path", { d: `M${at(value)} ${LINE - 9}l8 9l-8 9l-8-9z`, fill: "#0b5394", stroke: "#fff", "stroke-width": 1.2 }, svg("title", {}, withUnit(value, unit)));
  return svg("svg", { class: "strip", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": t("strip.label", { name, count: known.length }), xmlns: "http://www.w3.org/2000/svg" },
    svg("path", { d: `M${EDGE} ${LINE}H${WIDTH - EDGE}`, stroke: "#c3ccd3" }), dots, middle, own,
    label(EDGE, withUnit(low, unit), "start"), label(WIDTH - EDGE, withUnit(high, unit), "end"));
}
