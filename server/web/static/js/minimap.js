// Small maps side by side, on one scale so that their sizes compare.
import { Failure } from "./api.js";
import { swatch } from "./classes.js";
import { h } from "./dom.js";
import { bounds } from "./geometry.js";
import * as maps from "./map.js";
import { t } from "./i18n.js";
import { credits } from "./mapside.js";
import { layersHere, placeName } from "./place.js";
import { twin } from "./twins.js";
import { failure } from "./ui.js";

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

const WANTED = [...maps.BACKGROUND.map(([theme, type, paint]) => ({ theme, type, paint })), { ...SHOPS, type: "circle" }];

// What can be drawn here, from the bottom up: layers with how each is painted.
async function drawable(place) {
  const here = await layersHere(place);
  const found = WANTED.map(({ theme, ...how }) => ({ ...how, one: here.filter((layer) => layer.theme === theme && layer.itemType === "feature").at(-1) }));
  return found.filter(({ one }) => one);
}

async function addLayers(map, place, layers) {
  for (const { one, type, paint } of layers) {
    map.addSource(one.id, await maps.tileSource(one));
    map.addLayer({ id: one.id, type, source: one.id, "source-layer": one.id, paint });
  }
  map.addSource("area", { type: "geojson", data: place.perimeter });
  map.addLayer({ id: "area", type: "line", source: "area", paint: { "line-color": "#0b5394", "line-width": 2.5 } });
}

function legend(shown) {
  const shops = shown.find((layer) => layer.theme === SHOPS.theme);
  return h("ul", { class: "legend" }, h("li", {}, h("span", { class: "swatch outline" }), t("perimeter")), shops && h("li", {}, swatch(SHOPS.paint["circle-color"]), shops.title));
}

async function one(place) {
  const title = placeName(place);
  const layers = await drawable(place);
  const shown = layers.map((layer) => layer.one);
  const frame = h("div", { class: "minimap" }, h("span", { class: "north", "aria-hidden": "true" }, "N", h("br"), "↑"));
  const figure = h("figure", {}, frame, h("figcaption", {}, title, legend(shown)), credits(shown), twin(shown, place, title));
  return { place, frame, figure, title, layers };
}

async function draw({ place, frame, title, layers }, onFault) {
  const map = blank(frame, title);
  map.on("error", () => {
    onFault();
    map.triggerRepaint(); // else a map whose last tile fails is never idle
  });
  await new Promise((done) => map.once("load", done));
  await addLayers(map, place, layers);
  map.fitBounds(bounds([place.perimeter.geometry]), { padding: 15, animate: false });
  return map;
}

// They stay on one scale: what one zooms to, the other follows.
function level(maps) {
  const zoom = Math.min(...maps.map((map) => map.getZoom()));
  for (const map of maps) map.setZoom(zoom);
  for (const map of maps) map.on("zoomend", (event) => event.originalEvent && maps.forEach((other) => other.setZoom(map.getZoom())));
}

// Two figures; ``start`` draws them once they are on the page.
export async function pair(places) {
  const parts = await Promise.all(places.map(one));
  const message = h("div");
  const start = async () => {
    let drawn = [];
    const again = () => {
      for (const map of drawn) map.remove();
      message.replaceChildren();
      return start();
    };
    const lacks = () => message.replaceChildren(failure(new Failure(t("map.partial")), again));
    await maps.library();
    drawn = await Promise.all(parts.map((part) => draw(part, lacks)));
    level(drawn);
    await Promise.all(drawn.map((map) => (map.loaded() ? null : new Promise((done) => map.once("idle", done)))));
    for (const { frame } of parts) frame.dataset.drawn = "true";
  };
  return { figures: [message, ...parts.map(({ figure }) => figure)], start };
}
