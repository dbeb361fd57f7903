// Indicators by axis: each figure with all that is needed to read it rightly.
import { h } from "./dom.js";
import { number, unitText, withUnit } from "./format.js";
import { said, t } from "./i18n.js";
import { AXES, drawnBody, indicatorsPath, isOwn, measures, measuresOf, nameOf, texts, towns } from "./place.js";
import { get, link } from "./state.js";
import { strip } from "./strip.js";
import { copyButton, copyCommand, details, fill, table } from "./ui.js";
import { peersPanel } from "./peers.js";
import { saveSvgButton } from "./pictures.js";

export function valueLine(measure) {
  if (measure.value === null) return h("p", { class: "value missing" }, h("strong", {}, t("missing")), h("span", {}, said(measure.withheld)));
  const range = measure.interval && h("small", {}, t("interval", { low: number(measure.interval[0], measure.unit), high: number(measure.interval[1], measure.unit) }));
  return h("p", { class: "value" }, h("strong", {}, number(measure.value, measure.unit)), " ", h("span", { class: "unit" }, unitText(measure.unit)), range);
}

function fact(name, value) {
  return value === null || value === "" ? null : h("div", {}, h("dt", {}, t(name)), h("dd", {}, value));
}

export function facts(measure, text) {
  const vintages = [...new Set(Object.values(measure.vintages ?? {}))].map((one) => one ?? t("vintage.none"));
  return h("dl", { class: "facts" },
    fact("fact.vintage", vintages.join(", ")),
    fact("fact.source", text?.source ?? ""),
    fact("fact.evidence", t(`evidence.${measure.evidence}`)),
    fact("fact.coverage", measure.coverage === null ? null : withUnit(measure.coverage, "%")),
    fact("fact.imputed", measure.imputed_share === null ? null : withUnit(measure.imputed_share, "%")),
    fact("fact.n", measure.n === null ? null : number(measure.n)));
}

// The dots of a strip as rows of a table.
export function stripTable(name, peers, unit, ...more) {
  const rows = peers.map((peer) => [peer.name, withUnit(peer.value, unit)]);
  return details(t("strip.table"), table(t("strip.caption", { name }), [t("town"), t("value")], rows), more);
}

function standing(measure, position, peers) {
  if (!position?.n) return null;
  const own = position.percentile === null ? null : h("p", { class: "standing" }, t("standing", { share: number(position.percentile), count: position.n }), " ", position.median === null ? "" : t("standing.median", { median: withUnit(position.median, measure.unit) }));
  const listed = peers.map((peer) => ({ ...peer, value: position.values?.[peer.insee] ?? null }));
  const name = measure.name;
  const picture = strip({ name, value: measure.value, unit: measure.unit, peers: listed, median: position.median });
  return [picture, own, stripTable(name, listed, measure.unit, picture && saveSvgButton(picture, measure.id))];
}

export const fictitious = () => h("span", { class: "tag fictitious" }, t("fictitious.tag"));

function explainLink(measure, name) {
  return h("a", { class: "more", ...link({ indicator: measure.id }), "aria-label": `${t("explain")} : ${name}` }, t("explain"));
}

function address(place, measure, name) {
  if (isOwn(place.perimeter.id)) return copyCommand("/evaluate", { ...drawnBody(place), indicators: [measure.id] }, t("copy.command"), name);
  return copyButton(`/indicators/${measure.id}/explain?town=${place.town.insee}&perimeter=${place.perimeter.id}`, t("copy.address"), name);
}

// What has no value takes less room, and still says why.
function lacking(place, measure, known) {
  const name = nameOf(known, measure.id);
  return h("article", { class: "figure", "data-id": measure.id, "data-missing": "true" },
    h("h4", {}, name, measure.fictitious && fictitious()), valueLine(measure),
    h("p", { class: "actions" }, explainLink(measure, name), address(place, measure, name)));
}

// Figures with a value as cards, then those without; where they stand comes when it is known.
export function figures(place, list, known) {
  const given = list.filter((one) => one.value !== null);
  const absent = list.filter((one) => one.value === null);
  return [
    h("div", { class: "cards" }, given.map((one) => card(place, one, known))),
    absent.length ? h("div", { class: "lacking" }, absent.map((one) => lacking(place, one, known))) : null,
  ];
}

function card(place, measure, known) {
  const text = known.get(measure.id);
  const name = nameOf(known, measure.id);
  const explained = get("indicator") === measure.id;
  return h("article", { class: explained ? "figure chosen" : "figure", "data-id": measure.id, "data-missing": String(measure.value === null) },
    h("h4", {}, name, measure.fictitious && fictitious()),
    h("p", { class: "tells" }, said(text?.tells)),
    valueLine(measure),
    h("p", { class: "direction" }, t(`direction.${text?.direction ?? "neutral"}`)),
    h("div", { class: "standing-slot", "data-of": measure.id }),
    facts(measure, text),
    h("p", { class: "actions" },
      explainLink(measure, name), address(place, measure, name)));
}

function axis(place, id, found, known) {
  const own = found.measures.filter((measure) => known.get(measure.id)?.axis === id);
  if (!own.length) return null;
  const given = own.filter((measure) => measure.value !== null).length;
  return h("section", { class: "axis", "data-axis": id },
    h("h3", {}, t(`axis.${id}`), h("small", {}, t("axis.count", { given, all: own.length }))),
    figures(place, own, known));
}

export async function namedPeers(codes) {
  const names = new Map((await towns()).map((town) => [town.insee, town.name]));
  return codes.map((insee) => ({ insee, name: names.get(insee) ?? insee }));
}

// Where the values stand among peers: a second answer, which is longer to make than the first.
async function compared(place) {
  const found = await measures(place);
  return { ...found, peers: await namedPeers(found.peers ?? []) };
}

function stand(root, known, { measures: list, positions, peers }) {
  for (const slot of root.querySelectorAll(".standing-slot")) {
    const measure = list.find((one) => one.id === slot.dataset.of);
    const told = standing({ ...measure, name: nameOf(known, measure.id) }, positions?.[measure.id], peers);
    slot.replaceChildren(...(told ?? []).filter(Boolean));
  }
}

// Fills the figures under ``root`` with their places, and ``among`` with what the reader is told.
export function comparison(root, among, place, known, show = () => null) {
  return fill(among, () => compared(place), (found) => {
    stand(root, known, found);
    return show(found) ?? [];
  });
}

// The axes after the first, one after the other: each is on screen while the next is made.
async function follow(boxes, place, known) {
  for (const [id, box] of boxes) await fill(box, () => measuresOf(place, id), (found) => axis(place, id, found, known) ?? []);
}

export async function render(root, place) {
  const own = isOwn(place.perimeter.id);
  const [first, ...later] = AXES;
  let rest = null;
  await fill(root, () => Promise.all([measuresOf(place, first), texts()]), ([found, known]) => {
    const among = h("div", { class: "among" }, h("p", { class: "wait" }, t("loading")));
    const boxes = own ? [] : later.map((id) => [id, h("div")]);
    const shown = own ? AXES : [first];
    rest = follow(boxes, place, known).then(() => comparison(root, among, place, known, (told) => peersPanel(place, told)));
    return [
      h("h2", {}, t("view.figures")),
      h("p", { class: "lead" }, t("figures.lead"), " ", own ? copyCommand("/evaluate", drawnBody(place)) : copyButton(indicatorsPath(place))),
      among,
      shown.map((id) => axis(place, id, found, known)),
      boxes.map(([, box]) => box),
    ];
  });
  await rest;
}
