/** How tests start a TypeScript file of this repository in a process of its own. */
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(import.meta.dirname));

/** In a run of the tests, the folder of what is compiled; otherwise tsx compiles. The runner itself learns of it late. */
const compiled = () => process.env.TEST_COMPILED;

/**
 * What Node is given to run a file, with all that it imports.
 *
 * @param before files that are loaded before it.
 */
export function nodeArguments(file: string, { before = [] }: { before?: readonly string[] } = {}): string[] {
  const flags = compiled() === undefined ? ["--conditions=tallystick-source"] : ["--enable-source-maps"];
  return [...flags, ...importing(...before), runnable(file)];
}

/** What Node is given to load files before another. */
export function importing(...files: string[]): string[] {
  const modules = files.map(runnable);
  if (compiled() === undefined) modules.unshift("tsx");
  return modules.flatMap((module) => ["--import", module]);
}

/** The file that Node reads for one of this repository. */
export function runnable(file: string): string {
  const folder = compiled();
  if (folder === undefined) return file;
  return join(fileURLToPath(folder), relative(ROOT, file).replace(/\.ts$/, ".mjs"));
}
