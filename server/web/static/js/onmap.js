// Features as a table whose rows lead to the map: the keyboard's way to what a pointer finds by clicking.
import { read } from "./api.js";
import { titlesOf } from "./classes.js";
import { byId, h } from "./dom.js";
import { t } from "./i18n.js";
import * as maps from "./map.js";
import { announce, failure, table } from "./ui.js";

const COLUMNS = 6;
export const ROWS = 50;

function onMap(label, load, title, layer) {
  const button = h("button", { type: "button", class: "link", "aria-label": t("map.show", { name: label }) }, label);
  button.addEventListener("click", async () => {
    try {
      byId("map").scrollIntoView({ block: "nearest" });
      await maps.pinpoint(await load(), title, layer, () => button.focus());
      announce(t("map.shown", { name: label }));
    } catch (error) {
      button.after(failure(error));
    }
  });
  return button;
}

const texted = (value) => (value === null || value === undefined || value === "" ? t("missing") : typeof value === "object" ? JSON.stringify(value) : String(value));
const itemOf = (layer, id) => read(`/ogc/collections/${layer}/items/${encodeURIComponent(id)}`);

// The first of some features, by the titles of their attributes; ``all`` is how many there are.
// A feature that was read without its shape is read whole once its row is chosen.
export async function featuresTable(features, { all, title, layer, most = ROWS }) {
  const called = await titlesOf(layer);
  const repeats = (name) => features.every((one) => String(one.properties[name]) === String(one.id));
  const names = Object.keys(features[0]?.properties ?? {}).filter((name) => !repeats(name)).slice(0, COLUMNS);
  const load = (one) => () => (one.geometry ? one : itemOf(layer, one.id));
  const rows = features.slice(0, most).map((one) => [onMap(texted(one.id), load(one), title, layer), ...names.map((name) => texted(one.properties[name]))]);
  return table(t("twin.caption", { title, shown: rows.length, all }), [t("identifier"), ...names.map(called)], rows);
}
