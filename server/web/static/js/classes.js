// Classes and colours of a map, chosen by the reader; palettes that colour-blind readers tell apart.
import { read } from "./api.js";
import { h } from "./dom.js";
import { number, unitText, withUnit, worded } from "./format.js";
import { bounds } from "./geometry.js";
import { said, t } from "./i18n.js";
import { get } from "./state.js";

export const METHODS = ["quantiles", "jenks", "equal"];
// Nine steps of each, from light to dark or the reverse; Okabe and Ito's colours for kinds.
export const PALETTES = {
  viridis: ["#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#addc30", "#fde725"],
  cividis: ["#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369", "#fee838"],
  blues: ["#e8f1fa", "#cde0f1", "#abcfe6", "#82badb", "#59a1cf", "#3787c0", "#1b6aaf", "#0b4d94", "#08306b"],
};
export const KINDS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#f0e442", "#000000"];
const ABSENT = "#b9bec3";
const MOST = 10_000;
const SAMPLE = 600;

const sorted = (values) => [...values].sort((a, b) => a - b);

export function quantiles(values, count) {
  const ordered = sorted(values);
  return Array.from({ length: count - 1 }, (_, step) => {
    const place = ((step + 1) / count) * (ordered.length - 1);
    const low = Math.floor(place);
    return ordered[low] + (place - low) * ((ordered[low + 1] ?? ordered[low]) - ordered[low]);
  });
}

export function equal(values, count) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return Array.from({ length: count - 1 }, (_, step) => low + ((step + 1) * (high - low)) / count);
}

// Fisher's exact natural breaks by dynamic programming; a regular sample stands for many values.
export function jenks(values, count) {
  const all = sorted(values);
  const step = Math.max(1, all.length / SAMPLE);
  const x = Array.from({ length: Math.min(all.length, SAMPLE) }, (_, i) => all[Math.floor(i * step)]);
  const sums = [0], squares = [0];
  x.forEach((value, i) => { sums.push(sums[i] + value); squares.push(squares[i] + value * value); });
  const spread = (i, j) => squares[j] - squares[i] - (sums[j] - sums[i]) ** 2 / (j - i);
  let cost = x.map((_, j) => spread(0, j + 1));
  const cuts = [];
  for (let classes = 2; classes <= count; classes += 1) {
    const best = [], cut = [];
    for (let j = 0; j < x.length; j += 1) {
      best.push(Infinity);
      for (let i = 1; i <= j; i += 1) if (cost[i - 1] + spread(i, j + 1) < best[j]) {
        best[j] = cost[i - 1] + spread(i, j + 1);
        cut[j] = i;
      }
    }
    cuts.push(cut);
    cost = best;
  }
  const breaks = [];
  let end = x.length - 1;
  for (const cut of cuts.reverse()) {
    const start = cut[end];
    if (start === undefined) break;
    breaks.unshift(x[start]);
    end = start - 1;
  }
  return breaks;
}

const MAKERS = { quantiles, jenks, equal };

// Breaks in rising order, each once, inside the values.
export function breaksOf(values, method, count) {
  const known = values.filter((value) => Number.isFinite(value));
  if (known.length < 2) return [];
  const low = Math.min(...known);
  return [...new Set(MAKERS[method](known, count))].filter((value) => value > low).sort((a, b) => a - b);
}

export function ramp(name, count) {
  const colours = PALETTES[name];
  const nearest = (step) => Math.round((step * (colours.length - 1)) / Math.max(1, count - 1));
  return Array.from({ length: count }, (_, step) => colours[nearest(step)]);
}

// The reader's choice for one layer, from the address: layer:attribute:method:classes:palette.
export function choiceOf(id) {
  const own = get("style").split(",").map((one) => one.split(":")).find((one) => one[0] === id);
  if (!own) return null;
  const [, attribute, method, count, palette] = own;
  return { attribute, method: METHODS.includes(method) ? method : "quantiles", count: Math.min(9, Math.max(2, Number(count) || 5)), palette: palette in PALETTES ? palette : "viridis" };
}

export async function queryables(id) {
  const { properties } = await read(`/ogc/collections/${id}/queryables`);
  return Object.entries(properties).filter(([, one]) => one.type).map(([name, one]) => ({ name, title: one.title ?? name, type: one.type, unit: one["x-ogc-unit"] ?? "", values: one.enum ?? [], id: one["x-ogc-role"] === "id" }));
}

