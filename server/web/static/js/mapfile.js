// The map as a picture to put in a document: with its title, scale, north and credits.
import { byId, svg } from "./dom.js";
import * as maps from "./map.js";
import { svgBlob } from "./pictures.js";

const HEAD = 40;
const FOOT = 62;
const ROW = 16;
const COLUMN = 260;
const EARTH = 40_075_016.7;
const INK = "#1d2a33";
const FONT = "system-ui, sans-serif";

const metresPerPixel = (map) => (EARTH * Math.cos((map.getCenter().lat * Math.PI) / 180)) / (512 * 2 ** map.getZoom());

// The longest round length that takes at most a fifth of the width.
export function scaleBar(metresAPixel, width) {
  const most = (metresAPixel * width) / 5;
  const power = 10 ** Math.floor(Math.log10(most));
  const metres = [5, 2, 1].map((step) => step * power).find((length) => length <= most);
  return { metres, pixels: metres / metresAPixel, text: metres >= 1000 ? `${metres / 1000} km` : `${metres} m` };
}

const frame = (map) => ({ width: map.getContainer().clientWidth, height: map.getContainer().clientHeight });
const credits = () => byId("map-about").querySelector(".credits")?.textContent ?? "";

function lines(text, width) {
  const most = Math.floor(width / 5.4);
  return text.split(" ").reduce((found, word) => {
    const last = found.at(-1);
    return last && last.length + word.length < most ? [...found.slice(0, -1), `${last} ${word}`] : [...found, word];
  }, []).slice(0, 3);
}

// The legend beside the map, as titles and as colours with what they mean.
function legend() {
  const parts = byId("map-about").querySelectorAll(".legend strong, .legend p, .legend li:has(> .swatch)");
  const entry = (one) => ({ colour: one.querySelector(":scope > .swatch")?.style.getPropertyValue("--swatch"), outline: Boolean(one.querySelector(":scope > .outline")), text: one.textContent });
  return [...parts].map(entry).filter(({ text }) => text);
}

const columns = (width) => Math.max(1, Math.floor(width / COLUMN));
const legendHeight = (width) => ROW * Math.ceil(legend().length / columns(width));

// Down each column in turn, under the credits.
function legendRows(width, top) {
  const entries = legend();
  const deep = Math.ceil(entries.length / columns(width));
  return entries.map(({ colour: fill, outline, text }, index) => {
    const [x, y] = [8 + COLUMN * Math.floor(index / deep), top + ROW * (index % deep)];
    const box = (fill || outline) && svg("rect", { x, y: y - 10, width: 11, height: 11, fill: outline ? "none" : fill, stroke: outline ? "#0b5394" : "#0005", "stroke-width": outline ? 2.5 : 0.5 });
    return [box, svg("text", { x: box ? x + 17 : x, y, "font-size": Math.min(11, (COLUMN - 24) / ((box ? 0.56 : 0.7) * text.length)), "font-family": FONT, fill: INK, "font-weight": box ? "normal" : "bold" }, text)];
  });
}

function texts(map, title) {
  const { width, height } = frame(map);
  const bar = scaleBar(metresPerPixel(map), width);
  const write = (x, y, text, size, more = {}) => svg("text", { x, y, "font-size": size, "font-family": FONT, fill: INK, ...more }, text);
  const foot = HEAD + height;
  return [
    write(8, 26, title, Math.min(18, (width - 60) / (0.65 * title.length)), { "font-weight": "bold" }), write(width - 26, 28, "N ↑", 14, { "text-anchor": "middle" }),
    svg("path", { d: `M8 ${foot + 10}v6h${bar.pixels}v-6`, fill: "none", stroke: INK }), write(14 + bar.pixels, foot + 18, bar.text, 12),
    lines(credits(), width).map((line, index) => write(8, foot + 32 + 11 * index, line, 10)),
    legendRows(width, foot + FOOT + 10),
  ];
}

function sheet(map, inside, title) {
  const { width, height } = frame(map);
  const whole = HEAD + height + FOOT + legendHeight(width);
  return svg("svg", { xmlns: "http://www.w3.org/2000/svg", width, height: whole, viewBox: `0 0 ${width} ${whole}` },
    svg("title", {}, title), svg("rect", { width: "100%", height: "100%", fill: "#ffffff" }),
    svg("clipPath", { id: "frame" }, svg("rect", { width, height })),
    svg("g", { transform: `translate(0 ${HEAD})`, "clip-path": "url(#frame)" }, svg("rect", { width, height, fill: "#f3f1ec" }), inside),
    texts(map, title));
}

const colour = (value, none = "none") => (value === undefined || value === null ? none : String(value));

function paths(map, geometry) {
  const at = (point) => { const { x, y } = map.project(point); return `${x.toFixed(1)} ${y.toFixed(1)}`; };
  const line = (points) => `M${points.map(at).join("L")}`;
  const of = geometry.coordinates;
  return { LineString: () => line(of), MultiLineString: () => of.map(line).join(""), Polygon: () => `${of.map(line).join("Z")}Z`, MultiPolygon: () => of.map((rings) => `${rings.map(line).join("Z")}Z`).join("") }[geometry.type]?.() ?? "";
}

const DRAW = {
  fill: (map, { geometry }, paint) => svg("path", { d: paths(map, geometry), fill: colour(paint["fill-color"]), "fill-opacity": paint["fill-opacity"] ?? 1, stroke: colour(paint["fill-outline-color"]), "stroke-width": 0.5, "fill-rule": "evenodd" }),
  line: (map, { geometry }, paint) => svg("path", { d: paths(map, geometry), fill: "none", stroke: colour(paint["line-color"]), "stroke-width": paint["line-width"] ?? 1, "stroke-opacity": paint["line-opacity"] ?? 1 }),
  circle: (map, { geometry }, paint) => (geometry.type === "Point" ? [geometry.coordinates] : geometry.coordinates).map((point) => {
    const { x, y } = map.project(point);
    return svg("circle", { cx: x.toFixed(1), cy: y.toFixed(1), r: paint["circle-radius"] ?? 4, fill: colour(paint["circle-color"]), stroke: colour(paint["circle-stroke-color"]), "stroke-width": paint["circle-stroke-width"] ?? 0 });
  }),
};

// From the bottom up, as the map draws; an outline cut at the edge of tiles is the area's own line.
export async function mapSvg(title) {
  const map = await maps.ready();
  const order = new Map(map.getStyle().layers.map((one, index) => [one.id, index]));
  const found = map.queryRenderedFeatures().filter((one) => DRAW[one.layer.type]).sort((a, b) => order.get(a.layer.id) - order.get(b.layer.id));
  return sheet(map, found.map((one) => DRAW[one.layer.type](map, one, one.layer.paint)), title);
}

export async function mapSvgBlob(title) {
  return svgBlob(await mapSvg(title));
}

export async function svgAsPng(element, scale = 2) {
  const { width, height } = element.viewBox.baseVal;
  const copy = element.cloneNode(true);
  copy.setAttribute("width", width);
  copy.setAttribute("height", height);
  const address = URL.createObjectURL(svgBlob(copy));
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: width * scale, height: height * scale });
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#ffffff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((done) => canvas.toBlob(done, "image/png"));
  } finally {
    URL.revokeObjectURL(address);
  }
}

// The very pixels of the map, rasters included, between its title and its credits.
export async function mapPng(title) {
  const map = await maps.ready();
  const picture = svg("image", { href: map.getCanvas().toDataURL("image/png"), ...frame(map) });
  return svgAsPng(sheet(map, picture, title));
}
