// Small planar geometry on longitudes and latitudes, good for a town.
const METRES = 111_320;
const SIDES = 48;
const LONGEST = 200;

const flat = { Point: 0, MultiPoint: 1, LineString: 1, MultiLineString: 2, Polygon: 2, MultiPolygon: 3 };

export function positions(geometry) {
  if (!geometry) return [];
  if (geometry.type === "GeometryCollection") return geometry.geometries.flatMap(positions);
  return [geometry.coordinates].flat(flat[geometry.type]);
}

export function bounds(geometries) {
  const points = geometries.flatMap(positions);
  if (!points.length) return null;
  const of = (index, pick) => points.reduce((found, point) => pick(found, point[index]), points[0][index]);
  return [of(0, Math.min), of(1, Math.min), of(0, Math.max), of(1, Math.max)];
}

export const meets = (a, b) => a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3];

export function disc([lon, lat], metres, sides = SIDES) {
  const stretch = Math.cos((lat * Math.PI) / 180);
  const ring = Array.from({ length: sides }, (_, step) => {
    const angle = (2 * Math.PI * step) / sides;
    return [lon + (metres * Math.cos(angle)) / (METRES * stretch), lat + (metres * Math.sin(angle)) / METRES].map(round);
  });
  return { type: "Polygon", coordinates: [[...ring, ring[0]]] };
}

export const round = (value) => Math.round(value * 1e6) / 1e6;

export function middle(geometry) {
  const [west, south, east, north] = bounds([geometry]);
  return [(west + east) / 2, (south + north) / 2];
}

// A ring as text in the address of the page: lon,lat;lon,lat…
export const ringText = (points) => points.map((point) => point.slice(0, 2).map(round).join(",")).join(";");

export function ringFrom(text) {
  const points = text.split(/[;\n]+/).map((pair) => pair.trim()).filter(Boolean)
    .map((pair) => pair.split(/[,\s]+/).map(Number));
  const good = points.every((point) => point.length === 2 && Math.abs(point[0]) <= 180 && Math.abs(point[1]) <= 90);
  if (!good || points.length < 3) return null;
  const [first, last] = [points[0], points.at(-1)];
  const closed = first[0] === last[0] && first[1] === last[1] ? points : [...points, first];
  return { type: "Polygon", coordinates: [closed] };
}

// A polygon as text, or nothing where it has parts or holes, or is too long for an address.
export function ringOf(geometry) {
  const [ring, ...more] = geometry.type === "Polygon" ? geometry.coordinates : [];
  return ring && !more.length && ring.length <= LONGEST ? ringText(ring.slice(0, -1)) : "";
}

export const wkt = (polygon) => `POLYGON(${polygon.coordinates.map((ring) => `(${ring.map((p) => p.join(" ")).join(",")})`).join(",")})`;

// Feature, FeatureCollection or geometry in; one polygon geometry out, or null.
export function onePolygon(given) {
  const found = given?.type === "FeatureCollection" ? given.features.map((f) => f.geometry) : [given?.type === "Feature" ? given.geometry : given];
  const parts = found.flatMap((g) => (g?.type === "Polygon" ? [g.coordinates] : g?.type === "MultiPolygon" ? g.coordinates : []));
  if (!parts.length) return null;
  return parts.length === 1 ? { type: "Polygon", coordinates: parts[0] } : { type: "MultiPolygon", coordinates: parts };
}
