/** The Lua files, what their headers say and what their bodies do. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as luaparse from "luaparse";

export const LUA_FOLDER = join(dirname(dirname(import.meta.dirname)), "server", "ledger", "lua");

/** The folder of the Lua files that are run, of the texts in them that share names, and of their functions. */
export type Kind = "command" | "step" | "lib";

export interface LuaFile {
  /** The name by which it is included. */
  name: string;
  kind: Kind;
  text: string;
  header: string;
  /** The names of the files that it includes itself. */
  includes: string[];
}

/** What a text says as Lua. */
export interface LuaBody {
  statements: luaparse.Statement[];
  /** The names that it defines for what comes after it. */
  defined: Set<string>;
  /** The names that it uses or sets, and does not define. */
  free: Set<string>;
}

/** What Redis and Lua give to every script. */
const GIVEN = [
  "redis",
  "KEYS",
  "ARGV",
  "math",
  "string",
  "table",
  "ipairs",
  "pairs",
  "tonumber",
  "pcall",
  "unpack",
];
/** What `load-scripts.ts` puts before a script that uses it. */
const RENDERED = [
  "SEPARATOR",
  "ENDS",
  "VOUCHER_ENDS",
  "VOUCHER_ROLES",
  "MAX_AMOUNT",
  "MAX_REFUSALS",
  "MAX_CHANGES",
  "MAX_VERSION",
  "MAX_DRAWINGS",
  "MAX_VOUCHER_EVENTS",
  "MAX_VOUCHER_VERSION",
  "EXPIRING_BEFORE_MS",
  "RULE",
];

function read(name: string): LuaFile {
  const text = readFileSync(join(LUA_FOLDER, `${name}.lua`), "utf8");
  const kind = name.startsWith("steps/") ? "step" : name.startsWith("lib/") ? "lib" : "command";
  const header = /^(?:--.*\n)*/.exec(text)?.[0] ?? "";
  const includes = [...text.matchAll(/^ *-- @include (\S+)$/gm)].map(([, include]) => include as string);
  return { name, kind, text, header, includes };
}

const names = readdirSync(LUA_FOLDER, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".lua"))
  .map((file) => file.slice(0, -".lua".length))
  .sort();
const files: ReadonlyMap<string, LuaFile> = new Map(names.map((name) => [name, read(name)]));

export function luaFiles(kind: Kind): LuaFile[] {
  return [...files.values()].filter((file) => file.kind === kind);
}

/** All that a file includes, and what that includes. */
export function allIncludes({ includes }: LuaFile): LuaFile[] {
  const found = includes.map((name) => {
    const file = files.get(name);
    if (!file) throw new Error(`there is no ${name}.lua to include`);
    return file;
  });
  return [...new Set(found.flatMap((file) => [file, ...allIncludes(file)]))];
}

/** The names that a header lists behind a word; undefined when it does not say the word. */
export function listedNames(header: string, word: "Takes" | "Leaves"): Set<string> | undefined {
  const lines = [...header.matchAll(new RegExp(`^-- ${word}: (.*)$`, "gm"))].map(
    ([, list]) => list as string,
  );
  if (lines.length === 0) return undefined;
  const listed = lines.join(", ").split(", ");
  return new Set(listed.length === 1 && listed[0] === "nothing" ? [] : listed);
}

/** A text without what it includes. */
export function parseLua(text: string): LuaBody {
  const chunk = luaparse.parse(text, { scope: true, luaVersion: "5.1" });
  // The parser's types leave out what `scope` adds.
  const { body, globals } = chunk as luaparse.Chunk & { globals: luaparse.Identifier[] };
  const defined = body.flatMap((statement) => {
    if (statement.type === "LocalStatement") return statement.variables.map(({ name }) => name);
    if (statement.type === "FunctionDeclaration" && statement.isLocal) return [nameOf(statement.identifier)];
    return [];
  });
  const given = [...GIVEN, ...RENDERED];
  const free = globals.map(({ name }) => name).filter((name) => !given.includes(name));
  return { statements: body, defined: new Set(defined), free: new Set(free) };
}

function nameOf(identifier: luaparse.FunctionDeclaration["identifier"]): string {
  return identifier?.type === "Identifier" ? identifier.name : "";
}
