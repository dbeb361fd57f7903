// The map: no basemap exists on a closed network, so the town's own layers are the background.
import { read } from "./api.js";
import { byId, h, loadScript, loadStyle } from "./dom.js";
import { titlesOf } from "./classes.js";
import { written } from "./format.js";
import { bounds, middle } from "./geometry.js";
import { t } from "./i18n.js";
import { at, local } from "./root.js";

const VENDOR = at("/assets/vendor/maplibre-gl");
const PAPER = "#f3f1ec";
export const COUNTED = "#b3261e"; // what was counted or found
const KINDS = { Polygon: "fill", Line: "line", Point: "circle" };
// Drawn from the bottom up, where a layer of the theme is published here.
export const BACKGROUND = [
  ["green-spaces", "fill", { "fill-color": "#d5e6cc" }],
  ["buildings", "fill", { "fill-color": "#d9d3c7", "fill-outline-color": "#c4bcab" }],
  ["streets", "line", { "line-color": "#ffffff", "line-width": ["interpolate", ["linear"], ["zoom"], 12, 0.7, 17, 5] }],
  ["communes", "line", { "line-color": "#8b8676", "line-width": 1, "line-dasharray": [4, 2] }],
];
let opening = null;
let map = null;
const clickable = new Map();

export async function library() {
  loadStyle(`${VENDOR}/maplibre-gl.css`);
  await loadScript(`${VENDOR}/maplibre-gl-csp.js`);
  maplibregl.setWorkerUrl(new URL(`${VENDOR}/maplibre-gl-csp-worker.js`, location.href).href);
}

