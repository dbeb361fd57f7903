// The search of a town: a combobox that the keyboard drives, blind to accents and case.
import { byId, h } from "./dom.js";
import { plain } from "./format.js";
import { t } from "./i18n.js";
import { towns } from "./place.js";
import { set } from "./state.js";
import { announce } from "./ui.js";

const MOST = 8;
let found = [];
let all = 0;
let marked = -1;

function rank(town, wanted) {
  const name = plain(town.name);
  if (town.insee.toLowerCase() === wanted) return 0;
  if (name.startsWith(wanted)) return 1;
  return name.includes(wanted) || town.insee.startsWith(wanted) ? 2 : null;
}

async function look(text) {
  const wanted = plain(text);
  const known = await towns();
  const fitting = known.map((town) => [rank(town, wanted), town]).filter(([place]) => wanted && place !== null);
  all = fitting.length;
  return fitting.sort((a, b) => a[0] - b[0]).slice(0, MOST).map(([, town]) => town);
}

function close() {
  byId("towns").hidden = true;
  byId("town").setAttribute("aria-expanded", "false");
  byId("town").removeAttribute("aria-activedescendant");
  marked = -1;
}

function choose(town) {
  byId("town").value = "";
  byId("search-message").textContent = "";
  close();
  set({ town: town.insee, perimeter: "", area: "", circle: "", indicator: "", peers: "", layers: "", style: "", with: "", find: "" });
}

function option(town, index) {
  const where = [town.insee, town.department_name].filter(Boolean).join(" · ");
  return h("li", { role: "option", id: `town-${index}`, "aria-selected": "false", onmousedown: (event) => { event.preventDefault(); choose(town); } },
    h("span", {}, town.name), h("small", {}, where));
}

async function show() {
  const text = byId("town").value;
  found = await look(text);
  const cut = all > found.length ? t("search.cut", { shown: found.length, all }) : "";
  byId("search-message").textContent = "";
  byId("towns").replaceChildren(...found.map(option), ...(cut ? [h("li", { class: "cut", "aria-hidden": "true" }, cut)] : []));
  byId("towns").hidden = !found.length;
  byId("town").setAttribute("aria-expanded", String(found.length > 0));
  marked = -1;
  if (text) announce(cut || (found.length ? t("search.count", { count: found.length }) : t("search.none", { text })));
}

function mark(step) {
  if (!found.length) return;
  marked = (marked + step + found.length) % found.length;
  byId("towns").querySelectorAll("[role=option]").forEach((item, index) => item.setAttribute("aria-selected", String(index === marked)));
  byId("town").setAttribute("aria-activedescendant", `town-${marked}`);
}

function press(event) {
  const steps = { ArrowDown: 1, ArrowUp: -1 };
  if (event.key in steps) {
    event.preventDefault();
    mark(steps[event.key]);
  } else if (event.key === "Escape") close();
}

async function submit(event) {
  event.preventDefault();
  const text = byId("town").value;
  const code = text.match(/\b\d[\dAB]\d{3}\b/i)?.[0];
  if (!found.length || marked < 0) found = await look(code ?? text);
  const town = found[Math.max(marked, 0)];
  byId("search-message").textContent = town ? "" : t("search.none", { text });
  if (town) choose(town);
}

export function start() {
  byId("town").addEventListener("input", show);
  byId("town").addEventListener("keydown", press);
  byId("town").addEventListener("blur", close);
  byId("search").addEventListener("submit", submit);
}
