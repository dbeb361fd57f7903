// What surrounds the map: what it shows, its legend, credits and table twin.
import { read } from "./api.js";
import { byId, h } from "./dom.js";
import { bounds } from "./geometry.js";
import { get, link, set } from "./state.js";
import { said, t } from "./i18n.js";
import { layersHere, towns } from "./place.js";
import * as maps from "./map.js";
import { wanted } from "./layers.js";
import { legendOf, styleOf } from "./classes.js";
import { featuresTable, ROWS } from "./onmap.js";
import { announce, copyButton, details, fill, table } from "./ui.js";

let drawnFor = null;
// The town and layers whose faults the map counts: drawn twice, they are asked for once, and the
// second drawing must not hide what is missing.
let counted = null;

function legend(layers, styles) {
  const items = layers.map((one, index) => h("li", {}, h("strong", {}, one.title), legendOf(styles[index], one), copyButton(`/ogc/collections/${one.id}/items`, t("copy.address"), one.title)));
  const own = h("li", {}, h("span", { class: "swatch outline" }), t("perimeter"));
  return h("ul", { class: "legend" }, get("town") ? own : null, items);
}

function credits(layers) {
  const lines = [...new Set(layers.map((one) => `${one.producer ?? one.attribution} (${one.license ?? t("licence.unknown")})`))];
  return h("p", { class: "credits" }, lines.length ? `${t("credits")} ${lines.join(" · ")}` : "");
}

async function twinRows(one, box) {
  const { features, numberMatched } = await read(`/ogc/collections/${one.id}/items?limit=${ROWS}&skipGeometry=true&bbox=${box}`);
  return featuresTable(features, { all: numberMatched, title: one.title, layer: one.id });
}

function twin(layers, place) {
  const box = bounds([place.commune]).join(",");
  const body = h("div");
  const panel = details(t("twin"), body);
  const open = () => panel.open && !body.childElementCount && fill(body, () => Promise.all(layers.filter((one) => !one.raster).map((one) => twinRows(one, box))), (tables) => (tables.length ? tables : h("p", {}, t("twin.none"))));
  panel.addEventListener("toggle", open);
  return panel;
}

async function showTowns() {
  const listed = await towns();
  const features = listed.filter((one) => one.town_hall && !one.fictitious)
    .map((one) => ({ type: "Feature", geometry: { type: "Point", coordinates: one.town_hall }, properties: { insee: one.insee, name: one.name } }));
  const communes = (await read("/ogc/collections?f=json")).collections.filter((one) => one.id === "communes");
  await maps.overlay("towns", { type: "FeatureCollection", features }, { colour: "#0b5394", act: (feature) => set({ town: feature.properties.insee }) });
  const metropolitan = features.filter((one) => one.geometry.coordinates[1] > 40);
  await maps.fit(metropolitan.map((one) => one.geometry));
  const rows = listed.map((one) => [h("a", link({ town: one.insee }), one.name), one.insee, one.department_name ?? ""]);
  byId("map-about").replaceChildren(credits(communes), details(t("towns.table"), table(t("towns.table"), [t("town"), t("insee"), t("department")], rows)));
}

async function move(place) {
  const key = `${place.town.insee} ${place.perimeter.id} ${get("area")} ${get("circle")}`;
  if (key === drawnFor) return;
  drawnFor = key;
  await maps.showArea(place.perimeter);
  if (!(get("map") && (await maps.goTo(get("map"))))) await maps.fit([place.perimeter.geometry]);
}

async function showTown(place) {
  await maps.clear("towns");
  const here = await layersHere(place);
  await move(place);
  const ground = await maps.background(here);
  const chosen = await wanted(place, here);
  const styles = await Promise.all(chosen.map((one, index) => styleOf(one, index, place)));
  await maps.showLayers(chosen.map((one, index) => ({ ...one, colour: styles[index].colour })));
  byId("map-about").replaceChildren(legend(chosen, styles), credits([...ground, ...chosen]), twin(chosen.length ? chosen : ground, place));
}

// The address follows the map when the reader moves it, and the map the address when that changes.
let following = null;
const follow = () => { following ??= maps.onMoved((text) => set({ map: text }, { replace: true })); };
export const look = () => get("map") && maps.goTo(get("map"));

// A comparison has two maps of its own: one more of the first town would only repeat it.
function isSpared(place) {
  const spared = Boolean(place) && get("view") === "compare" && Boolean(get("with"));
  const shownAgain = byId("mapside").hidden && !spared;
  byId("mapside").hidden = spared;
  if (spared) {
    drawnFor = null;
    byId("map").dataset.drawn = "0";
  }
  return { spared, shownAgain };
}

function trouble(key, place) {
  announce(t(key));
  return h("div", { class: "failure", role: "alert" }, h("p", {}, t(key)), h("button", { type: "button", class: "small", onclick: () => { counted = null; render(place); } }, t("retry")));
}

function lacks(place) {
  const about = byId("map-about");
  if (!about.querySelector(".failure")) about.prepend(trouble("map.partial", place));
}

export async function render(place) {
  const { spared, shownAgain } = isSpared(place);
  if (spared) return;
  const shown = `${get("town")} ${get("layers")}`;
  if (shown !== counted) maps.forgive();
  counted = shown;
  try {
    if (shownAgain) await maps.resize();
    await maps.relabel();
    follow();
    await (place ? showTown(place) : showTowns());
    if (await maps.idle()) lacks(place);
    // A tile may fail later: after the first calm, or where the reader has moved to.
    maps.onFault(() => lacks(place));
  } catch (error) {
    console.error(error);
    byId("map-about").replaceChildren(trouble("map.failed", place));
  }
}
