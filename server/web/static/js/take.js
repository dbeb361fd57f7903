// What a planner takes away: a link, files, pictures, addresses, a frame, a print.
import { postFor } from "./api.js";
import { byId, download, h } from "./dom.js";
import { namedPeers, stripTable } from "./figures.js";
import { bounds } from "./geometry.js";
import { language, t } from "./i18n.js";
import { mapPng, mapSvgBlob, svgAsPng } from "./mapfile.js";
import { svgBlob } from "./pictures.js";
import { drawnBody, indicatorsPath, isOwn, layerPath, layersHere, measures, nameOf, placeName, texts } from "./place.js";
import { absolute, at } from "./root.js";
import { get, permalink, subscribe } from "./state.js";
import { strip } from "./strip.js";
import { copy, copyButton, field, fill, freshId, maker, select, table } from "./ui.js";

export const FORMS = [["csv-fr", "csv"], ["xlsx", "xlsx"], ["gpkg", "gpkg"], ["csv", "csv"], ["parquet", "parquet"]];
const FRAME_HEIGHT = 320;

const fileName = (place, end) => `coeurville-${place.town.insee}-${place.perimeter.id}${end}`;

function part(name, ...content) {
  const id = freshId("take");
  return h("section", { class: "take", "data-part": name, "aria-labelledby": id }, h("h3", { id }, t(`take.${name}`)), content);
}

function copied(label, text, lines = 1) {
  const box = lines > 1 ? h("textarea", { readonly: true, rows: lines }, text) : h("input", { type: "text", readonly: true, value: text });
  const button = h("button", { type: "button", class: "small", onclick: (event) => copy(text, event.currentTarget) }, t("take.copy"));
  return [field(label, box), button];
}

function linkPart() {
  const lost = get("perimeter") === "upload" ? h("p", { class: "note" }, t("take.upload")) : null;
  return part("link", h("div", { id: "permalink" }, copied(t("take.link.label"), permalink())), lost);
}

// The link follows the map as the reader moves it.
subscribe((changed) => changed.has("map") && byId("permalink")?.replaceChildren(...copied(t("take.link.label"), permalink())));

async function posted(place, form, suffix) {
  const answer = await postFor(`/evaluate?format=${form}&lang=${language()}`, JSON.stringify(drawnBody(place)));
  download(fileName(place, `.${suffix}`), await answer.blob());
}

export const measuresPath = (place, form) => indicatorsPath(place, { format: form, lang: language() });

function measuresPart(place) {
  const own = isOwn(place.perimeter.id);
  const items = FORMS.map(([form, suffix]) => h("li", {}, own
    ? maker(t(`take.${form}`), () => posted(place, form, suffix))
    : [h("a", { href: at(measuresPath(place, form)), download: fileName(place, `.${suffix}`), "data-form": form }, t(`take.${form}`)), " ", copyButton(measuresPath(place, form), t("copy.address"), t(`take.${form}`))]));
  return part("measures", h("p", {}, t("take.measures.how")), h("ul", { class: "forms" }, items));
}

function mapPart(place) {
  const png = maker("PNG", async () => download(fileName(place, "-carte.png"), await mapPng(placeName(place))));
  const vector = maker("SVG", async () => download(fileName(place, "-carte.svg"), await mapSvgBlob(placeName(place))));
  return part("map", h("p", {}, t("take.map.how")), h("p", { class: "buttons" }, png, vector));
}

async function chartOf(place, id, known) {
  const found = await measures(place);
  const measure = found.measures.find((one) => one.id === id);
  const position = found.positions?.[id];
  const peers = (await namedPeers(found.peers ?? [])).map((peer) => ({ ...peer, value: position?.values?.[peer.insee] ?? null }));
  const name = nameOf(known, id);
  const chart = strip({ name, value: measure.value, unit: measure.unit, peers, median: position?.median ?? null });
  return chart && { chart, rows: stripTable(name, peers, measure.unit) };
}

