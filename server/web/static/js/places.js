// Places by name: addresses where they are published, else whatever has a name here.
import { read } from "./api.js";
import { middle } from "./geometry.js";
import { queryables } from "./classes.js";

const MOST = 8;
const THEMES = ["addresses", "transit-stops", "services", "shops", "streets"];
const NAMED = ["name", "label", "address", "street_name"];
const quoted = (text) => `'${text.replaceAll("'", "''")}'`;

export const like = (attribute, text) => `CASEI(ACCENTI(${attribute})) LIKE CASEI(ACCENTI(${quoted(`%${text}%`)}))`;

async function inLayer(one, text) {
  const attribute = (await queryables(one.id)).find((known) => NAMED.includes(known.name));
  if (!attribute) return { listed: [], all: 0 };
  const filter = encodeURIComponent(like(attribute.name, text));
  const { features, numberMatched } = await read(`/ogc/collections/${one.id}/items?limit=${MOST}&filter=${filter}`);
  const listed = features.filter((feature) => feature.geometry).map((feature) => ({ name: feature.properties[attribute.name], at: middle(feature.geometry), kind: one.title }));
  return { listed, all: numberMatched };
}

// The first places of a name, and how many there are in all.
export async function findPlaces(place, text, here) {
  if (!text.trim()) return { listed: [], all: 0 };
  const layers = here.filter((one) => THEMES.includes(one.theme)).sort((a, b) => THEMES.indexOf(a.theme) - THEMES.indexOf(b.theme));
  const found = await Promise.all(layers.map((one) => inLayer(one, text.trim())));
  return { listed: found.flatMap((one) => one.listed).slice(0, MOST), all: found.reduce((sum, one) => sum + one.all, 0) };
}
