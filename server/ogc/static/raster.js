// Draws the map tiles of a raster, from the same address that any client reads.
const element = document.getElementById("map");
maplibregl.setWorkerUrl(new URL(element.dataset.worker, location.href).href);
const [west, south, east, north] = element.dataset.bounds.split(",").map(Number);
const map = new maplibregl.Map({
  container: element,
  style: {
    version: 8,
    sources: {
      raster: {
        type: "raster",
        tiles: [new URL(element.dataset.tiles, location.href).href.replace(/%7B/gi, "{").replace(/%7D/gi, "}")],
        tileSize: 256,
        maxzoom: Number(element.dataset.maxzoom),
        bounds: [west, south, east, north],
      },
    },
    layers: [
      { id: "paper", type: "background", paint: { "background-color": "#eef2f3" } },
      { id: "raster", type: "raster", source: "raster", paint: { "raster-resampling": "nearest" } },
    ],
  },
  bounds: [west, south, east, north],
  fitBoundsOptions: { padding: 30 },
  attributionControl: false,
});
map.addControl(new maplibregl.NavigationControl());
map.addControl(new maplibregl.ScaleControl());
map.once("idle", () => { element.dataset.drawn = "1"; });
