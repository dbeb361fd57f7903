// Copies the page's libraries from node_modules into the folder that the server serves.
// The copies are what npm's integrity hashes vouch for; nothing is bundled or changed.
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const target = join(root, "server", "web", "static", "vendor");

const files = {
  "@picocss/pico": ["css/pico.min.css", "LICENSE.md"],
  "maplibre-gl": [
    "dist/maplibre-gl-csp.js",
    "dist/maplibre-gl-csp-worker.js",
    "dist/maplibre-gl.css",
    "LICENSE.txt",
  ],
  vega: ["build/vega.min.js", "LICENSE"],
  "vega-lite": ["build/vega-lite.min.js", "LICENSE"],
  // It holds the interpreter of expressions that a strict policy, which forbids eval, asks for.
  "vega-embed": ["build/vega-embed.min.js", "LICENSE"],
  "terra-draw": ["dist/terra-draw.umd.js"],
  "terra-draw-maplibre-gl-adapter": ["dist/terra-draw-maplibre-gl-adapter.umd.js"],
};

await rm(target, { recursive: true, force: true });
const versions = {};
for (const [library, paths] of Object.entries(files)) {
  const source = join(root, "node_modules", library);
  const folder = join(target, library.split("/").pop());
  await mkdir(folder, { recursive: true });
  for (const path of paths) await cp(join(source, path), join(folder, path.split("/").pop()));
  versions[library] = JSON.parse(await readFile(join(source, "package.json"))).version;
}
await writeFile(join(target, "versions.json"), `${JSON.stringify(versions, null, 2)}\n`);
