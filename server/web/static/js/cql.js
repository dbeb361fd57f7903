// CQL2 texts: conditions on attributes and on places.
const quoted = (text) => `'${text.replaceAll("'", "''")}'`;

export const OPERATORS = {
  number: ["=", "<>", "<", "<=", ">", ">=", "null", "given"],
  string: ["=", "<>", "like", "null", "given"],
  date: ["=", "<", ">", "null", "given"],
  boolean: ["=", "null", "given"],
};

export function kindOf(attribute) {
  if (["number", "integer"].includes(attribute?.type)) return "number";
  if (attribute?.type === "boolean") return "boolean";
  return attribute?.format === "date" ? "date" : "string";
}

function literal(attribute, value) {
  const kind = kindOf(attribute);
  if (kind === "number") return String(Number(value.replace(",", ".").replace(/\s/g, "")));
  if (kind === "boolean") return value === "true" ? "TRUE" : "FALSE";
  return kind === "date" ? `DATE(${quoted(value)})` : quoted(value);
}

// A condition on an attribute, or null where the reader has not finished it.
export function condition(attribute, operator, value) {
  if (!attribute || !OPERATORS[kindOf(attribute)].includes(operator)) return null;
  const name = `"${attribute.name}"`;
  if (operator === "null") return `${name} IS NULL`;
  if (operator === "given") return `${name} IS NOT NULL`;
  if (!value || (kindOf(attribute) === "number" && literal(attribute, value) === "NaN")) return null;
  if (operator === "like") return `CASEI(${name}) LIKE CASEI(${quoted(`%${value}%`)})`;
  return `${name} ${operator} ${literal(attribute, value)}`;
}

const ring = (points) => `(${points.map(([x, y]) => `${x} ${y}`).join(",")})`;
const body = (rings) => `(${rings.map(ring).join(",")})`;

export function wktOf(geometry) {
  const of = geometry.coordinates;
  return geometry.type === "MultiPolygon" ? `MULTIPOLYGON(${of.map(body).join(",")})` : `POLYGON${body(of)}`;
}

export const meets = (name, shapes) => {
  const each = shapes.map((shape) => `S_INTERSECTS("${name}",${wktOf(shape)})`);
  return each.length > 1 ? `(${each.join(" OR ")})` : each[0];
};

export const all = (conditions) => conditions.filter(Boolean).join(" AND ");
