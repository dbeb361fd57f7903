// Drawing a perimeter: with the pointer, with the keyboard over the map, or by typing its corners.
import { byId, h, loadScript } from "./dom.js";
import { ringFrom, ringText, round } from "./geometry.js";
import { t } from "./i18n.js";
import * as maps from "./map.js";
import { at } from "./root.js";
import { get, set } from "./state.js";
import { announce, field } from "./ui.js";

const VENDOR = at("/assets/vendor");
const use = (text) => set({ perimeter: "drawn", area: text, circle: "" });

async function pointer() {
  const map = await maps.ready();
  await loadScript(`${VENDOR}/terra-draw/terra-draw.umd.js`);
  await loadScript(`${VENDOR}/terra-draw-maplibre-gl-adapter/terra-draw-maplibre-gl-adapter.umd.js`);
  const adapter = new terraDrawMaplibreGlAdapter.TerraDrawMapLibreGLAdapter({ map, lib: maplibregl });
  const draw = new terraDraw.TerraDraw({ adapter, modes: [new terraDraw.TerraDrawPolygonMode()] });
  draw.start();
  draw.setMode("polygon");
  map.drawing = true;
  announce(t("draw.pointer.how"));
  draw.on("finish", (id) => {
    const shape = draw.getSnapshot().find((feature) => feature.id === id);
    setTimeout(() => {
      draw.stop();
      map.drawing = false;
      use(ringText(shape.geometry.coordinates[0]));
    });
  });
}

function outline(points) {
  const closed = points.length > 2 ? [...points, points[0]] : points;
  const line = points.length > 1 ? [{ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: closed } }] : [];
  const corners = points.map((point) => ({ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: point } }));
  return maps.overlay("sketch", { type: "FeatureCollection", features: [...line, ...corners] }, { colour: "#d55e00" });
}

// The map moves under a crosshair with the arrows; Enter sets a corner, Backspace takes one back.
async function keyboard() {
  const map = await maps.ready();
  const points = [];
  const canvas = map.getCanvas();
  byId("crosshair").hidden = false;
  byId("map").scrollIntoView({ block: "nearest" });
  canvas.focus();
  announce(t("draw.keyboard.how"));
  const stop = () => {
    canvas.removeEventListener("keydown", press);
    byId("crosshair").hidden = true;
    maps.clear("sketch");
  };
  const here = () => { const { lng, lat } = map.getCenter(); return [round(lng), round(lat)]; };
  const keys = {
    Enter: () => { points.push(here()); announce(t("draw.corner", { count: points.length, at: here().join(", ") })); },
    Backspace: () => { points.pop(); announce(t("draw.back", { count: points.length })); },
    Escape: stop,
    f: () => { if (points.length > 2) { stop(); use(ringText(points)); } else announce(t("draw.few")); },
  };
  const press = (event) => {
    const act = keys[event.key] ?? keys[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
    if (["Enter", "Backspace"].includes(event.key)) outline(points);
  };
  canvas.addEventListener("keydown", press);
}

function typed() {
  const text = h("textarea", { rows: 4, spellcheck: "false", placeholder: "-3.005, 46.498\n-2.995, 46.498\n-3.000, 46.504" });
  text.value = get("area").replaceAll(";", "\n");
  const message = h("p", { role: "alert" });
  const submit = (event) => {
    event.preventDefault();
    const shape = ringFrom(text.value);
    message.textContent = shape ? "" : t("draw.unreadable");
    if (shape) use(ringText(shape.coordinates[0].slice(0, -1)));
  };
  return h("form", { onsubmit: submit }, field(t("draw.corners"), text, t("draw.corners.hint")), message, h("button", { type: "submit", class: "small" }, t("draw.use")));
}

export function drawForm() {
  return h("div", {},
    h("p", {}, h("button", { type: "button", class: "small", onclick: pointer }, t("draw.pointer")), " ", h("button", { type: "button", class: "small", onclick: keyboard }, t("draw.keyboard"))),
    h("p", { class: "note" }, t("draw.keyboard.how")), typed());
}
