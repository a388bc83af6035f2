import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The sample account book that comes with the package, seen from the source or from what is built of it. */
export function samplePath(): string {
  const candidates = ["../sample/accounts.csv", "../../sample/accounts.csv"];
  const paths = candidates.map((relative) => fileURLToPath(new URL(relative, import.meta.url)));
  return paths.find((path) => existsSync(path)) ?? (paths[0] as string);
}
