// What a map shows, as tables: the objects of its layers, the classes or the range of its images.
import { read } from "./api.js";
import { h } from "./dom.js";
import { number, withUnit } from "./format.js";
import { bounds } from "./geometry.js";
import { said, t } from "./i18n.js";
import { featuresTable, ROWS } from "./onmap.js";
import { details, fill, table } from "./ui.js";

const MOST_CELLS = 250; // along each side
const DEGREE = 111_320; // metres

async function features(one, box, leads) {
  const page = (offset) => read(`/ogc/collections/${one.id}/items?limit=${ROWS}&offset=${offset}&skipGeometry=true&bbox=${box}`);
  const { features: first, numberMatched: all } = await page(0);
  const next = async (offset) => (await page(offset)).features;
  return featuresTable(first, { all, title: one.title, layer: one.id, next, leads });
}

const counted = (values) => values.reduce((counts, value) => counts.set(value, (counts.get(value) ?? 0) + 1), new Map());

// Rows of classes, the most frequent first; shares are of the cells that hold a class.
export function classRows(values, { observedProperty, categoryEncoding }) {
  const counts = counted(values);
  const labels = observedProperty.categories.map((one) => [said(one.label), counts.get([categoryEncoding[one.id]].flat()[0]) ?? 0]);
  return labels.filter(([, count]) => count).sort((a, b) => b[1] - a[1])
    .map(([label, count]) => [label, number(count), withUnit((100 * count) / values.length, "%")]);
}

export function rangeRows(values, unit) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const least = values.reduce((low, value) => Math.min(low, value), Infinity);
  const most = values.reduce((high, value) => Math.max(high, value), -Infinity);
  return [["twin.least", least], ["twin.mean", mean], ["twin.most", most]].map(([name, value]) => [t(name), withUnit(value, unit)]);
}

// How many cells of an image to take as one, so that a table of it is read in an instant.
function coarseness(one, [west, south, east, north]) {
  const finest = Math.abs(one.extent.spatial.grid?.[0]?.resolution ?? 0);
  const metres = /EPSG\/0\/4326|CRS84/.test(one.storageCrs) ? finest * DEGREE : finest;
  const high = (north - south) * DEGREE;
  const wide = (east - west) * DEGREE * Math.cos((north * Math.PI) / 180);
  return Math.max(1, Math.ceil(Math.max(high, wide) / (metres || Infinity) / MOST_CELLS));
}

function band(one, name, { observedProperty, categoryEncoding, unit }, values) {
  const known = values.filter((value) => value !== null);
  const caption = t("twin.cells", { title: name ? `${one.title}, ${name}` : one.title, count: number(known.length) });
  if (!known.length) return h("p", { class: "note" }, caption);
  if (observedProperty.categories) return table(caption, [t("twin.class"), t("twin.count"), t("twin.share")], classRows(known, { observedProperty, categoryEncoding }));
  const symbol = unit?.symbol?.value ?? unit?.symbol ?? "";
  return table(caption, [t("variable"), t("value")], rangeRows(known, symbol));
}

// Each band of an image in the rectangle of the commune.
async function image(one, box) {
  const { parameters, ranges } = await read(`/ogc/collections/${one.id}/coverage?f=covjson&bbox=${box}&scale-factor=${coarseness(one, box)}`);
  const bands = Object.entries(ranges);
  return bands.map(([name, { values }]) => band(one, bands.length > 1 && name, parameters[name], values));
}

// A fold with a table for each layer, read when it is opened. Of several maps, ``of`` says which
// it belongs to; their tables do not lead to the page's own map.
export function twin(layers, place, of = "") {
  const box = bounds([place.commune]);
  const body = h("div");
  const panel = details(of ? t("twin.of", { name: of }) : t("twin"), body);
  const called = layers.map((one) => (of ? { ...one, title: `${of}, ${one.title}` } : one));
  const leads = !of;
  const tables = () => Promise.all(called.map((one) => (one.raster ? image(one, box) : features(one, box.join(","), leads))));
  panel.addEventListener("toggle", () => panel.open && !body.childElementCount && fill(body, tables, (found) => (found.length ? found : h("p", {}, t("twin.none")))));
  return panel;
}
