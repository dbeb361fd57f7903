// A figure in the frame of another site: value, place among the peers, source, link to the whole page.
import { byId, h } from "./dom.js";
import { facts, namedPeers, stripTable, valueLine } from "./figures.js";
import { setLanguage, t } from "./i18n.js";
import { measures, nameOf, open, placeName, texts } from "./place.js";
import { at } from "./root.js";
import { get } from "./state.js";
import { strip } from "./strip.js";
import { fill } from "./ui.js";

function figure(place, measure, known, found, peers) {
  const name = nameOf(known, measure.id);
  const position = found.positions?.[measure.id];
  const listed = peers.map((peer) => ({ ...peer, value: position?.values?.[peer.insee] ?? null }));
  const picture = strip({ name, value: measure.value, unit: measure.unit, peers: listed, median: position?.median ?? null });
  return h("article", { class: "figure", "data-id": measure.id },
    h("h2", {}, name), h("p", { class: "tells" }, placeName(place)),
    valueLine(measure), picture, picture && stripTable(name, listed, measure.unit), facts(measure, known.get(measure.id)));
}

async function found() {
  const [place, known] = await Promise.all([open(), texts()]);
  if (!place) return null;
  const all = await measures(place);
  return { place, known, all, peers: await namedPeers(all.peers ?? []) };
}

function shown(one) {
  if (!one) return h("p", { class: "note" }, t("embed.town"));
  const { place, known, all, peers } = one;
  const wanted = get("indicator").split(",").map((name) => name.trim());
  const chosen = all.measures.filter((measure) => wanted.includes(measure.id) || wanted.includes(measure.code));
  document.title = place.town.name;
  return [
    place.town.fictitious && h("p", { class: "fictitious banner", role: "note" }, t("fictitious.banner")),
    chosen.length ? chosen.map((measure) => figure(place, measure, known, all, peers)) : h("p", { class: "note" }, t("embed.indicator")),
    h("p", {}, h("a", { href: at(`/?${new URLSearchParams({ town: place.town.insee, perimeter: place.perimeter.id, view: "figures", lang: get("lang") })}`), target: "_blank", rel: "noopener" }, t("embed.more"))),
  ];
}

await setLanguage(get("lang"));
await fill(byId("content"), found, shown);
document.body.dataset.ready = "1";