async function chartPart(place, known) {
  const box = h("div", { class: "chart" });
  const draw = async (id) => {
    const found = await chartOf(place, id, known);
    if (!found) return [h("p", { class: "note" }, t("take.chart.none"))];
    const { chart, rows } = found;
    const name = fileName(place, `-${id}`);
    return [chart, h("p", { class: "buttons" },
      maker("PNG", async () => download(`${name}.png`, await svgAsPng(chart, 3))), maker("SVG", async () => download(`${name}.svg`, svgBlob(chart)))), rows];
  };
  const options = [["", t("take.choose")], ...[...known.values()].map((one) => [one.id, nameOf(known, one.id)])];
  return part("chart", field(t("indicator"), select(options, "", (id) => (id ? fill(box, () => draw(id), (shown) => shown) : box.replaceChildren()))), box);
}

async function layersPart(place) {
  const here = await layersHere(place);
  const box = bounds([place.commune]).map((value) => value.toFixed(5)).join(",");
  const rows = here.map((one) => {
    const items = `${layerPath(one)}?bbox=${box}`;
    const files = one.raster ? "—" : ["gpkg", "csv-fr", "parquet"].map((form) => [h("a", { href: at(`${items}&f=${form}`), download: true, "aria-label": `${t(`take.short.${form}`)} : ${one.title}` }, t(`take.short.${form}`)), " "]);
    return [one.title, one.license ?? t("licence.unknown"), files, copyButton(one.raster ? layerPath(one) : items, t("copy.address"), one.title)];
  });
  return part("layers", h("p", {}, t("take.layers.how")), table(t("take.layers.caption"), [t("layer"), t("licence"), t("take.files"), t("address")], rows));
}

function gisPart(place) {
  const project = `/towns/${place.town.insee}/project.qgz?lang=${language()}`;
  return part("gis", h("p", {}, t("take.gis.how")), h("p", { class: "actions" }, h("a", { href: at(project), download: `${place.town.insee}.qgz`, role: "button", class: "small" }, t("take.gis.open")), copyButton("/ogc", t("take.gis.copy"))));
}

export function embedCode(place, id, title) {
  const query = new URLSearchParams({ town: place.town.insee, perimeter: place.perimeter.id, indicator: id, lang: language() });
  return `<iframe src="${absolute(`/embed?${query}`)}" title="${title.replaceAll('"', "&quot;")}" width="100%" height="${FRAME_HEIGHT}" loading="lazy"></iframe>`;
}

function embedPart(place, known) {
  if (isOwn(place.perimeter.id)) return part("embed", h("p", { class: "note" }, t("take.embed.own")));
  const box = h("div");
  const show = (id) => box.replaceChildren(...copied(t("take.embed.code"), embedCode(place, id, `${nameOf(known, id)}, ${place.town.name}`), 3),
    h("p", {}, h("a", { href: at(`/embed?town=${place.town.insee}&perimeter=${place.perimeter.id}&indicator=${id}&lang=${language()}`), target: "_blank", rel: "noopener" }, t("take.embed.see"))));
  const options = [...known.values()].map((one) => [one.id, nameOf(known, one.id)]);
  const first = get("indicator") || options[0][0];
  show(first);
  return part("embed", h("p", {}, t("take.embed.how")), field(t("indicator"), select(options, first, show)), box);
}

function reportPart(place) {
  if (isOwn(place.perimeter.id)) return part("report", h("p", { class: "note" }, t("take.report.own")));
  const query = `?perimeter=${place.perimeter.id}&lang=${language()}`;
  return part("report", h("p", {}, t("take.report.how")), h("p", { class: "actions" },
    h("a", { href: at(`/towns/${place.town.insee}/report.pdf${query}`) }, t("take.report.pdf")), h("a", { href: at(`/towns/${place.town.insee}/report${query}`) }, t("take.report.page"))));
}

function printPart() {
  return part("print", h("p", {}, t("take.print.how")), h("button", { type: "button", class: "small", onclick: () => window.print() }, t("take.print.go")));
}

export async function render(root, place) {
  await fill(root, texts, async (known) => [
    h("h2", {}, t("view.take")), h("p", { class: "lead" }, t("take.lead")),
    place.town.fictitious ? h("p", { class: "note" }, t("take.fictitious")) : null,
    linkPart(), reportPart(place), measuresPart(place), mapPart(place), await chartPart(place, known), gisPart(place), await layersPart(place), embedPart(place, known), printPart(),
  ]);
}
