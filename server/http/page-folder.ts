/** Where the pages are, for whoever serves them, and for whoever says that they are there. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where the build leaves them, seen from the source or from what is built of it. */
const FOLDERS = ["../web", "../dist/web"].map((path) => fileURLToPath(new URL(path, import.meta.url)));

/** Undefined where they were not built. */
export function folderOfPages(): string | undefined {
  return FOLDERS.find((path) => existsSync(join(path, "assets")));
}
