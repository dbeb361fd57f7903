// Wiring: the address of the page decides what is shown.
import * as compare from "./compare.js";
import { byId, h } from "./dom.js";
import * as explain from "./explain.js";
import * as figures from "./figures.js";
import { language, setLanguage, t } from "./i18n.js";
import * as layers from "./layers.js";
import * as mapside from "./mapside.js";
import { perimeterChooser } from "./perimeter.js";
import { ahead, open, questions as listQuestions } from "./place.js";
import { onPrint } from "./print.js";
import * as query from "./query.js";
import * as questions from "./questions.js";
import * as search from "./search.js";
import { get, link, subscribe } from "./state.js";
import * as take from "./take.js";
import { announce, failure, fill, keepingFocus } from "./ui.js";

const VIEWS = { questions, figures, layers, query, compare, take };
const PLACE = ["town", "perimeter", "area", "circle", "lang"];
const MAP = [...PLACE, "layers", "style", "question", "view", "with"];
const PANEL = [...PLACE, "view", "question", "peers", "layers", "style", "with", "find", "indicator"];
let place = null;

const touched = (changed, names) => names.some((name) => changed.has(name));

function navigation() {
  const known = Object.keys(VIEWS);
  byId("views").hidden = !place;
  byId("views").replaceChildren(h("ul", {}, known.map((id) => h("li", {}, h("a", { id: `view-${id}`, ...link({ view: id, indicator: "" }), "aria-current": get("view") === id && "page" }, t(`view.${id}`))))));
}

function heading() {
  const town = place?.town;
  byId("title").textContent = town ? town.name : t("home.title");
  byId("subtitle").textContent = town ? [town.insee, town.department_name, town.epci_name].filter(Boolean).join(" · ") : t("home.lead");
  byId("fictitious").hidden = !town?.fictitious;
  document.title = town ? `${town.name} · coeurville` : "coeurville";
  byId("language").replaceChildren(...["fr", "en"].map((code) => h("a", { id: `lang-${code}`, ...link({ lang: code }), lang: code, hreflang: code, "aria-current": language() === code && "true" }, code === "fr" ? "Français" : "English")));
}

async function home(root) {
  await fill(root, listQuestions, (listed) => [h("h2", {}, t("home.questions")), h("p", { class: "lead" }, t(get("question") ? "home.choose" : "questions.lead")), questions.cards(listed)]);
  if (get("question")) byId("town").focus();
}

async function panel() {
  const root = h("div", { class: "view" });
  byId("panel").replaceChildren(root);
  document.body.dataset.view = place ? get("view") : "home";
  if (place) await (VIEWS[get("view")] ?? questions).render(root, place);
  else await home(root);
  document.body.dataset.ready = String(Number(document.body.dataset.ready ?? 0) + 1);
}

async function openPlace() {
  const root = byId("perimeters");
  try {
    place = await open();
    root.replaceChildren(...(place ? [await perimeterChooser(place)] : []));
  } catch (error) {
    place = null;
    root.replaceChildren(failure(error, () => show(new Set(PANEL))));
  }
  heading();
}

async function show(changed) {
  if (changed.has("lang")) await setLanguage(get("lang"));
  if (touched(changed, PLACE)) await keepingFocus(openPlace);
  await keepingFocus(async () => navigation());
  const drawing = touched(changed, MAP) ? mapside.render(place) : changed.has("map") && mapside.followed();
  const shown = touched(changed, PANEL.filter((name) => name !== "indicator")) ? keepingFocus(panel) : null;
  const explained = touched(changed, [...PLACE, "indicator"]) ? (explain.reset(), explain.render(byId("explanation"), place)) : null;
  await Promise.all([drawing, shown, explained]);
  if (changed.has("town") && place) announce(t("town.opened", { name: place.town.name }));
}

ahead();
subscribe(show);
search.start();
onPrint();
show(new Set([...PANEL, "lang"])).catch((error) => byId("panel").replaceChildren(failure(error, () => location.reload())));
