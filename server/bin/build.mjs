// Builds what is not built, where the compiler is installed and the folders may be written.
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folders = ["shared", "client-sdk", "server"];
const main = join(root, "server", "dist", "cli", "main.js");
// Written by copy-assets.mjs once everything is built; the compiler leaves old what would come out the same.
const stamp = join(root, "server", "dist", ".built");
const compiler = join(root, "node_modules", "typescript", "bin", "tsc");

/** True when nothing is built, or sources and compiler are there and a source is newer than what is built. */
export function needsBuild() {
  if (!existsSync(main)) return true;
  if (!existsSync(compiler)) return false;
  return !existsSync(stamp) || folders.some((folder) => isNewer(join(root, folder), mtime(stamp)));
}

/** Builds; answers why it could not, when nothing that could be run is there. */
export function build() {
  const isBuilt = existsSync(main);
  const obstacle = whyNot();
  if (obstacle && isBuilt) {
    console.error(
      `tallystick: the sources are newer than what is built, but ${obstacle}: running what is built`,
    );
    return undefined;
  }
  if (obstacle) return `nothing is built yet, and ${obstacle}`;
  // A newcomer would otherwise see nothing for as long as it takes.
  if (!isBuilt) console.error("tallystick: building, which the first start does once");
  const scripts = [join("server", "web", "build.mjs"), join("server", "copy-assets.mjs")];
  for (const args of [[compiler, "-b", ...folders], ...scripts.map((script) => [script])]) {
    const { status } = spawnSync(process.execPath, args, {
      cwd: root,
      stdio: ["ignore", "inherit", "inherit"],
    });
    if (status !== 0) return "the sources could not be built; what is wrong with them is said above";
  }
  return undefined;
}

/** What stands in the way of a build. */
function whyNot() {
  if (!existsSync(compiler)) {
    return (
      "the compiler is not installed (npm ci leaves it out with --omit=dev or NODE_ENV=production): " +
      'run "npm ci --include=dev && npm run build && npm prune --omit=dev" first'
    );
  }
  const kept = folders
    .map((folder) => existing(join(root, folder, "dist"), join(root, folder)))
    .find(isReadOnly);
  return kept && `this user may not write to ${kept}: run "npm run build" as its owner first`;
}

function existing(path, otherwise) {
  return existsSync(path) ? path : otherwise;
}

function isReadOnly(path) {
  try {
    accessSync(path, constants.W_OK);
    return false;
  } catch {
    return true;
  }
}

/** True when a file below the folder, or what the folder lists, has changed since that time. */
function isNewer(folder, time) {
  return readdirSync(folder, { withFileTypes: true }).some((entry) => {
    if (entry.name === "dist" || entry.name === "node_modules" || entry.name.startsWith(".")) return false;
    const path = join(folder, entry.name);
    if (mtime(path) > time) return true;
    return entry.isDirectory() && isNewer(path, time);
  });
}

function mtime(path) {
  return statSync(path).mtimeMs;
}
