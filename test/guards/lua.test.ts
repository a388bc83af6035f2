/** The header of each Lua command is held against its body, so that it does not go stale. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  COMMAND_NAMES,
  type CommandName,
  ERROR_CODES,
  EVENT_TYPES,
  isErrorCode,
  ruleOf,
} from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { loadScripts } from "../../server/ledger/scripts.ts";

const lua = suite("Lua commands");
const ROOT = dirname(dirname(import.meta.dirname));
const FOLDER = join(ROOT, "server", "ledger", "lua");
const files = readdirSync(FOLDER).filter((file) => file.endsWith(".lua"));
const loaded = loadScripts();

/** What books write to their journals besides the issuances' events. */
const BOOK_EVENTS = ["account.put", "account.adjusted", "issuance.fenced", "issuance.resumed"];

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

const parts = (file: string) => {
  const text = readFileSync(join(FOLDER, file), "utf8");
  const header = text.split("\n\n")[0] as string;
  const source = loaded.get(file.replace(".lua", ""))?.source ?? "";
  return { text, header, source };
};

for (const file of files) {
  lua(`${file}: KEYS and ARGV are those that the body uses`, () => {
    const { header, source } = parts(file);
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

  lua(`${file}: its answers are the codes that the body can give`, () => {
    const { header, source } = parts(file);
    const told = (/^-- Answers: (.*)$/m.exec(header)?.[1] ?? "").split(/, /).filter(Boolean);
    assert.equal(
      told.filter((code) => !isErrorCode(code)),
      [],
    );
    const given = ERROR_CODES.filter((code) => source.includes(`'${code}'`));
    assert.equal(new Set(told), new Set(given));
  });

  lua(`${file}: its effects name the events that the body writes, which its rule allows`, () => {
    const { text, header } = parts(file);
    const effects = /^-- Effects: (.*)$/m.exec(header)?.[1];
    assert.ok(effects, "it says what it does");
    const told = [...EVENT_TYPES, ...BOOK_EVENTS].filter((type) => effects?.includes(type));
    const includes = [...text.matchAll(/^ *-- @include (?:lib\/)?(\S+)$/gm)].map(([, name]) =>
      readFileSync(join(FOLDER, "lib", `${name}.lua`), "utf8"),
    );
    const body = [text.slice(header.length), ...includes].join("\n");
    const written = [...EVENT_TYPES, ...BOOK_EVENTS].filter((type) => body.includes(`'${type}'`));
    assert.equal(new Set(told), new Set(written));
    const rule = /^-- @rule (\S+)$/m.exec(header)?.[1] as CommandName | undefined;
    if (rule) assert.equal(new Set(written), new Set(ruleOf(rule).events));
  });

  lua(`${file}: no key is built in it`, () => {
    assert.not.match(
      parts(file).text.replace(/^--.*$/gm, ""),
      /'ts:|\.\. ':(events|freezes)|'(account|issuance|voucher):'/,
    );
  });

  lua(`${file}: nothing is written before the inputs are named and what is there was read`, () => {
    const body = parts(file)
      .text.split("\n")
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

lua("each command of the lifecycle has one file, which is given its rule", () => {
  const rules = files.flatMap((file) => /^-- @rule (\S+)$/m.exec(parts(file).text)?.[1] ?? []);
  assert.equal(rules.sort(), [...COMMAND_NAMES].sort());
  for (const file of files) {
    const { text, source } = parts(file);
    assert.is(source.includes("local RULE ="), /^-- @rule/m.test(text), file);
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
