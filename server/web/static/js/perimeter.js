// The choice of a perimeter: known ones, one drawn, a file's, a circle around a place.
import { send } from "./api.js";
import { h } from "./dom.js";
import { drawForm } from "./draw.js";
import { number } from "./format.js";
import { onePolygon, ringOf } from "./geometry.js";
import { said, t } from "./i18n.js";
import { isOwn, keepUpload, layersHere } from "./place.js";
import { findPlaces } from "./places.js";
import { get, set } from "./state.js";
import { announce, copyButton, details, failure, field, select } from "./ui.js";

let uploads = 0;
const REACHES = { least: 100, most: 3000, step: 50, usual: 500 };

function known(place) {
  const options = place.perimeters.map((one) => [one.id, one.id === "commune" ? t("perimeter.commune") : one.properties.name]);
  const own = isOwn(place.perimeter.id) ? [[place.perimeter.id, t(`perimeter.${place.perimeter.id}`)]] : [];
  const chooser = select([...options, ...own], place.perimeter.id, (id) => set({ perimeter: id, area: "", circle: "" }), "perimeter-chooser");
  return field(t("perimeter"), chooser, said(place.perimeter.properties.basis));
}

function circleForm(place) {
  const reach = h("input", { type: "range", min: REACHES.least, max: REACHES.most, step: REACHES.step, value: get("circle").split(",")[2] ?? REACHES.usual });
  const shown = h("output", {}, `${number(Number(reach.value))} m`);
  reach.addEventListener("input", () => { shown.textContent = `${number(Number(reach.value))} m`; });
  const text = h("input", { type: "search" });
  const results = h("ul", { class: "results" });
  const around = (at) => set({ perimeter: "circle", circle: [...at.slice(0, 2), reach.value].join(","), area: "" });
  const look = async (event) => {
    event.preventDefault();
    const found = await findPlaces(place, text.value, await layersHere(place)).catch((error) => { results.replaceChildren(failure(error)); return null; });
    if (!found) return;
    const { listed, all } = found;
    announce(t("places.count", { count: all }));
    const cut = all > listed.length ? [h("li", { class: "note" }, t("places.cut", { shown: listed.length, all: number(all) }))] : [];
    results.replaceChildren(...(listed.length ? listed.map((one) => h("li", {}, h("button", { type: "button", class: "link", onclick: () => around(one.at) }, one.name), " ", h("small", {}, one.kind))) : [h("li", {}, t("places.none"))]), ...cut);
  };
  const hall = place.town.town_hall && h("button", { type: "button", class: "small", onclick: () => around(place.town.town_hall) }, t("places.hall"));
  reach.addEventListener("change", () => get("circle") && around(get("circle").split(",").map(Number)));
  return h("form", { onsubmit: look }, field(t("circle.reach"), reach), shown, hall, field(t("circle.around"), text, t("circle.hint")), h("button", { type: "submit", class: "small" }, t("search.go")), results);
}

async function readFile(file) {
  if (/\.(geo)?json$/i.test(file.name)) return onePolygon(JSON.parse(await file.text()));
  return onePolygon(await send(`/perimeters/read?name=${encodeURIComponent(file.name)}`, file));
}

async function upload(event, message) {
  const [file] = event.currentTarget.files;
  if (!file) return;
  try {
    const geometry = await readFile(file);
    if (!geometry) throw new SyntaxError();
    keepUpload(geometry);
    message.replaceChildren();
    // A shape too long for the address is only numbered there, so that a link says that it is lost.
    await set({ perimeter: "upload", area: ringOf(geometry) || String((uploads += 1)), circle: "" });
  } catch (error) {
    message.replaceChildren(error instanceof SyntaxError ? h("p", { role: "alert" }, t("upload.none")) : failure(error));
  }
}

function uploadForm() {
  const message = h("div");
  const input = h("input", { type: "file", accept: ".geojson,.json,.gpkg,.zip", onchange: (event) => upload(event, message) });
  return h("div", {}, field(t("upload.file"), input, t("upload.hint")), message);
}

export async function perimeterChooser(place) {
  return h("div", { class: "perimeter" }, known(place),
    place.lost && h("p", { class: "note" }, t("perimeter.lost")),
    h("div", { class: "ways" },
      details(t("perimeter.draw"), drawForm(place)), details(t("perimeter.around"), circleForm(place)), details(t("perimeter.file"), uploadForm()),
      copyButton(`/towns/${place.town.insee}/perimeters`)));
}
