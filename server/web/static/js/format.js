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

export const withUnit = (value, unit) => (value === null || value === undefined ? t("missing") : `${number(value, unit)}\u00a0${unitText(unit)}`);

export const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replaceAll("-", " ").trim();
