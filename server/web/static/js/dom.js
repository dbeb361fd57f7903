// Elements made by hand: text is always text, never markup.
const SVG = "http://www.w3.org/2000/svg";

function dress(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function h(tag, attributes, ...children) {
  return dress(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes, ...children) {
  return dress(document.createElementNS(SVG, tag), attributes, children);
}

export const byId = (id) => document.getElementById(id);

// Libraries are large: each is loaded once, when it is first needed.
const scripts = new Map();
export function loadScript(address) {
  if (!scripts.has(address)) scripts.set(address, new Promise((done, failed) => {
    const script = h("script", { src: address, onload: done, onerror: () => failed(new Error(address)) });
    document.head.append(script);
  }).catch((error) => {
    scripts.delete(address);
    throw error;
  }));
  return scripts.get(address);
}

export function loadStyle(address) {
  if (!document.querySelector(`link[href="${address}"]`)) document.head.append(h("link", { rel: "stylesheet", href: address }));
}

export function download(name, blob) {
  const link = h("a", { href: URL.createObjectURL(blob), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
