/** How tests start a TypeScript file of this repository in a process of its own. */
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(import.meta.dirname));

/**
 * What Node is given to run a file: what the test runner has compiled, or, in a test that is run by itself, the
 * file and tsx.
 *
 * @param before files that are loaded before it.
 */
export function nodeArguments(file: string, { before = [] }: { before?: readonly string[] } = {}): string[] {
  const { TEST_COMPILED } = process.env;
  const isCompiled = TEST_COMPILED !== undefined;
  const flags = isCompiled ? ["--enable-source-maps"] : ["--conditions=tallystick-source", "--import", "tsx"];
  const of = (path: string) => (isCompiled ? compiledPath(TEST_COMPILED, path) : path);
  return [...flags, ...before.flatMap((path) => ["--import", of(path)]), of(file)];
}

/** Where a file is in the folder of the compiled ones. */
export function compiledPath(folder: string, file: string): string {
  return join(fileURLToPath(folder), relative(ROOT, file).replace(/\.ts$/, ".mjs"));
}
