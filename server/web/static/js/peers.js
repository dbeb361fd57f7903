// The towns that this one is compared with, chosen by the reader; its class; what it has more of.
import { read } from "./api.js";
import { byId, h } from "./dom.js";
import { number, plain, withUnit } from "./format.js";
import { said, t } from "./i18n.js";
import { towns } from "./place.js";
import { get, link, set } from "./state.js";
import { details, fill, freshId, table } from "./ui.js";

function chips(codes, names) {
  const without = (code) => codes.filter((one) => one !== code).join(",");
  return h("ul", { class: "chips" }, codes.map((code) => h("li", {}, names.get(code) ?? code,
    codes.length > 1 && h("button", { type: "button", "aria-label": t("peers.remove", { name: names.get(code) ?? code }), onclick: () => { byId("peers-summary").focus(); set({ peers: without(code) }); } }, "×"))));
}

function adder(codes, listed) {
  const list = freshId("peers");
  const input = h("input", { type: "text", list, "aria-label": t("peers.add"), placeholder: t("peers.add") });
  const add = (event) => {
    event.preventDefault();
    const wanted = input.value.match(/\d[\dAB]\d{3}/i)?.[0];
    const town = listed.find((one) => one.insee === wanted || plain(one.name) === plain(input.value));
    if (!town || codes.includes(town.insee)) return;
    byId("peers-summary").focus();
    set({ peers: [...codes, town.insee].join(",") });
  };
  return h("form", { class: "inline", onsubmit: add }, input,
    h("datalist", { id: list }, listed.filter((one) => !one.fictitious).map((one) => h("option", { value: `${one.name} (${one.insee})` }))),
    h("button", { type: "submit", class: "small" }, t("add")));
}

async function portrait(place) {
  const query = get("peers") ? `?peers=${get("peers")}` : "";
  const [told, typology, more] = await Promise.all([
    read(`/towns/${place.town.insee}/peers${query}`), read("/typology"), read(`/towns/${place.town.insee}/resources${query}`)]);
  return { told, own: typology.classes.find((one) => one.towns.includes(place.town.insee)), more };
}

function portraitTable(place, told) {
  const heads = [t("variable"), place.town.name, ...told.peers.map((peer) => peer.name)];
  const rows = told.variables.map((one) => [said(one.name), ...[told.values, ...told.peers.map((peer) => peer.values)].map((values) => withUnit(values[one.id], one.unit))]);
  return table(t("peers.table"), heads, rows);
}

function resourceLine(one) {
  const name = said(one.name ?? one.label) || one.id;
  const value = one.value === undefined ? "" : ` : ${withUnit(one.value, one.unit ?? "")}`;
  return h("li", {}, name, value);
}

function shown(place, { told, own, more }) {
  const rich = more.resources.length ? h("ul", {}, more.resources.map(resourceLine)) : h("p", {}, said(more.withheld) || t("resources.none"));
  return [
    own && h("p", {}, h("strong", {}, t("typology")), " ", said(own.name), " ", h("small", {}, t("typology.count", { count: number(own.count) }))),
    h("p", {}, h("strong", {}, t("resources"))), rich,
    told.peers.length ? portraitTable(place, told) : null,
  ];
}

let wasOpen = false;

export async function peersPanel(place, found) {
  const codes = found.peers.map((one) => one.insee);
  if (!codes.length) {
    return h("p", { class: "note" }, said(found.peers_withheld) || t("peers.none"));
  }
  const listed = await towns();
  const names = new Map(found.peers.map((one) => [one.insee, one.name]));
  const more = h("div", { class: "portrait" });
  const panel = details(t("peers.title", { count: codes.length }), chips(codes, names), adder(codes, listed),
    get("peers") && h("p", {}, h("a", link({ peers: "" }), t("peers.reset"))), more);
  panel.open = wasOpen;
  panel.querySelector("summary").id = "peers-summary";
  panel.addEventListener("toggle", () => { wasOpen = panel.open; });
  panel.addEventListener("toggle", () => panel.open && !more.childElementCount && fill(more, () => portrait(place), (told) => shown(place, told)));
  panel.classList.add("peers");
  return panel;
}
