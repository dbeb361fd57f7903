// Two towns or two perimeters side by side: every value with its unit, and two maps of one scale.
import { read } from "./api.js";
import { h } from "./dom.js";
import { number, plain, unitText, withUnit } from "./format.js";
import { onePolygon } from "./geometry.js";
import { language, said, t } from "./i18n.js";
import { pair } from "./minimap.js";
import { AXES, drawnBody, indicatorsPath, isOwn, measures, nameOf, placeName, texts, towns } from "./place.js";
import { get, link, set } from "./state.js";
import { copyButton, copyCommand, details, failure, field, fill, freshId, select, table } from "./ui.js";

export const otherOf = (text) => {
  const [town = "", perimeter = "commune"] = text.split(":");
  return { town, perimeter };
};

async function other(wanted) {
  const [town, known] = await Promise.all([read(`/towns/${wanted.town}`), read(`/towns/${wanted.town}/perimeters`)]);
  const perimeter = known.perimeters.find((one) => one.id === wanted.perimeter) ?? known.perimeters[0];
  return { town, perimeters: known.perimeters, perimeter, commune: onePolygon(known.perimeters[0]) };
}

const otherMeasures = (place) => read(indicatorsPath(place, { peers: "nearest" }));

function townField(listed, wanted) {
  const list = freshId("others");
  const chosen = listed.find((one) => one.insee === wanted.town);
  const input = h("input", { type: "text", list, value: chosen ? `${chosen.name} (${chosen.insee})` : "", autocomplete: "off" });
  const choose = () => {
    const code = input.value.match(/\b\d[\dAB]\d{3}\b/i)?.[0];
    const town = listed.find((one) => one.insee === code || plain(one.name) === plain(input.value));
    if (town) set({ with: `${town.insee}:commune` });
    else input.setAttribute("aria-invalid", "true");
  };
  input.addEventListener("change", choose);
  return [field(t("compare.town"), input), h("datalist", { id: list }, listed.map((one) => h("option", { value: `${one.name} (${one.insee})` })))];
}

async function chooser(place, wanted) {
  const listed = await towns();
  const perimeters = wanted.town ? (await other(wanted)).perimeters : [];
  const named = perimeters.map((one) => [one.id, one.id === "commune" ? t("perimeter.commune") : one.properties.name]);
  const near = place.perimeters.filter((one) => one.id !== place.perimeter.id);
  return h("form", { class: "guided pair", onsubmit: (event) => event.preventDefault() },
    townField(listed, wanted),
    wanted.town && field(t("perimeter"), select(named, wanted.perimeter, (id) => set({ with: `${wanted.town}:${id}` }))),
    !wanted.town && h("p", {}, t("compare.same"), " ", near.map((one, index) => [index ? " · " : "", h("a", link({ with: `${place.town.insee}:${one.id}` }), one.id === "commune" ? t("perimeter.commune") : one.properties.name)])));
}

function cell(measure) {
  if (measure.value === null) return h("span", { class: "absent" }, `${t("missing")} : ${said(measure.withheld)}`);
  const years = [...new Set(Object.values(measure.vintages ?? {}))].map((one) => one ?? t("vintage.none")).join(", ");
  return [h("strong", {}, withUnit(measure.value, measure.unit)), years && h("small", {}, ` (${years})`)];
}

const standing = (position) => (position?.percentile === null || position?.percentile === undefined ? t("missing") : t("compare.above", { share: number(position.percentile), count: position.n }));

// A difference of values is in their unit; of percentages, in points.
export function difference(a, b, unit) {
  if (a === null || b === null) return t("missing");
  const gap = b - a;
  const sign = gap > 0 ? "+" : gap < 0 ? "−" : "";
  const points = () => t(`compare.points.${new Intl.PluralRules(language()).select(Math.abs(gap))}`);
  return `${sign}${number(Math.abs(gap), unit)} ${unit === "%" ? points() : unitText(unit)}`;
}

// Both figures of each indicator of an axis; those that neither side has are told apart.
function axisTable(id, [ours, theirs], known, heads) {
  const both = ours.measures.filter((one) => known.get(one.id)?.axis === id).map((one) => [one, theirs.measures.find((two) => two.id === one.id)]);
  const told = both.filter(([one, two]) => one.value !== null || two.value !== null);
  const absent = both.filter((pair) => !told.includes(pair));
  const rows = told.map(([one, two]) => [nameOf(known, one.id), cell(one), standing(ours.positions?.[one.id]), cell(two), standing(theirs.positions?.[one.id]), difference(one.value, two.value, one.unit)]);
  const reasons = absent.map(([one, two]) => [nameOf(known, one.id), said(one.withheld), said(two.withheld)]);
  return [h("h3", {}, t(`axis.${id}`)), rows.length ? h("div", { class: "axis-table" }, table(t("compare.caption", { axis: t(`axis.${id}`) }), heads, rows)) : null,
    reasons.length ? details(t("compare.absent", { count: reasons.length }), table(t("compare.absent.caption", { axis: t(`axis.${id}`) }), [heads[0], heads[1], heads[3]], reasons)) : null];
}

function warnings(place, second) {
  const lines = [];
  if (Boolean(place.town.fictitious) !== Boolean(second.town.fictitious)) lines.push(t("compare.fictitious"));
  if ((place.perimeter.id === "commune") !== (second.perimeter.id === "commune")) lines.push(t("compare.scale"));
  return lines.map((text) => h("p", { class: "note", role: "note" }, text));
}

async function shown(place, second) {
  const [known, ours, theirs] = await Promise.all([texts(), measures(place), otherMeasures(second)]);
  const maps = await pair([place, second]);
  const heads = [t("indicator"), placeName(place), t("compare.position"), placeName(second), t("compare.position"), t("compare.difference")];
  const label = t("compare.address", { name: placeName(place) });
  const own = isOwn(place.perimeter.id) ? copyCommand("/evaluate", drawnBody(place)) : copyButton(indicatorsPath(place), label);
  const elements = [
    warnings(place, second), h("div", { class: "minimaps" }, maps.figures),
    AXES.map((id) => axisTable(id, [ours, theirs], known, heads)),
    h("p", { class: "actions" }, own, copyButton(indicatorsPath(second), t("compare.address", { name: placeName(second) })), h("a", link({ with: "" }), t("compare.stop"))),
  ];
  return { elements, start: maps.start };
}

export async function render(root, place) {
  const wanted = otherOf(get("with"));
  const body = h("div", { class: "comparison" });
  await fill(root, () => chooser(place, wanted), (form) => [h("h2", {}, t("view.compare")), h("p", { class: "lead" }, t("compare.lead")), form, body]);
  if (!wanted.town || !body.isConnected) return;
  let start = null;
  await fill(body, async () => shown(place, await other(wanted)), (found) => {
    start = found.start;
    return found.elements;
  });
  await start?.().catch((error) => body.prepend(failure(error)));
}