// A function from the names of a layer's attributes to their titles, without what these explain
// after a colon or in brackets where the rest is enough to tell them apart.
export async function titlesOf(id) {
  const known = (await queryables(id).catch(() => [])).map((one) => [one.name, one.title]);
  const short = (title) => title.split(/\s?[:;(]/)[0].trim();
  const alike = (title) => known.filter(([, other]) => short(other) === short(title)).length > 1;
  const titles = new Map(known.map(([name, title]) => [name, alike(title) ? title : short(title)]));
  return (name) => titles.get(name) ?? name;
}

async function valuesOf(id, attribute, place) {
  const box = bounds([place.commune]).join(",");
  const { features } = await read(`/ogc/collections/${id}/items?limit=${MOST}&skipGeometry=true&properties=${attribute}&bbox=${box}`);
  return features.map((feature) => feature.properties[attribute]);
}

async function graded(one, choice, attribute, place) {
  const values = await valuesOf(one.id, attribute.name, place);
  const breaks = breaksOf(values, choice.method, choice.count);
  const colours = ramp(choice.palette, breaks.length + 1);
  const known = values.filter((value) => Number.isFinite(value));
  const step = ["step", ["to-number", ["get", attribute.name]], colours[0], ...breaks.flatMap((value, index) => [value, colours[index + 1]])];
  const edges = known.length ? [Math.min(...known), ...breaks, Math.max(...known)] : [];
  return { attribute, colours, edges, absent: known.length < values.length, colour: ["case", ["==", ["get", attribute.name], null], ABSENT, breaks.length ? step : colours[0]] };
}

async function kinds(one, attribute, place) {
  const counts = new Map();
  for (const value of await valuesOf(one.id, attribute.name, place)) if (value !== null) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
  const shown = [...counts].sort((a, b) => b[1] - a[1]).slice(0, KINDS.length - 1).map(([value]) => value);
  if (!shown.length) return { colour: ABSENT, attribute, kinds: [], colours: [], absent: true };
  const pairs = shown.flatMap((value, index) => [value, KINDS[index]]);
  return { attribute, kinds: shown, colours: KINDS.slice(0, shown.length), absent: true, colour: ["match", ["to-string", ["get", attribute.name]], ...pairs, ABSENT] };
}

export async function styleOf(one, index, place) {
  if (one.raster) return { legend: await read(`/ogc/collections/${one.id}/legend?f=json`) };
  const plain = { colour: KINDS[index % KINDS.length] };
  const choice = choiceOf(one.id);
  if (!choice) return plain;
  const attribute = (await queryables(one.id)).find((known) => known.name === choice.attribute);
  if (!attribute) return plain;
  return ["number", "integer"].includes(attribute.type) ? graded(one, choice, attribute, place) : kinds(one, attribute, place);
}

// A swatch is drawn, since the policy forbids styles written in the page.
export function swatch(colour) {
  const box = h("span", { class: "swatch", "aria-hidden": "true" });
  box.style.setProperty("--swatch", colour);
  return box;
}

// The classes of an image, or values from low to high; a photograph has none.
function imageLegend({ classes = [], stops = [], unit = "" }) {
  const named = classes.map((one) => [one.color, said(one.title)]);
  const valued = stops.map((one) => [one.color, withUnit(one.value, unit ?? "")]);
  return h("ul", { class: "image-legend" }, [...named, ...valued].map(([colour, text]) => h("li", {}, swatch(colour), text)));
}

function between(low, high) {
  const [from, to] = [number(low), number(high)];
  return from === to ? from : `${from} – ${to}`;
}

export function legendOf(style) {
  if (style.legend) return imageLegend(style.legend);
  if (!style.attribute) return h("p", {}, swatch(style.colour), t("legend.all"));
  const unit = style.attribute.unit ? unitText(style.attribute.unit) : "";
  const labels = style.kinds?.map((kind) => worded(style.attribute.name, kind)) ?? style.colours.map((_, index) => `${between(style.edges[index], style.edges[index + 1])} ${unit}`);
  const rows = labels.map((text, index) => h("li", {}, swatch(style.colours[index]), text));
  const absent = style.absent && h("li", {}, swatch(ABSENT), t(style.kinds ? "legend.other" : "missing"));
  return [h("p", {}, style.attribute.title), h("ul", {}, rows, absent)];
}
