/** The header of each Lua command and step is held against its body, so that it does not go stale. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  COMMAND_NAMES,
  type CommandName,
  ERROR_CODES,
  EVENT_TYPES,
  isErrorCode,
  ruleOf,
  VOUCHER_COMMAND_NAMES,
  VOUCHER_EVENT_TYPES,
  VOUCHER_RULES,
  type VoucherCommandName,
  voucherRuleOf,
} from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { loadScripts } from "../../server/ledger/load-scripts.ts";
import { allIncludes, type LuaFile, luaFiles } from "./lua-files.ts";

const lua = suite("Lua commands");
const ROOT = dirname(dirname(import.meta.dirname));
const commands = luaFiles("command");
const steps = luaFiles("step");
const loaded = loadScripts();

/** What books write to their journals besides the issuances' events. */
const BOOK_EVENTS = [
  "account.put",
  "account.adjusted",
  "account.repaid",
  "account.blocked",
  "account.unblocked",
  "account.shown",
  "fence.listed",
  "key.published",
  "outage.noted",
  "tokens.revoked",
  "issuance.fenced",
  "issuance.missing",
  "issuance.resumed",
  "voucher.stopped",
  "voucher.fenced",
  "voucher.missing",
  "voucher.resumed",
  "account.credited",
  "credit.refused",
  "settlement.failed",
  "settlement.redirected",
];
/** Every type of event of an issuance or a voucher. */
const TYPES: readonly string[] = [...new Set<string>([...EVENT_TYPES, ...VOUCHER_EVENT_TYPES])];
/** Every command of a terminal that has a script. */
const ALL_COMMANDS: readonly string[] = [...COMMAND_NAMES, ...VOUCHER_COMMAND_NAMES];

function eventsOf(command: string): readonly string[] {
  return command in VOUCHER_RULES
    ? voucherRuleOf(command as VoucherCommandName).events
    : ruleOf(command as CommandName).events;
}

/** The names that a header lists behind a word, by their numbers. */
function listed(header: string, word: "KEYS" | "ARGV"): string[] {
  const lines = [...header.matchAll(new RegExp(`^-- ${word} (.*)$`, "gm"))].map(([, text]) => text as string);
  const names = [...lines.join(" ").matchAll(/(\d+) (.+?)(?= \d+ |$)/g)];
  assert.equal(
    names.map(([, number]) => Number(number)),
    names.map((_, index) => index + 1),
    `${word} are numbered in order`,
  );
  return names.map(([, , name]) => name as string);
}

/** The positions of KEYS or ARGV that a script's whole text uses. */
function used(source: string, word: "KEYS" | "ARGV"): Set<number> {
  // The last of them may stand for as many as are sent.
  const positions = source.matchAll(new RegExp(`${word}\\[(\\d+)\\]|unpack\\(${word}, (\\d+)\\)`, "g"));
  return new Set([...positions].map(([, one, rest]) => Number(one ?? rest)));
}

/** The whole text that is run; of a step, its own. */
function sourceOf({ kind, name, text }: LuaFile): string {
  return kind === "command" ? (loaded.get(name)?.source ?? "") : text;
}

for (const file of [...commands, ...steps]) {
  const { name, text, header } = file;
  const included = allIncludes(file);

  lua(`${name}: KEYS and ARGV are those that the body uses`, () => {
    const source = sourceOf(file);
    for (const word of ["KEYS", "ARGV"] as const) {
      const count = listed(header, word).length;
      const expected = new Set(Array.from({ length: count }, (_, index) => index + 1));
      if (source.includes(`unpack(${word})`)) {
        const [, names = ""] = new RegExp(`local ([\\w, ]+) = unpack\\(${word}\\)`).exec(source) ?? [];
        assert.is(names.split(",").length, count, word);
      } else {
        assert.equal(used(source, word), expected, word);
      }
    }
  });

  lua(`${name}: KEYS and ARGV are called as the steps call them that it includes`, () => {
    for (const step of included.filter(({ kind }) => kind === "step")) {
      for (const word of ["KEYS", "ARGV"] as const) {
        const called = listed(step.header, word);
        assert.equal(listed(header, word).slice(0, called.length), called, `${word} of ${step.name}`);
      }
    }
  });

  lua(`${name}: its answers are the codes that the body can give`, () => {
    const source = [file, ...included].map((one) => one.text.replaceAll(/^ *--.*$/gm, "")).join("\n");
    const told = (/^-- Answers: (.*)$/m.exec(header)?.[1] ?? "").split(/, /).filter(Boolean);
    assert.equal(
      told.filter((code) => !isErrorCode(code)),
      [],
    );
    const given = ERROR_CODES.filter((code) => source.includes(`'${code}'`));
    assert.equal(new Set(told), new Set(given));
  });

  lua(`${name}: no key is built in it`, () => {
    assert.not.match(
      text.replace(/^--.*$/gm, ""),
      /'ts:|\.\. ':(events|freezes)|'(account|issuance|voucher):'/,
    );
  });

  lua(`${name}: nothing is written before the inputs are named and what is there was read`, () => {
    const body = text
      .split("\n")
      .filter((line) => !line.startsWith("--"))
      .join("\n");
    const write = body.search(/redis\.call\('(HSET|HDEL|SET|ZADD|ZREM|RPUSH|XADD|HINCRBY)'/);
    const lastInput = Math.max(
      body.lastIndexOf("KEYS["),
      body.lastIndexOf("ARGV["),
      body.lastIndexOf("unpack(ARGV)"),
    );
    assert.ok(write < 0 || lastInput < write);
  });
}

for (const file of commands) {
  const { name, text, header } = file;
  lua(`${name}: its effects name the events that the body writes, which its rule allows`, () => {
    const effects = /^-- Effects: (.*)$/m.exec(header)?.[1];
    assert.ok(effects, "it says what it does");
    const told = [...TYPES, ...BOOK_EVENTS].filter((type) => effects?.includes(type));
    const body = [text.slice(header.length), ...allIncludes(file).map((one) => one.text)].join("\n");
    const written = [...TYPES, ...BOOK_EVENTS].filter((type) => body.includes(`'${type}'`));
    assert.equal(new Set(told), new Set(written));
    const rule = /^-- @rule (\S+)$/m.exec(header)?.[1];
    if (rule) assert.equal(new Set(written), new Set(eventsOf(rule)));
  });
}

lua("each command of the lifecycle has one file, which is given its rule", () => {
  const rules = commands.flatMap(({ text }) => /^-- @rule (\S+)$/m.exec(text)?.[1] ?? []);
  assert.equal(rules.sort(), ALL_COMMANDS.toSorted());
  for (const command of commands) {
    const hasRule = /^-- @rule/m.test(command.text);
    assert.is(sourceOf(command).includes("local RULE ="), hasRule, command.name);
  }
});

lua("there is no Lua in TypeScript", () => {
  const sources = readdirSync(join(ROOT, "server"), { recursive: true, encoding: "utf8" });
  const typescript = sources.filter((file) => file.endsWith(".ts") && !/^(dist|node_modules)\//.test(file));
  const mixed = typescript.filter((file) =>
    readFileSync(join(ROOT, "server", file), "utf8").includes("redis.call"),
  );
  assert.equal(mixed, []);
});

lua.run();
