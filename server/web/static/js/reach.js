// What lies within some metres of a shape: convex pieces that together are its buffer.
import { disc, round } from "./geometry.js";

const METRES = 111_320;
const HALF = 16;

const stretchAt = (lat) => Math.cos((lat * Math.PI) / 180);

// All within a distance of a segment: two half discs and what is between them.
export function capsule(a, b, metres) {
  const stretch = stretchAt((a[1] + b[1]) / 2);
  const along = Math.atan2(b[1] - a[1], (b[0] - a[0]) * stretch);
  const arc = ([lon, lat], from) => Array.from({ length: HALF + 1 }, (_, step) => {
    const angle = from + (Math.PI * step) / HALF;
    return [lon + (metres * Math.cos(angle)) / (METRES * stretch), lat + (metres * Math.sin(angle)) / METRES].map(round);
  });
  const ring = [...arc(b, along - Math.PI / 2), ...arc(a, along + Math.PI / 2)];
  return { type: "Polygon", coordinates: [[...ring, ring[0]]] };
}

const same = (a, b) => a[0] === b[0] && a[1] === b[1];
const alongLine = (line, metres) => line.slice(1).flatMap((point, index) => (same(line[index], point) ? [] : [capsule(line[index], point, metres)]));
const ofPolygon = (rings, metres) => [{ type: "Polygon", coordinates: rings }, ...rings.flatMap((ring) => alongLine(ring, metres))];

const PIECES = {
  Point: (at, metres) => [disc(at, metres, 2 * HALF)],
  MultiPoint: (points, metres) => points.map((at) => disc(at, metres, 2 * HALF)),
  LineString: alongLine,
  MultiLineString: (lines, metres) => lines.flatMap((line) => alongLine(line, metres)),
  Polygon: ofPolygon,
  MultiPolygon: (parts, metres) => parts.flatMap((rings) => ofPolygon(rings, metres)),
};

export function within(geometry, metres) {
  return PIECES[geometry?.type]?.(geometry.coordinates, metres) ?? [];
}
