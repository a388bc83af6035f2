/**
 * Loads the Lua commands: resolves their includes, and renders the lifecycle's table from `shared/` into
 * each, so that there is one table. A command's header says what each position of KEYS and ARGV is, and a test
 * holds it against the body. `lua/steps/` has texts that read and leave names, `lua/lib/` functions and constants.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type CommandName,
  END_STATES,
  EXPIRING_BEFORE_MS,
  MAX_AMOUNT,
  MAX_CHANGES,
  MAX_DRAWINGS,
  MAX_REFUSALS,
  MAX_VERSION,
  MAX_VOUCHER_EVENTS,
  MAX_VOUCHER_VERSION,
  ruleOf,
  VOUCHER_END_STATES,
  VOUCHER_ROLES,
  VOUCHER_RULES,
  type VoucherCommandName,
  voucherRuleOf,
} from "@tallystick/protocol";

const FOLDER = fileURLToPath(new URL("./lua/", import.meta.url));

export interface Script {
  readonly name: string;
  readonly source: string;
  readonly sha: string;
}

/** Every Lua command by its file's name, without the ending. */
export function loadScripts(folder: string = FOLDER): ReadonlyMap<string, Script> {
  const files = readdirSync(folder).filter((file) => file.endsWith(".lua"));
  return new Map(files.map((file) => [basename(file, ".lua"), loadScript(folder, file)]));
}

function loadScript(folder: string, file: string): Script {
  const source = resolve(folder, file, new Set());
  const rule = /^-- @rule (\S+)$/m.exec(source)?.[1] as CommandName | VoucherCommandName | undefined;
  const rendered = [
    renderArguments(source),
    renderLifecycle(source),
    rule ? renderRule(rule) : "",
    stripComments(source),
  ].join("");
  return {
    name: basename(file, ".lua"),
    source: rendered,
    sha: createHash("sha1").update(rendered).digest("hex"),
  };
}

/** The text of a file with each of its includes in place, once. */
function resolve(folder: string, file: string, seen: Set<string>): string {
  if (seen.has(file)) return "";
  seen.add(file);
  const text = readFileSync(`${folder}/${file}`, "utf8");
  return text.replace(/^ *-- @include (\S+)$/gm, (_, include: string) =>
    resolve(folder, `${include}.lua`, seen),
  );
}

/** Unpacks the arguments, which travel as `packing.ts` says, so that the script finds them in ARGV. */
function renderArguments(source: string): string {
  const separator = "local SEPARATOR = '\\31'\n";
  const positions = [...source.matchAll(/\bARGV\[(\d+)\]/g)].map(([, position]) => Number(position));
  const count = Math.max(0, ...positions);
  if (/\bunpack\(ARGV\b/.test(source)) {
    const values = `for value in string.gmatch(ARGV[1] .. '\\31', '([^\\31]*)\\31') do given[#given + 1] = value end`;
    return `${separator}local given = {}\n${values}\nlocal ARGV = given\n`;
  }
  if (count === 0) return separator;
  // All at once, and not by a call for each.
  const pattern = Array(count).fill("([^\\31]*)").join("\\31");
  return `${separator}local ARGV = { string.match(ARGV[1], '^${pattern}$') }\n`;
}

function stripComments(source: string): string {
  return source.replace(/^\s*--(?! @rule).*\n/gm, "");
}

/** The protocol's constants that a script uses. */
function renderLifecycle(source: string): string {
  const constants = {
    ENDS: renderSet(END_STATES),
    VOUCHER_ENDS: renderSet(VOUCHER_END_STATES),
    VOUCHER_ROLES: `{ ${VOUCHER_ROLES.map((role) => `'${role}'`).join(", ")} }`,
    EXPIRING_BEFORE_MS,
    MAX_AMOUNT,
    MAX_DRAWINGS,
    MAX_VOUCHER_EVENTS,
    MAX_VOUCHER_VERSION,
    MAX_REFUSALS,
    MAX_CHANGES,
    MAX_VERSION,
  };
  const used = Object.entries(constants).filter(([name]) => new RegExp(`\\b${name}\\b`).test(source));
  return used.map(([name, value]) => `local ${name} = ${value}\n`).join("");
}

function renderRule(command: CommandName | VoucherCommandName): string {
  const flags =
    command in VOUCHER_RULES ? voucherFlags(command as VoucherCommandName) : flagsOf(command as CommandName);
  const { roles, from } =
    command in VOUCHER_RULES ? voucherRuleOf(command as VoucherCommandName) : ruleOf(command as CommandName);
  const states = Object.entries(from).map(
    ([state, guard]) => `${state} = ${guard === true ? "true" : `'${guard}'`}`,
  );
  return `local RULE = { roles = ${renderSet(roles)}, from = { ${states.join(", ")} }, ${flags} }\n`;
}

function flagsOf(command: CommandName): string {
  const { to, passesFence = false } = ruleOf(command);
  return `passesFence = ${passesFence}, freezes = ${to.includes("issued")}`;
}

function voucherFlags(command: VoucherCommandName): string {
  return `forAnother = ${voucherRuleOf(command).forAnother ?? false}`;
}

function renderSet(names: readonly string[]): string {
  return `{ ${names.map((name) => `${name} = true`).join(", ")} }`;
}

/** The server does not know the script by its digest, and has run nothing. */
export function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("NOSCRIPT");
}
