// The town and the perimeter on screen, and what the service says of them.
import { post, read } from "./api.js";
import { bounds, disc, meets, onePolygon, ringFrom } from "./geometry.js";
import { said, t } from "./i18n.js";
import { get } from "./state.js";

export const AXES = ["habitat", "commerce", "mobilites", "services", "formes", "dependance", "diversite"];
export const OWN = ["drawn", "circle", "upload"];
let uploaded = null;

export const keepUpload = (geometry) => { uploaded = geometry; };
export const isOwn = (id) => OWN.includes(id);

export const towns = async () => (await read("/towns")).towns;
export const texts = async () => new Map((await read("/indicators")).indicators.map((one) => [one.id, one]));
export const questions = async () => (await read("/use-cases")).use_cases;

export async function townName(insee) {
  return (await towns()).find((one) => one.insee === insee)?.name ?? insee;
}

function ownGeometry(id) {
  if (id === "circle") {
    const [lon, lat, metres] = get("circle").split(",").map(Number);
    return Number.isFinite(metres) ? disc([lon, lat], metres) : null;
  }
  return (id === "upload" && uploaded) || ringFrom(get("area"));
}

function ownPerimeter(id, town) {
  const geometry = ownGeometry(id);
  if (!geometry) return null;
  const basis = { fr: t(`perimeter.${id}`), en: t(`perimeter.${id}`) };
  return { type: "Feature", id, geometry, properties: { name: t(`perimeter.${id}`), kind: "posted", basis, fictitious: town.fictitious } };
}

// Asks at once for what the address says will be shown, before the texts of the page have come.
export function ahead() {
  const insee = get("town");
  const known = ["commune", "centre"].includes(get("perimeter"));
  const here = { town: { insee }, perimeter: { id: get("perimeter") } };
  const figures = insee && known && get("view") === "figures" ? [indicatorsPath(here, { axis: AXES[0] })] : [];
  const wanted = insee ? [`/towns/${insee}`, `/towns/${insee}/perimeters`, "/indicators", ...figures] : ["/towns", "/use-cases"];
  for (const path of wanted) read(path).catch(() => null);
}

// Everything that the views need to know of where the reader is.
export async function open() {
  const insee = get("town");
  if (!insee) return null;
  const [town, known] = await Promise.all([read(`/towns/${insee}`), read(`/towns/${insee}/perimeters`)]);
  const id = get("perimeter");
  const own = isOwn(id) ? ownPerimeter(id, town) : null;
  const chosen = own ?? known.perimeters.find((one) => one.id === id) ?? known.perimeters[0];
  const lost = (isOwn(id) && !own) || (!isOwn(id) && chosen.id !== id);
  return { town, perimeters: known.perimeters, perimeter: chosen, lost, commune: onePolygon(known.perimeters[0]) };
}

export const peersWanted = () => get("peers") || "nearest";

export const indicatorsPath = (place, more = {}) =>
  `/towns/${place.town.insee}/indicators?${new URLSearchParams({ perimeter: place.perimeter.id, ...more })}`.replaceAll("%2C", ",");

export const drawnBody = (place) => ({ perimeter: place.perimeter.geometry });

// A known perimeter is asked for by its name; one of the reader's own is sent.
export const ask = (place, known, own, more = {}) => (isOwn(place.perimeter.id) ? post(own, { ...drawnBody(place), ...more }) : read(known));

// The measures of one axis; a perimeter of one's own is evaluated as a whole.
export const measuresOf = (place, axis) => ask(place, indicatorsPath(place, { axis }), "/evaluate");

// The measures with their peers; a perimeter of one's own stands among the centres of its town's.
export const measures = (place) => ask(place, indicatorsPath(place, { peers: peersWanted() }), `/evaluate?peers=${peersWanted()}`);

// A question's answer; on a perimeter of one's own it is put together from what is evaluated.
export async function answer(place, name) {
  const id = isOwn(place.perimeter.id) ? "commune" : place.perimeter.id;
  const told = await read(`/use-cases/${name}?town=${place.town.insee}&perimeter=${id}`);
  if (!isOwn(place.perimeter.id)) return told;
  const found = await post("/evaluate", { ...drawnBody(place), indicators: told.use_case.indicators });
  const missing = found.measures.filter((one) => one.withheld).map((one) => ({ id: one.id, ...one.withheld }));
  const given = found.measures.length - missing.length;
  return { ...told, measures: found.measures, missing, readiness: (100 * given) / found.measures.length };
}

// The layers that lie in this town, each with its theme.
export async function layersHere(place) {
  const { collections } = await read("/ogc/collections?f=json");
  const here = bounds([place.commune]);
  return collections
    .filter((one) => one.extent?.spatial?.bbox?.[0] && meets(one.extent.spatial.bbox[0], here))
    .filter((one) => one.links.some((link) => /tilesets-(vector|map)$/.test(link.rel)))
    .filter((one) => Boolean(one.fictitious) === Boolean(place.town.fictitious) || one.dataType === "coverage")
    .map((one) => ({ ...one, theme: one.keywords?.[0] ?? one.id, raster: one.dataType === "coverage" }));
}

// Where a layer's features are read; an image has its own doors, which its page tells.
export const layerPath = (one) => `/ogc/collections/${one.id}${one.raster ? "" : "/items"}`;

export const nameOf = (known, id) => said(known.get(id)?.name) || id;

// A perimeter by a name that tells its town once.
export function placeName({ town, perimeter }) {
  const own = perimeter.properties.name;
  if (perimeter.id === "commune") return town.name;
  return own.includes(town.name) ? own : `${town.name} · ${own}`;
}
