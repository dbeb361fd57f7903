// Where the service is mounted: at the root of a name, or under a path that a proxy gives it.
const ROOT = new URL("../../", import.meta.url);

// An address of the service as links and requests need it: "/towns" is "/geo/towns" under "/geo/".
export const at = (path) => ROOT.pathname + path.replace(/^\//, "");

// The same whole, to be copied elsewhere.
export const absolute = (path) => new URL(at(path), ROOT).href;

// Links in answers carry the server's public name; the page may be open under another.
export function local(address) {
  const path = address.replace(/^https?:\/\/[^/]+/, "");
  return path.startsWith(ROOT.pathname) ? path.slice(ROOT.pathname.length - 1) : path;
}
