// French and English. Texts of the data come in both; texts of the page are in i18n/*.json.
import { at } from "./root.js";

let code = "fr";
let texts = {};

export const language = () => code;

export async function setLanguage(wanted) {
  const chosen = wanted === "en" ? "en" : "fr";
  const answer = await fetch(at(`/assets/i18n/${chosen}.json`));
  texts = await answer.json();
  code = chosen;
  document.documentElement.lang = code;
  for (const element of document.querySelectorAll("[data-i18n]")) element.textContent = t(element.dataset.i18n);
  for (const element of document.querySelectorAll("[data-i18n-label]")) element.setAttribute("aria-label", t(element.dataset.i18nLabel));
}

export function t(key, values = {}) {
  const text = texts[key] ?? key;
  return typeset(text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? ""));
}

// A French mark that has a space before or after it stays on the line of its word.
const typeset = (text) => (code === "fr" ? text.replace(/ ([?!:;»%])/g, "\u00a0$1").replace(/« /g, "«\u00a0") : text);

// A text of the data: {fr, en}, or a plain one.
export function said(text) {
  const found = text && typeof text === "object" ? (text[code] ?? text.fr) : (text ?? "");
  return typeof found === "string" ? typeset(found) : found;
}
