// Builds the committed bundle in static/build. Node is needed to change the front end, never to run the portal.
import { build } from "esbuild";
import { readFileSync, writeFileSync } from "node:fs";

const common = { bundle: true, minify: true, target: ["es2020"], legalComments: "linked", logLevel: "info" };
await build({ ...common, entryPoints: ["src/portal.js"], outfile: "../static/build/portal.js" });
await build({ ...common, entryPoints: ["src/early.js"], outfile: "../static/build/early.js" });
await build({ ...common, entryPoints: ["src/theme.js"], outfile: "../static/build/theme.js" });
await build({ ...common, entryPoints: ["src/charts.js"], outfile: "../static/build/charts.js" });
await build({ ...common, entryPoints: ["src/portal.css"], outfile: "../static/build/portal.css" });

// One sprite of the icons that are used; templates refer to them by name.
const names = [
  "check", "circle-dashed", "alert-triangle", "alert-circle", "lock", "clock", "pencil", "arrow-back-up", "search",
  "download", "upload", "printer", "chevron-left", "chevron-right", "chevron-down", "menu-2", "user", "x",
  "cloud-off", "checks", "refresh", "table", "arrow-right-bar", "external-link", "plus", "history", "key", "bell", "device-desktop",
];
const symbols = names.map((name) => {
  const svg = readFileSync(`node_modules/@tabler/icons/icons/outline/${name}.svg`, "utf8");
  const body = svg.replace(/[\s\S]*?<svg[^>]*>/, "").replace("</svg>", "").replace(/\s+/g, " ").trim();
  return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">${body}</symbol>`;
});
writeFileSync("../static/build/icons.svg", `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`);