async function build() {
  await library();
  map = new maplibregl.Map({
    container: byId("map"), attributionControl: false, center: [2.5, 46.6], zoom: 4.2, maxZoom: 19, dragRotate: false, pitchWithRotate: false,
    style: { version: 8, sources: {}, layers: [{ id: "paper", type: "background", paint: { "background-color": PAPER } }] },
    canvasContextAttributes: { preserveDrawingBuffer: true }, locale: names(),
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new maplibregl.NavigationControl({ showCompass: false }));
  map.addControl(new maplibregl.ScaleControl());
  map.getCanvas().setAttribute("aria-label", t("map.label"));
  map.on("click", clicked);
  map.on("mousemove", hover);
  map.on("error", fault);
  await new Promise((done) => map.once("load", done));
  return map;
}

// Tiles that did not come since the last drawing: the rest of the map is there.
let faults = 0;
let told = () => {};
function fault({ error }) {
  console.warn(error?.message);
  faults += 1;
  told();
  // Where the last tile fails nothing more would be drawn, and the map never be idle.
  map.triggerRepaint();
}

// Calls a listener, the last one given, at each fault.
export const onFault = (listener) => { told = listener; };

const names = () => ({
  "NavigationControl.ZoomIn": t("map.in"), "NavigationControl.ZoomOut": t("map.out"), "Popup.Close": t("close"), "Map.Title": t("map.label"),
});

export async function relabel() {
  await ready();
  map.getCanvas().setAttribute("aria-label", t("map.label"));
}

export function ready() {
  opening ??= build().catch((error) => {
    opening = null;
    throw error;
  });
  return opening;
}

const found = (point) => {
  const layers = [...clickable.keys()].filter((id) => map.getLayer(id));
  const box = [[point.x - 4, point.y - 4], [point.x + 4, point.y + 4]];
  return layers.length ? map.queryRenderedFeatures(box, { layers }) : [];
};

function hover(event) {
  map.getCanvas().style.cursor = found(event.point).length ? "pointer" : "";
}

function clicked(event) {
  if (map.drawing) return;
  const [feature] = found(event.point);
  if (!feature) return;
  const act = clickable.get(feature.layer.id);
  if (typeof act === "function") act(feature);
  else popup(event.lngLat, act, feature.properties, feature.sourceLayer);
}

// Attributes by the titles of their layer, where it is known which; Escape closes.
async function popup(at, title, properties, layer) {
  const called = layer ? await titlesOf(layer) : (name) => name;
  const rows = Object.entries(properties).filter(([, value]) => value !== null && value !== "");
  const content = h("div", { class: "popup" }, h("strong", {}, title || t("feature")),
    h("dl", {}, rows.map(([name, value]) => [h("dt", {}, called(name)), h("dd", {}, written(value, name))])));
  const shown = new maplibregl.Popup({ maxWidth: "20rem", locationOccluded: null }).setLngLat(at).setDOMContent(content).addTo(map);
  shown.getElement().addEventListener("keydown", (event) => event.key === "Escape" && shown.remove());
  return shown;
}

// Shows one feature: the map goes there, a ring marks it, its attributes are told and focused.
export async function pinpoint(feature, title, layer, left) {
  await overlay("pinned", feature, { colour: "#d55e00", act: null });
  const box = bounds([feature.geometry]);
  map.fitBounds(box, { padding: 80, maxZoom: Math.max(map.getZoom(), 16), animate: false });
  const shown = await popup(middle(feature.geometry), title, feature.properties, layer);
  shown.once("close", () => {
    clear("pinned");
    left();
  });
}

function drop(prefix) {
  for (const { id } of map.getStyle().layers) if (id.startsWith(`${prefix}:`)) {
    map.removeLayer(id);
    clickable.delete(id);
  }
  for (const id of Object.keys(map.getStyle().sources)) if (id === prefix || id.startsWith(`${prefix}:`)) map.removeSource(id);
}

// The source of a layer's tiles, as its TileJSON tells it.
export async function tileSource({ id, raster }) {
  const told = await read(`/ogc/collections/${id}${raster ? "/map" : ""}/tiles/WebMercatorQuad?f=tilejson`);
  const tiles = told.tiles.map((address) => location.origin + at(local(address)));
  const kind = raster ? { type: "raster", tileSize: 256 } : { type: "vector" };
  return { ...kind, tiles, minzoom: told.minzoom, maxzoom: told.maxzoom, bounds: told.bounds };
}

// The lowest of what is drawn above the background, so that the background stays below.
const above = () => map.getStyle().layers.find(({ id }) => !/^(paper$|ground:)/.test(id))?.id;

// The layers among some that make the background, each with how it is painted.
export const groundOf = (layers) => BACKGROUND
  .map(([theme, kind, paint]) => [layers.filter((one) => one.theme === theme && one.itemType === "feature").at(-1), kind, paint])
  .filter(([one]) => one);

export async function background(chosen) {
  await ready();
  const sources = await Promise.all(chosen.map(([one]) => tileSource(one)));
  drop("ground");
  chosen.forEach(([one, type, paint], index) => {
    map.addSource(`ground:${one.id}`, sources[index]);
    map.addLayer({ id: `ground:${one.id}`, source: `ground:${one.id}`, "source-layer": one.id, type, paint }, above());
  });
}

const paints = (colour, strong) => ({
  fill: { "fill-color": colour, "fill-opacity": strong ? 0.75 : 0.35, "fill-outline-color": "#1d2a33" },
  line: { "line-color": colour, "line-width": 2.2 },
  circle: { "circle-color": colour, "circle-radius": ["interpolate", ["linear"], ["zoom"], 12, 3, 17, 7], "circle-stroke-color": "#ffffff", "circle-stroke-width": 1 },
});

function addKinds(prefix, source, inside, colour, act, strong) {
  for (const [geometry, type] of Object.entries(KINDS)) {
    const id = `${prefix}:${type}`;
    const filter = ["in", geometry, ["geometry-type"]];
    map.addLayer({ id, source, type, filter, paint: paints(colour, strong)[type], ...(inside ? { "source-layer": inside } : {}) });
    if (act) clickable.set(id, act);
  }
}

// layers: [{id, title, raster, colour}], where colour is a MapLibre expression or a colour.
export async function showLayers(chosen) {
  await ready();
  // Images lie below what has a shape.
  const layers = [...chosen.filter((one) => one.raster), ...chosen.filter((one) => !one.raster)];
  const sources = await Promise.all(layers.map(tileSource));
  drop("layer");
  layers.forEach((one, index) => {
    const source = `layer:${one.id}`;
    map.addSource(source, sources[index]);
    if (one.raster) map.addLayer({ id: `${source}:raster`, type: "raster", source, paint: { "raster-opacity": 0.8, "raster-resampling": "nearest" } });
    else addKinds(source, source, one.id, one.colour, one.title, true);
  });
  raise();
}

// Where the map is, as text: zoom/latitude/longitude.
export function position() {
  const { lng, lat } = map.getCenter();
  return `${map.getZoom().toFixed(2)}/${lat.toFixed(5)}/${lng.toFixed(5)}`;
}

export async function goTo(text) {
  await ready();
  const [zoom, lat, lng] = text.split("/").map(Number);
  const good = Math.abs(lat) <= 85 && Math.abs(lng) <= 180 && zoom >= 0;
  if (good && position() !== text) map.jumpTo({ center: [lng, lat], zoom: Math.min(zoom, 19) });
  return good;
}

// Calls back when the reader, and not the page, has moved the map.
export async function onMoved(act) {
  await ready();
  map.on("moveend", (event) => event.originalEvent && act(position()));
}

const raise = () => ["area:line", "counted:fill", "counted:line", "counted:circle", "results:fill", "results:line", "results:circle", "pinned:fill", "pinned:line", "pinned:circle"]
  .forEach((id) => map.getLayer(id) && map.moveLayer(id));

// Features of one's own above all else: the perimeter, what was counted, what a search found.
export async function overlay(id, data, { colour = COUNTED, act = t("feature"), outline = null } = {}) {
  await ready();
  drop(id);
  map.addSource(id, { type: "geojson", data });
  addKinds(id, id, null, colour, act, true);
  if (outline) map.setPaintProperty(`${id}:fill`, "fill-outline-color", outline);
}

// Once its place on the page is shown again.
export async function resize() {
  await ready();
  map.resize();
}

export async function clear(id) {
  if (!opening) return;
  await ready();
  drop(id);
}

export async function showArea(feature) {
  await ready();
  drop("area");
  if (!feature) return;
  map.addSource("area", { type: "geojson", data: feature });
  map.addLayer({ id: "area:halo", source: "area", type: "line", paint: { "line-color": "#ffffff", "line-width": 6, "line-opacity": 0.8 } });
  map.addLayer({ id: "area:line", source: "area", type: "line", paint: { "line-color": "#0b5394", "line-width": 2.5 } });
}

export async function fit(geometries, padding = 30) {
  await ready();
  const box = bounds(geometries);
  if (box) map.fitBounds(box, { padding, maxZoom: 17, animate: false });
}

// What failed before says nothing of what is shown from now on.
export function forgive() {
  faults = 0;
}

// Waits until all is drawn; returns how many requests failed since the last pardon.
export async function idle() {
  await ready();
  if (!map.loaded()) await new Promise((done) => map.once("idle", done));
  byId("map").dataset.drawn = String(map.queryRenderedFeatures().length);
  return faults;
}
