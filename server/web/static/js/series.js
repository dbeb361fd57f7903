// A chart over vintages, where there are several, and the same as a table; Vega is loaded for it alone.
import { read } from "./api.js";
import { h, loadScript } from "./dom.js";
import { unitText, withUnit } from "./format.js";
import { language, said, t } from "./i18n.js";
import { saveSvgButton } from "./pictures.js";
import { at } from "./root.js";
import { fill, table } from "./ui.js";

const LOCALES = {
  fr: { decimal: ",", thousands: "\u202f", grouping: [3], currency: ["", "\u00a0€"] },
  en: { decimal: ".", thousands: ",", grouping: [3], currency: ["£", ""] },
};
const VENDOR = at("/assets/vendor");

// The policy forbids eval, so expressions are interpreted from their syntax tree.
async function draw(spec, container) {
  for (const name of ["vega", "vega-lite", "vega-embed"]) await loadScript(`${VENDOR}/${name}/${name}.min.js`);
  await vegaEmbed(container, spec, { ast: true, actions: false, defaultStyle: false, tooltip: false, renderer: "svg", formatLocale: LOCALES[language()] });
}

// A value that does not change is drawn amid some room, else its axis repeats it.
function room(values) {
  const known = values.map((one) => one.value).filter((value) => value !== null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const around = low === high && (Math.abs(low) / 10 || 1);
  return around ? { zero: false, domain: [low - around, high + around] } : { zero: false };
}

function specification(points, unit) {
  const values = points.map((one) => ({ vintage: one.vintage, value: one.measure.value, broken: one.breaks.length > 0 }));
  return {
    width: 340, height: 160, data: { values }, config: { font: "system-ui, sans-serif", view: { stroke: null } },
    encoding: { x: { field: "vintage", type: "ordinal", axis: { title: t("fact.vintage"), labelAngle: 0 } }, y: { field: "value", type: "quantitative", scale: room(values), axis: { title: unit } } },
    layer: [{ mark: { type: "line", color: "#0b5394", invalid: "break-paths-show-domains" } }, { mark: { type: "point", filled: true, size: 70, color: "#0b5394" } }],
  };
}

const breaks = (points) => points.flatMap((one) => one.breaks.map((text) => h("li", {}, `${one.vintage} : ${said(text) || said(text.text) || ""}`)));

export const series = (root, place, name) => fill(root, () => read(`/towns/${place.town.insee}/indicators/${name}/series?perimeter=${place.perimeter.id}`), (found) => shown(found, name));

async function shown(found, name) {
  const given = found.series.filter((one) => one.measure.value !== null);
  if (given.length < 2) return h("p", { class: "note" }, t("series.single"));
  const chart = h("div", { class: "chart", role: "img", "aria-label": t("series.title") });
  const rows = found.series.map((one) => [one.vintage, one.measure.value === null ? said(one.measure.withheld) : withUnit(one.measure.value, found.unit)]);
  await draw(specification(found.series, unitText(found.unit)), chart);
  const save = saveSvgButton(chart.querySelector("svg"), name);
  return [h("h3", {}, t("series.title")), chart, save, h("ul", {}, breaks(found.series)), table(t("series.title"), [t("fact.vintage"), t("value")], rows)];
}
