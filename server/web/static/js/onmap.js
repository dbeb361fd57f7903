// The keyboard's way to what a pointer finds by clicking: a row of a table shows its feature on the map.
import { read } from "./api.js";
import { byId, h } from "./dom.js";
import { t } from "./i18n.js";
import * as maps from "./map.js";
import { announce, failure } from "./ui.js";

// ``load`` gives the feature; ``layer`` tells the titles of its attributes.
export function onMap(label, load, { title, layer } = {}) {
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

export const itemOf = (layer, id) => () => read(`/ogc/collections/${layer}/items/${encodeURIComponent(id)}`);
