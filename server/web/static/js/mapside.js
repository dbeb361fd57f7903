// What surrounds the map: what it shows, its legend, credits and table twin.
import { read } from "./api.js";
import { byId, h } from "./dom.js";
import { get, link, set } from "./state.js";
import { t } from "./i18n.js";
import { layerPath, layersHere, towns } from "./place.js";
import * as maps from "./map.js";
import { wanted } from "./layers.js";
import { legendOf, styleOf } from "./classes.js";
import { twin } from "./twins.js";
import { announce, copyButton, details, failure, table } from "./ui.js";

let drawnFor = null;
// The town and layers whose faults the map counts: drawn twice, they are asked for once, and the
// second drawing must not hide what is missing.
let counted = null;

function legend(layers, styles) {
  const items = layers.map((one, index) => h("li", {}, h("strong", {}, one.title), legendOf(styles[index]), copyButton(layerPath(one), t("copy.address"), one.title)));
  const own = h("li", {}, h("span", { class: "swatch outline" }), t("perimeter"));
  return h("ul", { class: "legend" }, get("town") ? own : null, items);
}

export function credits(layers) {
  const lines = [...new Set(layers.map((one) => `${one.producer ?? one.attribution} (${one.license ?? t("licence.unknown")})`))];
  return h("p", { class: "credits" }, lines.length ? `${t("credits")} ${lines.join(" · ")}` : "");
}

const inMainland = (town) => town.town_hall[1] > 40;
const pointOf = (town) => ({ type: "Feature", geometry: { type: "Point", coordinates: town.town_hall }, properties: { insee: town.insee, name: town.name } });
const look = (placed) => maps.fit(placed.map((one) => pointOf(one).geometry));

// The map holds the mainland; it goes to each region overseas at a click, where its towns are named.
function regions(placed) {
  const far = Map.groupBy(placed.filter((one) => !inMainland(one)), (one) => one.region_name);
  const named = h("ul", { class: "chips" });
  const go = async (event, name, there) => {
    for (const button of list.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button === event.currentTarget));
    named.replaceChildren(...(there.some(inMainland) ? [] : there.map((one) => h("li", {}, h("a", link({ town: one.insee }), one.name)))));
    announce(t("regions.shown", { name, count: there.length }));
    await look(there);
    set({ map: maps.position() }, { replace: true });
  };
  const buttons = [[t("regions.home"), placed.filter(inMainland)], ...far].map(([name, there], index) =>
    h("li", {}, h("button", { type: "button", class: "link", "aria-pressed": String(index === 0), onclick: (event) => go(event, name, there) }, name)));
  const list = h("ul", {}, buttons);
  return h("nav", { class: "regions", "aria-label": t("regions") }, h("span", {}, t("regions")), list, named);
}

async function aboutTowns() {
  const listed = await towns();
  const placed = listed.filter((one) => one.town_hall && !one.fictitious);
  const communes = (await read("/ogc/collections?f=json")).collections.filter((one) => one.id === "communes");
  const rows = listed.map((one) => [h("a", link({ town: one.insee }), one.name), one.insee, one.department_name ?? ""]);
  byId("map-about").replaceChildren(regions(placed), credits(communes), details(t("towns.table"), table(t("towns.table"), [t("town"), t("insee"), t("department")], rows)));
  return async () => {
    await maps.overlay("towns", { type: "FeatureCollection", features: placed.map(pointOf) }, { colour: "#0b5394", act: (feature) => set({ town: feature.properties.insee }) });
    if (!(await followed())) await look(placed.filter(inMainland));
  };
}

async function move(place) {
  const key = `${place.town.insee} ${place.perimeter.id} ${get("area")} ${get("circle")}`;
  if (key === drawnFor) return;
  drawnFor = key;
  await maps.showArea(place.perimeter);
  if (!(await followed())) await maps.fit([place.perimeter.geometry]);
}

async function aboutTown(place) {
  const here = await layersHere(place);
  const [ground, chosen] = [maps.groundOf(here), await wanted(place, here)];
  const below = ground.map(([one]) => one);
  const styles = await Promise.all(chosen.map((one, index) => styleOf(one, index, place)));
  byId("map-about").replaceChildren(legend(chosen, styles), credits([...below, ...chosen]), twin(chosen.length ? chosen : below, place));
  return async () => {
    await maps.clear("towns");
    await move(place);
    await maps.background(ground);
    await maps.showLayers(chosen.map((one, index) => ({ ...one, colour: styles[index].colour })));
  };
}

// The address follows the map when the reader moves it, and the map the address when that changes.
let following = null;
const follow = () => { following ??= maps.onMoved((text) => set({ map: text }, { replace: true })); };
// Whether the map is now where the address wants it, if it wants it somewhere.
export const followed = async () => Boolean(get("map")) && maps.goTo(get("map"));

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

function tell(key, place) {
  const about = byId("map-about");
  if (!about.querySelector(".failure")) about.prepend(trouble(key, place));
}

// The texts and tables of a map come first: they stay where it cannot be drawn.
async function draw(place, show) {
  await maps.relabel();
  follow();
  await show();
  if (await maps.idle()) tell("map.partial", place);
  // A tile may fail later: after the first calm, or where the reader has moved to.
  maps.onFault(() => tell("map.partial", place));
}

export async function render(place) {
  const { spared, shownAgain } = isSpared(place);
  if (spared) return;
  const shown = `${get("town")} ${get("layers")}`;
  if (shown !== counted) maps.forgive();
  counted = shown;
  let show = null;
  try {
    show = await (place ? aboutTown(place) : aboutTowns());
  } catch (error) {
    byId("map-about").replaceChildren(failure(error, () => render(place)));
    return;
  }
  try {
    if (shownAgain) await maps.resize();
    await draw(place, show);
  } catch (error) {
    console.error(error);
    tell("map.failed", place);
  }
}
