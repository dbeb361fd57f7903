// Draws the features of a page, from the same address that any client reads.
const element = document.getElementById("map");
maplibregl.setWorkerUrl(new URL(element.dataset.worker, location.href).href);
const map = new maplibregl.Map({
  container: element,
  style: {
    version: 8,
    sources: {},
    layers: [{ id: "paper", type: "background", paint: { "background-color": "#eef2f3" } }],
  },
  center: [2.5, 46.6],
  zoom: 4,
  attributionControl: false,
});
map.addControl(new maplibregl.NavigationControl());
map.addControl(new maplibregl.ScaleControl());

function* positions(geometry) {
  if (!geometry) return;
  if (geometry.type === "GeometryCollection") {
    for (const part of geometry.geometries) yield* positions(part);
    return;
  }
  const depth = { Point: 0, MultiPoint: 1, LineString: 1, MultiLineString: 2, Polygon: 2, MultiPolygon: 3 };
  yield* geometry.coordinates.flat ? [geometry.coordinates].flat(depth[geometry.type]) : [];
}

function boundsOf(features) {
  const box = new maplibregl.LngLatBounds();
  for (const feature of features)
    for (const [x, y] of positions(feature.geometry)) box.extend([x, y]);
  return box;
}

// Draws a source in the style of all maps; tiles name the layer inside them.
function draw(source, inside) {
  const colour = "#0b57d0";
  const common = { source, ...(inside ? { "source-layer": inside } : {}) };
  const of = inside ? `-${inside}` : "";
  map.addLayer({ ...common, id: `areas${of}`, type: "fill", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": colour, "fill-opacity": 0.25, "fill-outline-color": colour } });
  map.addLayer({ ...common, id: `lines${of}`, type: "line", filter: ["!=", ["geometry-type"], "Point"], paint: { "line-color": colour, "line-width": 1.2 } });
  map.addLayer({ ...common, id: `points${of}`, type: "circle", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-color": colour, "circle-radius": 4, "circle-stroke-color": "#fff", "circle-stroke-width": 1 } });
}

function show(box) {
  if (!box.isEmpty()) map.fitBounds(box, { padding: 30, maxZoom: 16, animate: false });
}

function declaredBounds() {
  if (!element.dataset.bounds) return null;
  const [west, south, east, north] = element.dataset.bounds.split(",").map(Number);
  return new maplibregl.LngLatBounds([west, south, east, north]);
}

async function drawItems() {
  const answer = await fetch(element.dataset.items);
  if (!answer.ok) return;
  const data = await answer.json();
  map.addSource("items", { type: "geojson", data });
  draw("items");
  show(declaredBounds() ?? boundsOf(data.features ?? [data]));
  element.dataset.drawn = String((data.features ?? [data]).length);
}

async function drawTiles() {
  const answer = await fetch(element.dataset.tiles);
  if (!answer.ok) return;
  const { tiles, minzoom, maxzoom, bounds, attribution, vector_layers: inside } = await answer.json();
  // The page may be open under another name of the server than its public one.
  const here = tiles.map((address) => address.replace(/^https?:\/\/[^/]+/, location.origin));
  show(declaredBounds());
  map.addSource("tiles", { type: "vector", tiles: here, minzoom, maxzoom, bounds, attribution });
  for (const layer of inside) draw("tiles", layer.id);
  map.once("idle", () => {
    element.dataset.drawn = String(map.queryRenderedFeatures().length);
  });
}

map.on("load", () => (element.dataset.tiles ? drawTiles() : drawItems()));
