/**
 * Loaded before a hub whose scripts are to be broken on purpose, to show that the checker finds it: the hub
 * reads some of its Lua files with a text in them replaced. `BROKEN_SCRIPTS` is `Breakage`s as JSON.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

/** What is wrong with a script. */
export interface Breakage {
  /** The file, such as `steps/read-command.lua`. */
  file: string;
  /** A text in it, and what stands there instead. */
  text: string;
  instead: string;
}

const breakages = JSON.parse(process.env.BROKEN_SCRIPTS ?? "[]") as Breakage[];
const read = fs.readFileSync;

function readBroken(...given: Parameters<typeof read>): ReturnType<typeof read> {
  const [path] = given;
  const found = read(...given);
  const breakage = breakages.find(({ file }) => String(path).endsWith(`/${file}`));
  if (!breakage) return found;
  const { file, text, instead } = breakage;
  if (!String(found).includes(text)) throw new Error(`${file} has no "${text}" to break`);
  return String(found).replace(text, () => instead);
}

fs.readFileSync = readBroken as typeof read;
syncBuiltinESMExports();
