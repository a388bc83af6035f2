/** The version of this package. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The version of this package, seen from the source or from what is built of it. */
export function packageVersion(): string {
  const candidates = ["./package.json", "../package.json"];
  const paths = candidates.map((relative) => fileURLToPath(new URL(relative, import.meta.url)));
  const path = paths.find((candidate) => existsSync(candidate)) as string;
  return JSON.parse(readFileSync(path, "utf8")).version;
}
