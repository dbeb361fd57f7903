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

map.on("load", async () => {
  const answer = await fetch(element.dataset.items);
  if (!answer.ok) return;
  const data = await answer.json();
  map.addSource("items", { type: "geojson", data });
  const colour = "#0b57d0";
  map.addLayer({ id: "areas", type: "fill", source: "items", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": colour, "fill-opacity": 0.25, "fill-outline-color": colour } });
  map.addLayer({ id: "lines", type: "line", source: "items", filter: ["!=", ["geometry-type"], "Point"], paint: { "line-color": colour, "line-width": 1.2 } });
  map.addLayer({ id: "points", type: "circle", source: "items", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-color": colour, "circle-radius": 4, "circle-stroke-color": "#fff", "circle-stroke-width": 1 } });
  const [west, south, east, north] = (element.dataset.bounds ?? "").split(",").map(Number);
  const whole = element.dataset.bounds ? new maplibregl.LngLatBounds([west, south, east, north]) : null;
  const box = whole ?? boundsOf(data.features ?? [data]);
  if (!box.isEmpty()) map.fitBounds(box, { padding: 30, maxZoom: 16, animate: false });
  element.dataset.drawn = String((data.features ?? [data]).length);
});
