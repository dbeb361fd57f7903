// Why a figure is what it is: formula, numbers, rows counted, sources, limits, next check on site.
import { local, read } from "./api.js";
import { byId, h } from "./dom.js";
import { number, withUnit } from "./format.js";
import { facts, valueLine } from "./figures.js";
import { said, t } from "./i18n.js";
import * as maps from "./map.js";
import { isOwn, measures, nameOf, texts } from "./place.js";
import { series } from "./series.js";
import { get, link } from "./state.js";
import { copyButton, details, fill, table } from "./ui.js";

const ROWS = 50;
const path = (place, name) => `/indicators/${name}/explain?town=${place.town.insee}&perimeter=${place.perimeter.id}`;

function paragraph(title, text) {
  return text ? [h("h3", {}, t(title)), h("p", {}, text)] : null;
}

function partsTable(told) {
  if (!told.parts?.length) return null;
  const how = (one) => (one.function ? t(`part.${one.function}`, { layer: one.layer, column: one.column }) : t("part.method"));
  return table(t("explain.parts"), [t("part"), t("value"), t("part.how")], told.parts.map((one) => [t(`part.${one.part}`), number(one.value), how(one)]));
}

function rowsTwin(rows) {
  const texted = (value) => (value === null ? t("missing") : typeof value === "object" ? JSON.stringify(value) : String(value));
  const names = Object.keys(rows.features[0].properties).slice(0, 6);
  const lines = rows.features.slice(0, ROWS).map((one) => [texted(one.id), ...names.map((name) => texted(one.properties[name]))]);
  return details(t("explain.rows.table"), table(t("twin.caption", { title: rows.layer, shown: lines.length, all: rows.count }), ["id", ...names], lines));
}

function rowsLine(rows) {
  const why = rows.reason ? ` ${said(rows.reason)}` : "";
  return h("li", {}, t("explain.rows.count", { count: number(rows.count), layer: rows.layer }), why, rows.features.length ? rowsTwin(rows) : null);
}

function sourcesTable(told) {
  if (!told.sources?.length) return null;
  const rows = told.sources.map((one) => [said(one.title), one.producer, one.licence, one.vintage ?? t("vintage.none"), h("a", { href: `/ogc/collections/${one.layer}?f=html` }, one.layer)]);
  return table(t("explain.sources"), [t("layer"), t("producer"), t("licence"), t("fact.vintage"), t("address")], rows);
}

function texts4(text) {
  return [
    paragraph("explain.formula", h("code", {}, text.formula)), paragraph("explain.method", said(text.method)),
    paragraph("explain.limits", said(text.pitfalls)), paragraph("explain.thresholds", said(text.thresholds)), paragraph("explain.check", said(text.next_check)),
  ];
}

async function draw(place, name) {
  const found = await read(`/indicators/${name}/explain/features?town=${place.town.insee}&perimeter=${place.perimeter.id}`);
  await maps.overlay("counted", found);
  byId("map").dataset.counted = String(found.features.length);
}

function takeAway(place, told, name) {
  const links = told.links ?? {};
  return h("p", { class: "actions" },
    links.worksheet && h("a", { href: local(links.worksheet), download: `${name}.xlsx` }, t("explain.worksheet")),
    links.features && h("a", { href: local(links.features), download: `${name}.geojson` }, t("explain.features")),
    copyButton(path(place, name)));
}

async function own(place, name) {
  const [found, known] = [await measures(place), await texts()];
  return { indicator: known.get(name), measure: found.measures.find((one) => one.id === name), own: true };
}

async function told(place, name) {
  return isOwn(place.perimeter.id) ? own(place, name) : read(path(place, name));
}

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
  await fill(body, () => told(place, name), async (found) => [
    h("p", { class: "lead" }, said(found.indicator.tells)), valueLine(found.measure), facts(found.measure, found.indicator),
    found.own ? h("p", { class: "note" }, t("explain.own")) : takeAway(place, found, name),
    h("div", { class: "series" }), texts4(found.indicator), partsTable(found),
    found.rows?.length ? [h("h3", {}, t("explain.rows")), h("ul", {}, found.rows.map(rowsLine))] : null, sourcesTable(found),
    found.licence && paragraph("explain.licence", found.licence),
  ]);
  if (isOwn(place.perimeter.id)) return;
  await Promise.all([draw(place, name), series(body.querySelector(".series"), place, name)]);
}

export const reset = () => maps.clear("counted");
