// A guided search: a layer, a condition, a distance to something; a CQL2 filter that anyone can copy.
import { read } from "./api.js";
import { swatch } from "./classes.js";
import { all, condition, kindOf, meets, OPERATORS } from "./cql.js";
import { h } from "./dom.js";
import { number, worded } from "./format.js";
import { bounds } from "./geometry.js";
import { t } from "./i18n.js";
import * as maps from "./map.js";
import { layersHere } from "./place.js";
import { featuresTable } from "./onmap.js";
import { like } from "./places.js";
import { within } from "./reach.js";
import { at } from "./root.js";
import { get, set, subscribe } from "./state.js";
import { announce, copyButton, field, fill, select } from "./ui.js";

const PARTS = ["layer", "attribute", "operator", "value", "near", "feature", "metres", "named"];
const SHOWN = 1000;
const ROWS = 100;
const NAMED = 300;
const MOST_PIECES = 40;
const LONGEST = 6000;
let drawn = false;

// The search as text in the page's address, and back.
export const wordsOf = (search) => PARTS.map((name) => encodeURIComponent(search[name] ?? "")).join(";").replace(/;+$/, "");
export function searchOf(text) {
  const words = text.split(";").map(decodeURIComponent);
  return Object.fromEntries(PARTS.map((name, index) => [name, words[index] ?? ""]));
}

const change = (search, more) => set({ find: wordsOf({ ...search, ...more }) });

async function attributesOf(id) {
  const { properties } = await read(`/ogc/collections/${id}/queryables`);
  const listed = Object.entries(properties).map(([name, one]) => ({ name, title: one.title ?? name, type: one.type, format: one.format, values: one.enum ?? [], role: one["x-ogc-role"] }));
  return { plain: listed.filter((one) => one.type), geometry: listed.find((one) => one.role === "primary-geometry")?.name ?? "geometry" };
}

const box = (place) => bounds([place.commune]).map((value) => value.toFixed(5)).join(",");

const nameIn = (attributes) => attributes.find((one) => ["name", "nom", "label", "address", "street_name"].includes(one.name)) ?? attributes.find((one) => one.role === "id");

// The features that "near" may mean, with a name to choose them by, and how many there are in all.
async function candidates(place, search) {
  if (!search.near) return { listed: [], all: 0 };
  const attribute = nameIn((await attributesOf(search.near)).plain);
  const narrowed = search.named && attribute ? `&filter=${encodeURIComponent(like(attribute.name, search.named))}` : "";
  const { features, numberMatched } = await read(`/ogc/collections/${search.near}/items?limit=${NAMED}&bbox=${box(place)}${narrowed}`);
  const named = features.filter((one) => one.geometry).map((one) => ({ id: String(one.id), name: String(one.properties[attribute?.name] || one.id), geometry: one.geometry }));
  return { listed: named.sort((a, b) => a.name.localeCompare(b.name)), all: numberMatched };
}

// Where to look: around what is near, else in the perimeter, else in the rectangle of a long one.
export function placeOf(place, name, pieces) {
  if (pieces) return { filter: meets(name, pieces), box: "" };
  const inside = meets(name, [place.perimeter.geometry]);
  return inside.length <= LONGEST ? { filter: inside, box: "" } : { filter: "", box: `&bbox=${bounds([place.perimeter.geometry]).join(",")}` };
}

export function pathOf(search, filter, extent) {
  const query = filter ? `filter-lang=cql2-text&filter=${encodeURIComponent(filter)}` : "";
  return `/ogc/collections/${search.layer}/items?${query}${extent}`.replace("?&", "?");
}

function piecesOf(search, near) {
  const metres = Number(search.metres) || 300;
  const chosen = search.feature ? near.filter((one) => one.id === search.feature) : near;
  return { metres, pieces: chosen.flatMap((one) => within(one.geometry, metres)) };
}

const collection = (geometries) => ({ type: "FeatureCollection", features: geometries.map((geometry) => ({ type: "Feature", properties: {}, geometry })) });

async function clean() {
  drawn = false;
  await Promise.all(["reach", "results"].map(maps.clear));
}

async function draw(found, pieces) {
  drawn = true;
  await maps.overlay("reach", collection(pieces ?? []), { colour: "rgba(11, 83, 148, 0.16)", outline: "rgba(11, 83, 148, 0.6)", act: null });
  await maps.overlay("results", found);
  if (pieces) await maps.fit(pieces, 60);
}

function files(path) {
  const named = [["csv-fr", t("take.csv-fr")], ["gpkg", "GeoPackage"], ["json", "GeoJSON"]];
  return h("p", { class: "actions" }, copyButton(`${path}&limit=${SHOWN}`), named.map(([form, text]) => h("a", { href: at(`${path}&f=${form}&limit=10000`), download: true }, text)));
}

