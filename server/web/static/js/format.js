// Numbers as they are written in each language; never without their unit, never 0 for missing.
import { language, t } from "./i18n.js";

const locale = () => (language() === "fr" ? "fr-FR" : "en-GB");

export function number(value, unit = "") {
  if (value === null || value === undefined) return t("missing");
  const size = Math.abs(value);
  const fine = unit === "ratio" || unit === "0-1" || size < 1;
  const digits = size >= 100 ? 0 : fine ? 2 : 1;
  const rounded = { maximumFractionDigits: digits };
  const small = size > 0 && size < 0.5 * 10 ** -digits ? { maximumSignificantDigits: 1 } : rounded;
  return new Intl.NumberFormat(locale(), small).format(value);
}

export function unitText(unit) {
  const key = `unit.${unit}`;
  const found = t(key);
  return found === key ? unit : found;
}

// A code of a closed list, such as a shop's status, in words; others as they are.
export function worded(attribute, code) {
  const key = `value.${attribute}.${code}`;
  const found = t(key);
  return found === key ? String(code) : found;
}

// A value of the data as readers write it: years as they are, no point in French decimals.
export function written(value, attribute) {
  if (value === null || value === undefined || value === "") return t("missing");
  if (typeof value === "boolean") return t(value ? "yes" : "no");
  if (typeof value === "object") return JSON.stringify(value);
  const decimal = typeof value === "number" && !Number.isInteger(value);
  return decimal ? new Intl.NumberFormat(locale(), { maximumFractionDigits: 6 }).format(value) : worded(attribute, value);
}

export const withUnit = (value, unit) => (value === null || value === undefined ? t("missing") : `${number(value, unit)}\u00a0${unitText(unit)}`);

export const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replaceAll("-", " ").trim();
