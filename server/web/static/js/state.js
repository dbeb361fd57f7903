// What is on screen, held in the address of the page: the address is the permalink.
const DEFAULTS = { perimeter: "commune", view: "questions", lang: "fr" };
export const NAMES = ["lang", "town", "perimeter", "area", "circle", "view", "question", "indicator", "peers", "layers", "style", "with", "find", "map"];
// A place of its own is looked at whole: where the map was before means nothing there.
const ELSEWHERE = ["town", "perimeter", "area", "circle"];
const moved = (changes) => (ELSEWHERE.some((name) => name in changes) ? { map: "", ...changes } : changes);
const values = new Map();
const listeners = [];

function read() {
  const given = new URLSearchParams(location.search);
  values.clear();
  for (const name of NAMES) if (given.get(name)) values.set(name, given.get(name));
}

export const get = (name) => values.get(name) ?? DEFAULTS[name] ?? "";

export function address(given = {}) {
  const changes = moved(given);
  const query = new URLSearchParams();
  for (const name of NAMES) {
    const value = name in changes ? changes[name] : values.get(name);
    if (value && value !== DEFAULTS[name]) query.set(name, value);
  }
  const text = query.toString().replaceAll("%2C", ",").replaceAll("%3B", ";").replaceAll("%3A", ":").replaceAll("%2F", "/");
  return location.pathname + (text ? `?${text}` : "");
}

export const permalink = () => location.origin + address();

async function tell(changed) {
  for (const listener of listeners) await listener(changed);
}

export function set(given, { replace = false } = {}) {
  const changes = moved(given);
  const changed = new Set(Object.keys(changes).filter((name) => (changes[name] || DEFAULTS[name] || "") !== get(name)));
  if (!changed.size) return Promise.resolve();
  for (const [name, value] of Object.entries(changes)) value ? values.set(name, String(value)) : values.delete(name);
  history[replace ? "replaceState" : "pushState"](null, "", address());
  return tell(changed);
}

export const subscribe = (listener) => listeners.push(listener);

// A link that changes the state: a true address to open elsewhere, no reload when clicked.
export function link(changes) {
  return {
    href: address(changes),
    onclick: (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      set(changes);
    },
  };
}

read();
window.addEventListener("popstate", () => {
  const before = new Map(NAMES.map((name) => [name, get(name)]));
  read();
  tell(new Set(NAMES.filter((name) => get(name) !== before.get(name))));
});
