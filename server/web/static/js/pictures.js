// Charts and maps as files.
import { download, h } from "./dom.js";
import { t } from "./i18n.js";

export function svgBlob(element) {
  const copy = element.cloneNode(true);
  copy.setAttribute("font-family", "sans-serif");
  const text = new XMLSerializer().serializeToString(copy);
  return new Blob([`<?xml version="1.0" encoding="UTF-8"?>\n${text}`], { type: "image/svg+xml" });
}

export function saveSvgButton(element, name) {
  return h("button", { type: "button", class: "link", "aria-label": `${t("save.svg")} : ${name}`, onclick: () => download(`${name}.svg`, svgBlob(element)) }, t("save.svg"));
}
