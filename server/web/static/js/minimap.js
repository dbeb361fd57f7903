// Small maps side by side, on one scale so that their sizes compare.
import { h } from "./dom.js";
import { bounds } from "./geometry.js";
import * as maps from "./map.js";
import { layersHere, placeName } from "./place.js";

const SHOPS = { theme: "shops", paint: { "circle-color": "#d55e00", "circle-radius": 2.5, "circle-stroke-color": "#ffffff", "circle-stroke-width": 0.6 } };

function blank(container, title) {
  const map = new maplibregl.Map({
    container, attributionControl: false, dragRotate: false, scrollZoom: false, maxZoom: 18, center: [2.5, 46.6], zoom: 5,
    style: { version: 8, sources: {}, layers: [{ id: "paper", type: "background", paint: { "background-color": "#f3f1ec" } }] },
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new maplibregl.ScaleControl());
  map.getCanvas().setAttribute("aria-label", title);
  return map;
}

async function addLayers(map, place) {
  const here = await layersHere(place);
  const wanted = [...maps.BACKGROUND.map(([theme, type, paint]) => ({ theme, type, paint })), { ...SHOPS, type: "circle" }];
  for (const { theme, type, paint } of wanted) {
    const one = here.filter((layer) => layer.theme === theme && layer.itemType === "feature").at(-1);
    if (!one) continue;
    map.addSource(one.id, await maps.tileSource(one));
    map.addLayer({ id: one.id, type, source: one.id, "source-layer": one.id, paint });
  }
  map.addSource("area", { type: "geojson", data: place.perimeter });
  map.addLayer({ id: "area", type: "line", source: "area", paint: { "line-color": "#0b5394", "line-width": 2.5 } });
}

async function one(place) {
  const title = placeName(place);
  const frame = h("div", { class: "minimap" });
  const figure = h("figure", {}, frame, h("figcaption", {}, title));
  return { place, frame, figure, title };
}

// Two figures; ``start`` draws them once they are on the page.
export async function pair(places) {
  const parts = await Promise.all(places.map(one));
  const start = async () => {
    await maps.library();
    const drawn = await Promise.all(parts.map(async ({ place, frame, title }) => {
      const map = blank(frame, title);
      await new Promise((done) => map.once("load", done));
      await addLayers(map, place);
      map.fitBounds(bounds([place.perimeter.geometry]), { padding: 15, animate: false });
      return map;
    }));
    const zoom = Math.min(...drawn.map((map) => map.getZoom()));
    for (const map of drawn) map.setZoom(zoom);
    // They stay on one scale: what one zooms to, the other follows.
    for (const map of drawn) map.on("zoomend", (event) => event.originalEvent && drawn.forEach((other) => other.setZoom(map.getZoom())));
    await Promise.all(drawn.map((map) => (map.loaded() ? null : new Promise((done) => map.once("idle", done)))));
    for (const { frame } of parts) frame.dataset.drawn = "true";
    return drawn;
  };
  return { figures: parts.map(({ figure }) => figure), start };
}
