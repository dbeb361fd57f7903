// The switch of layers, and how each is drawn.
import { h } from "./dom.js";
import { fictitious } from "./figures.js";
import { t } from "./i18n.js";
import { layerPath, layersHere } from "./place.js";
import { choiceOf, METHODS, PALETTES, queryables } from "./classes.js";
import { layersOf } from "./questions.js";
import { at } from "./root.js";
import { get, set } from "./state.js";
import { copyButton, field, fill, select } from "./ui.js";

const chosen = () => get("layers").split(",").filter(Boolean);

// Layers to draw: those of the reader's choice, else those of the question on screen.
export async function wanted(place, here) {
  const ids = chosen().length || !get("question") || get("view") !== "questions" ? chosen() : await layersOf(place);
  return ids.map((id) => here.find((one) => one.id === id)).filter(Boolean);
}

function toggle(id, on) {
  const kept = chosen().filter((one) => one !== id);
  set({ layers: (on ? [...kept, id] : kept).join(",") });
}

function restyle(id, change) {
  const others = get("style").split(",").filter((one) => one && one.split(":")[0] !== id);
  const now = { attribute: "", method: "quantiles", count: 5, palette: "viridis", ...choiceOf(id), ...change };
  const own = now.attribute ? [[id, now.attribute, now.method, now.count, now.palette].join(":")] : [];
  set({ style: [...others, ...own].join(",") });
}

function numericControls(id, choice) {
  const named = (names, prefix) => names.map((name) => [name, t(`${prefix}.${name}`)]);
  const counts = [2, 3, 4, 5, 6, 7, 8, 9].map((count) => [String(count), String(count)]);
  return [
    field(t("classes.method"), select(named(METHODS, "method"), choice.method, (method) => restyle(id, { method }), `method-${id}`)),
    field(t("classes.count"), select(counts, String(choice.count), (count) => restyle(id, { count }), `count-${id}`)),
    field(t("classes.palette"), select(named(Object.keys(PALETTES), "palette"), choice.palette, (palette) => restyle(id, { palette }), `palette-${id}`)),
  ];
}

async function controls(one) {
  const known = (await queryables(one.id)).filter((attribute) => !attribute.id && attribute.name !== "geometry");
  const choice = choiceOf(one.id);
  const attribute = known.find((candidate) => candidate.name === choice?.attribute);
  const options = [["", t("classes.none")], ...known.map((candidate) => [candidate.name, candidate.title])];
  const numeric = ["number", "integer"].includes(attribute?.type);
  return h("div", { class: "style-controls" },
    field(t("classes.attribute"), select(options, choice?.attribute ?? "", (name) => restyle(one.id, { attribute: name }), `attribute-${one.id}`)),
    numeric ? numericControls(one.id, choice) : null);
}

async function row(one) {
  const on = chosen().includes(one.id);
  const id = `layer-${one.id}`;
  const box = h("input", { type: "checkbox", id, checked: on, onchange: (event) => toggle(one.id, event.currentTarget.checked) });
  return h("li", {}, box, " ", h("label", { for: id }, one.title), one.fictitious && fictitious(), h("p", { class: "source" }, `${one.producer ?? ""} · ${one.license ?? ""} · ${one.vintage ?? t("vintage.none")}`),
    h("p", { class: "actions" }, copyButton(layerPath(one), t("copy.address"), one.title), h("a", { href: at(`/ogc/collections/${one.id}?f=html`) }, t("layer.page"))),
    on && !one.raster ? await controls(one) : null);
}

const chosenFirst = (here) => [...here.filter((one) => chosen().includes(one.id)), ...here.filter((one) => !chosen().includes(one.id))];

export async function render(root, place) {
  await fill(root, () => layersHere(place), async (here) => [
    h("h2", {}, t("view.layers")), h("p", { class: "lead" }, t("layers.lead")),
    h("ul", { class: "layers" }, await Promise.all(chosenFirst(here).map(row))),
  ]);
}
