// Why a figure is what it is: formula, numbers, rows counted, sources, limits, next check on site.
import { postFor } from "./api.js";
import { swatch } from "./classes.js";
import { byId, download, h } from "./dom.js";
import { number } from "./format.js";
import { facts, valueLine } from "./figures.js";
import { said, t } from "./i18n.js";
import * as maps from "./map.js";
import { featuresTable } from "./onmap.js";
import { ask, drawnBody, isOwn, nameOf, texts } from "./place.js";
import { at, local } from "./root.js";
import { series } from "./series.js";
import { get, link } from "./state.js";
import { copyButton, copyCommand, details, fill, maker, table } from "./ui.js";

const rootOf = (name) => `/indicators/${name}/explain`;
const queryOf = (place) => `?town=${place.town.insee}&perimeter=${place.perimeter.id}`;

function paragraph(title, text) {
  return text ? [h("h3", {}, t(title)), h("p", {}, text)] : null;
}

const PARTS = ["numerator", "denominator"];
const titleOf = (told, layer) => said(told.sources?.find((one) => one.layer === layer)?.title) || layer;

function partsTable(told) {
  if (!told.parts?.length) return null;
  const how = (one) => (one.function ? t(`part.${one.function}`, { layer: titleOf(told, one.layer), column: PARTS.includes(one.column) ? t(`part.${one.column}`) : one.column }) : t("part.method"));
  return table(t("explain.parts"), [t("part"), t("value"), t("part.how")], told.parts.map((one) => [t(`part.${one.part}`), number(one.value), how(one)]));
}

const featuresOf = (place, name) => ask(place, `${rootOf(name)}/features${queryOf(place)}`, `${rootOf(name)}/features`);

// The first rows come with the explanation, those after them are the ones that the map shows.
async function rowsTwin(place, name, rows, title) {
  const next = async (offset) => (await featuresOf(place, name)).features.filter((one) => one.layer === rows.layer).slice(offset);
  return details(t("explain.rows.table"), await featuresTable(rows.features, { all: rows.count, title, layer: rows.layer, next }));
}

async function rowsLine(place, name, rows, title) {
  const why = rows.reason ? ` ${said(rows.reason)}` : "";
  return h("li", {}, t("explain.rows.count", { count: number(rows.count), layer: title }), why, rows.features.length ? await rowsTwin(place, name, rows, title) : null);
}

function sourcesTable(told) {
  if (!told.sources?.length) return null;
  const rows = told.sources.map((one) => [said(one.title), one.producer, one.licence, one.vintage ?? t("vintage.none"), h("a", { href: at(`/ogc/collections/${one.layer}?f=html`) }, one.layer)]);
  return table(t("explain.sources"), [t("layer"), t("producer"), t("licence"), t("fact.vintage"), t("address")], rows);
}

function texts4(text) {
  return [
    paragraph("explain.formula", h("code", {}, said({ fr: text.formula_fr ?? text.formula, en: text.formula }))), paragraph("explain.method", said(text.method)),
    paragraph("explain.limits", said(text.pitfalls)), paragraph("explain.thresholds", said(text.thresholds)), paragraph("explain.check", said(text.next_check)),
  ];
}

async function draw(found) {
  await maps.overlay("counted", found);
  byId("map").dataset.counted = String(found.features.length);
  return found.features.length ? h("p", { class: "note" }, swatch(maps.COUNTED), t("explain.on-map", { count: number(found.features.length) })) : [];
}

async function worksheet(place, name) {
  const answer = await postFor(`${rootOf(name)}.xlsx`, JSON.stringify(drawnBody(place)));
  download(`${name}.xlsx`, await answer.blob());
}

const features = async (place, name) => download(`${name}.geojson`, new Blob([JSON.stringify(await featuresOf(place, name))], { type: "application/geo+json" }));

// Files of a perimeter of the reader's own have no address: they are made at the click.
function takeAway(place, told, name) {
  if (isOwn(place.perimeter.id)) {
    return [h("p", { class: "actions" }, maker(t("explain.worksheet"), () => worksheet(place, name)), maker(t("explain.features"), () => features(place, name)), copyCommand(rootOf(name), drawnBody(place))), h("p", { class: "note" }, t("explain.own"))];
  }
  const { links } = told;
  return h("p", { class: "actions" },
    h("a", { href: at(local(links.worksheet)), download: `${name}.xlsx` }, t("explain.worksheet")),
    h("a", { href: at(local(links.features)), download: `${name}.geojson` }, t("explain.features")),
    copyButton(rootOf(name) + queryOf(place)));
}

const told = (place, name) => ask(place, rootOf(name) + queryOf(place), rootOf(name));

export async function render(root, place) {
  const name = get("indicator");
  root.hidden = !name || !place;
  if (root.hidden) {
    root.replaceChildren();
    return;
  }
  const known = await texts();
  const body = h("div");
  root.replaceChildren(h("header", {}, h("h2", { tabindex: "-1", id: "explanation-title" }, nameOf(known, name)), h("a", { class: "close", ...link({ indicator: "" }) }, t("close"))), body);
  byId("explanation-title").focus();
  let more = null;
  await fill(body, () => told(place, name), async (found) => {
    const [onTheMap, change] = [h("div"), h("div", { class: "series" })];
    const rows = await Promise.all((found.rows ?? []).map((one) => rowsLine(place, name, one, titleOf(found, one.layer))));
    more = [fill(onTheMap, () => featuresOf(place, name), draw), isOwn(place.perimeter.id) ? null : series(change, place, name)];
    return [
      h("p", { class: "lead" }, said(found.indicator.tells)), valueLine(found.measure), facts(found.measure, found.indicator),
      takeAway(place, found, name),
      change, texts4(found.indicator), partsTable(found),
      rows.length ? h("h3", {}, t("explain.rows")) : null, onTheMap, rows.length ? h("ul", {}, rows) : null, sourcesTable(found),
      found.licence && paragraph("explain.licence", found.licence),
    ];
  });
  await Promise.all(more ?? []);
}

export const reset = () => maps.clear("counted");