async function results(place, search, here) {
  const { plain, geometry } = await attributesOf(search.layer);
  const { listed: near, all: offered } = await candidates(place, search);
  const reached = search.near ? piecesOf(search, near) : null;
  if (reached && (!reached.pieces.length || reached.pieces.length > MOST_PIECES)) {
    await clean();
    return h("p", { class: "note", role: "status" }, reached.pieces.length ? t("query.many", { count: number(offered) }) : t("query.nothing-near"));
  }
  const where = placeOf(place, geometry, reached?.pieces);
  const filter = all([condition(plain.find((one) => one.name === search.attribute), search.operator, search.value), where.filter]);
  const path = pathOf(search, filter, where.box);
  const found = await read(`${path}&limit=${SHOWN}`);
  await draw(found, reached?.pieces);
  const title = here.find((one) => one.id === search.layer)?.title ?? search.layer;
  const counted = t("query.count", { count: number(found.numberMatched), title });
  announce(counted);
  return [
    h("p", { class: "count", "data-count": found.numberMatched }, swatch(maps.COUNTED), h("strong", {}, counted)),
    found.numberMatched > found.features.length && h("p", { class: "note" }, t("query.partial", { shown: number(found.features.length) })),
    where.box && h("p", { class: "note" }, t("query.box")),
    files(path), found.features.length ? await featuresTable(found.features, { all: found.numberMatched, title, layer: search.layer, most: ROWS, next: async (offset) => (await read(`${path}&limit=${ROWS}&offset=${offset}`)).features }) : null,
    h("details", {}, h("summary", {}, t("query.filter")), h("code", { class: "filter", tabindex: "0", role: "region", "aria-label": t("query.filter") }, filter || where.box)),
  ];
}

function valueControl(search, attribute) {
  const listed = attribute.values.length ? attribute.values : kindOf(attribute) === "boolean" ? ["true", "false"] : null;
  if (listed) return select([["", "—"], ...listed.map((one) => [String(one), attribute.values.length ? worded(attribute.name, one) : t(one === "true" ? "yes" : "no")])], search.value, (value) => change(search, { value }));
  const type = kindOf(attribute) === "date" ? "date" : "text";
  return h("input", { type, value: search.value, inputmode: kindOf(attribute) === "number" ? "decimal" : null, onchange: (event) => change(search, { value: event.currentTarget.value }) });
}

function conditionFields(search, attributes) {
  const attribute = attributes.find((one) => one.name === search.attribute);
  const names = [["", t("query.all")], ...attributes.map((one) => [one.name, one.title])];
  const first = field(t("query.attribute"), select(names, search.attribute, (name) => change(search, { attribute: name, operator: name && "=", value: "" })));
  if (!attribute) return first;
  const operators = OPERATORS[kindOf(attribute)].map((one) => [one, t(`operator.${one}`)]);
  const asked = !["null", "given"].includes(search.operator);
  return [first, field(t("query.operator"), select(operators, search.operator, (operator) => change(search, { operator }))),
    asked && field(t("value"), valueControl(search, attribute))];
}

async function nearFields(place, search, here) {
  const layers = [["", t("query.anywhere")], ...here.filter((one) => one.itemType === "feature").map((one) => [one.id, one.title])];
  const first = field(t("query.near"), select(layers, search.near, (near) => change(search, { near, feature: "", named: "", metres: search.metres || "300" })));
  if (!search.near) return first;
  const { listed, all: count } = await candidates(place, search);
  const options = [["", t("query.any", { count: number(count) })], ...listed.map((one) => [one.id, one.name])];
  const metres = h("input", { type: "number", min: 1, max: 20000, step: 1, value: search.metres || "300", onchange: (event) => change(search, { metres: event.currentTarget.value }) });
  const named = h("input", { type: "text", value: search.named, onchange: (event) => change(search, { named: event.currentTarget.value, feature: "" }) });
  const cut = count > listed.length && h("p", { class: "note cut", role: "note" }, t("query.cut", { shown: number(listed.length), all: number(count) }));
  return [field(t("query.metres"), metres), first, (cut || search.named) && field(t("query.named"), named), field(t("query.feature"), select(options, search.feature, (feature) => change(search, { feature }))), cut];
}

async function form(place, search, here) {
  const layers = [["", t("query.choose")], ...here.filter((one) => one.itemType === "feature").map((one) => [one.id, one.title])];
  const attributes = search.layer ? (await attributesOf(search.layer)).plain : [];
  return h("form", { class: "guided", onsubmit: (event) => event.preventDefault() },
    h("fieldset", {}, h("legend", {}, t("query.what")),
      field(t("layer"), select(layers, search.layer, (layer) => change(search, { layer, attribute: "", operator: "", value: "" }))), search.layer && conditionFields(search, attributes)),
    search.layer && h("fieldset", {}, h("legend", {}, t("query.where")), await nearFields(place, search, here)));
}

// The form is made anew at each choice: the focus goes back to the field that was left.
function refocus(root, label) {
  const again = [...root.querySelectorAll(".guided label")].find((one) => one.textContent === label);
  if (again) root.querySelector(`#${again.htmlFor}`)?.focus();
}

let left = null;
export async function render(root, place) {
  const search = searchOf(get("find"));
  const outcome = h("div", { class: "outcome" });
  await fill(root, () => layersHere(place), async (here) => {
    if (!here.some((one) => one.id === search.layer)) search.layer = "";
    if (!here.some((one) => one.id === search.near)) search.near = "";
    const shown = [h("h2", {}, t("view.query")), h("p", { class: "lead" }, t("query.lead")), await form(place, search, here), outcome];
    return shown;
  });
  root.addEventListener("change", (event) => { left = root.querySelector(`label[for="${event.target.id}"]`)?.textContent ?? null; }, true);
  if (left) refocus(root, left);
  left = null;
  if (search.layer) await fill(outcome, async () => results(place, search, await layersHere(place)), (shown) => shown);
  else if (drawn) await clean();
}

subscribe(() => (drawn && get("view") !== "query" ? clean() : null));
