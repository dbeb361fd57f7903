// Features as a table whose rows lead to the map: the keyboard's way to what a pointer finds by clicking.
import { read } from "./api.js";
import { titlesOf } from "./classes.js";
import { byId, h } from "./dom.js";
import { written } from "./format.js";
import { t } from "./i18n.js";
import * as maps from "./map.js";
import { announce, failure, maker, table, tableRow } from "./ui.js";

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

const itemOf = (layer, id) => read(`/ogc/collections/${layer}/items/${encodeURIComponent(id)}`);

// A button that adds rows until there are no more.
function pager(part, shown, { all, title }, rowsFrom) {
  let count = shown;
  const caption = () => t("twin.caption", { title, shown: count, all });
  const [button, message] = maker(t("twin.more"), async () => {
    const rows = await rowsFrom(count);
    part.querySelector("tbody").append(...rows.map(tableRow));
    count += rows.length;
    part.querySelector("caption").textContent = caption();
    part.setAttribute("aria-label", caption());
    announce(caption());
    if (rows.length && count < all) return;
    button.remove();
    part.focus();
  });
  return h("p", { class: "more" }, button, message);
}

// Features by the titles of their attributes, ``most`` at a time; ``all`` is how many there are.
// ``next`` reads those from an offset on, where ``features`` are only the first of them.
// A feature that was read without its shape is read whole once its row is chosen; where no map is
// beside the table, ``leads`` is false.
export async function featuresTable(features, { all, title, layer, most = ROWS, next = null, leads = true }) {
  const called = await titlesOf(layer);
  const repeats = (name) => features.every((one) => String(one.properties[name]) === String(one.id));
  const names = Object.keys(features[0]?.properties ?? {}).filter((name) => !repeats(name)).slice(0, COLUMNS);
  const load = (one) => () => (one.geometry ? one : itemOf(layer, one.id));
  const first = (one) => (leads ? onMap(written(one.id), load(one), title, layer) : written(one.id));
  const row = (one) => [first(one), ...names.map((name) => written(one.properties[name], name))];
  const known = (offset) => features.slice(offset, offset + most);
  const from = async (offset) => (offset < features.length || !next ? known(offset) : (await next(offset)).slice(0, most)).map(row);
  const rows = await from(0);
  const part = table(t("twin.caption", { title, shown: rows.length, all }), [t("identifier"), ...names.map(called)], rows);
  const reached = next ? all : features.length;
  return rows.length < reached ? [part, pager(part, rows.length, { all, title }, from)] : [part];
}
