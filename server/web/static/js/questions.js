// Questions lead: what each decides, the answer here, what is missing and who could supply it.
import { h } from "./dom.js";
import { said, t } from "./i18n.js";
import { number } from "./format.js";
import { answer, AXES, nameOf, questions, texts } from "./place.js";
import { comparison, figures } from "./figures.js";
import { get, link, set } from "./state.js";
import { copyButton, fill, table } from "./ui.js";

export function cards(listed) {
  const byAxis = [...listed].sort((a, b) => AXES.indexOf(a.axis) - AXES.indexOf(b.axis));
  return h("ul", { class: "questions" }, byAxis.map((one) => h("li", {},
    h("a", { ...link({ question: one.id, view: "questions", indicator: "" }), "data-question": one.id, "aria-current": get("question") === one.id && "true" },
      h("span", { class: "axis-name" }, t(`axis.${one.axis}`)),
      h("strong", {}, said(one.question)),
      h("span", { class: "decision" }, said(one.decision))))));
}

function missing(told, known) {
  if (!told.missing.length) return h("p", { class: "note" }, t("missing.nothing"));
  const rows = told.missing.map((one) => [nameOf(known, one.id), said(one)]);
  return table(t("missing.title"), [t("indicator"), t("why")], rows);
}

function layerLine(one) {
  if (!one.published.length) return h("li", { class: "absent" }, t("layer.absent", { theme: said(one.title) }));
  return one.published.map((id, index) => h("li", {}, h("a", link({ view: "layers", layers: id, style: "", indicator: "" }), said(one.titles[index])), " ", copyButton(`/ogc/collections/${id}`, t("copy.address"), said(one.titles[index]))));
}

function shown(place, told, known, among) {
  const one = told.use_case;
  return [
    h("p", {}, h("a", link({ question: "", indicator: "" }), `← ${t("questions.all")}`)),
    h("h2", { tabindex: "-1", id: "answer" }, said(one.question)),
    h("p", { class: "lead" }, said(one.decision)),
    h("p", { class: "readiness" }, h("meter", { min: 0, max: 100, value: told.readiness, "aria-label": t("readiness.label") }), " ", t("readiness", { share: number(told.readiness) })),
    h("h3", {}, t("answer.measures")), figures(place, told.measures, known), among,
    h("h3", {}, t("missing.title")), missing(told, known),
    h("h3", {}, t("who.title")), h("p", {}, said(one.who_knows)),
    h("h3", {}, t("layers.behind")), h("ul", {}, told.layers.map(layerLine)),
  ];
}

export async function render(root, place) {
  const name = get("question");
  if (!name) {
    await fill(root, questions, (listed) => [h("h2", {}, t("view.questions")), h("p", { class: "lead" }, t("questions.lead")), cards(listed)]);
    return;
  }
  let standing = null;
  await fill(root, () => Promise.all([answer(place, name), texts()]), ([told, known]) => {
    const among = h("div");
    if (!place.town.fictitious) standing = comparison(root, among, place, known);
    return shown(place, told, known, among);
  });
  await standing;
}

// Layers that a question is about, to be drawn behind its answer.
export async function layersOf(place) {
  const told = await answer(place, get("question"));
  return told.layers.flatMap((one) => one.published);
}

export const leave = () => set({ question: "" });
