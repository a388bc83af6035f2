// Builds the pages into dist/web. Where Vite is not installed the hub runs without them.
import { fileURLToPath } from "node:url";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

/** Undefined where it is not installed, as in an old checkout whose packages are not up to date. */
const vite = await import("vite").catch((error) => {
  if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
  console.error(
    "tallystick: Vite is not installed, so that the hub has no pages: npm ci, then npm run build",
  );
});

await vite?.build({
  root: path("."),
  configFile: false,
  logLevel: "warn",
  // A hub may be behind a path: what a page loads is named from where the page is.
  base: "./",
  publicDir: false,
  resolve: { conditions: ["tallystick-source", "module", "browser", "production"] },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: path("../dist/web"),
    emptyOutDir: true,
    target: "es2022",
    modulePreload: false,
    // Whatever is small stays a file too: the pages' policy lets nothing run, or be drawn, that stands in them.
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: { terminal: path("terminal/index.html"), console: path("console/index.html") },
    },
  },
});
