/** What the documents say of the protocol is held against the code. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  COMMAND_NAMES,
  COMMANDS,
  ERROR_CODES,
  ERRORS,
  EVENT_TYPES,
  ruleOf,
  STATES,
} from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { SETTINGS } from "../../server/config.ts";

const readme = suite("README");
const ROOT = dirname(dirname(import.meta.dirname));
const DOCUMENTS = [
  "README.md",
  "shared/README.md",
  "client-sdk/README.md",
  "server/README.md",
  "test/README.md",
  "test/bench/README.md",
].map((path) => ({ path, text: readFileSync(join(ROOT, path), "utf8") }));
const TEXT = DOCUMENTS.map(({ text }) => text).join("\n");

/** The rows of the table whose header starts with these cells, each a list of cells. */
function table(...header: string[]): string[][] {
  const lines = TEXT.split("\n");
  const start = lines.findIndex((line) => line.startsWith(`| ${header.join(" | ")} |`));
  assert.ok(start >= 0, `there is a table that starts with ${header.join(", ")}`);
  const end = lines.findIndex((line, index) => index > start && !line.startsWith("|"));
  return lines.slice(start + 2, end).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** The words in code style, in their order. */
const words = (cell = "") => [...cell.matchAll(/`([^`]+)`/g)].map(([, word]) => word);

readme("has the closed table of errors, in the order of the checks", () => {
  const rows = table("code", "HTTP", "retry", "the money", "meaning");
  const expected = ERROR_CODES.map((code) => {
    const { status, retry, money, meaning } = ERRORS[code];
    return [`\`${code}\``, String(status), retry, money, meaning];
  });
  assert.equal(rows, expected);
});

readme("has each command with who may send it, where, and what it causes", () => {
  const rows = table("command", "from", "allowed in").filter(([name]) => name !== "(deadline)");
  assert.equal(
    rows.map(([name]) => words(name)[0]),
    COMMAND_NAMES,
  );
  for (const [name, from, allowed, payload, events] of rows) {
    const command = words(name)[0] as (typeof COMMAND_NAMES)[number];
    const rule = ruleOf(command);
    assert.equal(from?.split(", "), [...rule.roles], `who may send ${command}`);
    assert.equal(words(allowed), Object.keys(rule.from), `where ${command} is allowed`);
    assert.equal(words(events), [...rule.events], `what ${command} causes`);
    const fields = Object.keys(COMMANDS[command].shape).filter(
      (field) => !["commandId", "ifVersion", "issuanceId"].includes(field),
    );
    const told = [...(words(payload)[0] ?? "").matchAll(/(\w+)\??(?=,|$|:)/g)].map(([, field]) => field);
    assert.equal(
      told.filter((field) => !["number", "holder"].includes(field ?? "")),
      fields,
      `the payload of ${command}`,
    );
  }
});

readme("has each event and each state", () => {
  assert.equal(
    table("event", "besides").flatMap(([name]) => words(name)),
    [...EVENT_TYPES],
  );
  assert.equal(
    table("state", "waits for").flatMap(([name]) => words(name)),
    [...STATES],
  );
});

readme("says what each state can become", () => {
  for (const [name, , becomes] of table("state", "waits for")) {
    const [state] = words(name);
    const rules = COMMAND_NAMES.filter((command) => command !== "issuance:cancel").map(ruleOf);
    const next = rules
      .filter(({ from }) => state !== undefined && state in from)
      .flatMap(({ to }) => [...to]);
    const expected = new Set(next.filter((after) => after !== state));
    // An account that is refused during a change leaves the change under way.
    if (state === "changing") expected.delete("opened");
    assert.equal(new Set(words(becomes)), expected, `what ${state} can become`);
  }
});

readme("has each setting", () => {
  const told = table("setting", "default").flatMap(([names]) => words(names));
  assert.equal(new Set(told), new Set(Object.keys(SETTINGS.shape)));
});

readme("links only to what is there", () => {
  const links = DOCUMENTS.flatMap(({ path, text }) =>
    [...text.matchAll(/\]\((?!https?:|#)([^)#]+)\)/g)].map(([, to]) => join(dirname(path), to as string)),
  );
  assert.ok(links.length > 10);
  assert.equal(
    links.filter((path) => !existsSync(join(ROOT, path))),
    [],
  );
});

readme("names no script that package.json does not have", () => {
  const scripts = Object.keys(JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).scripts);
  const named = [...TEXT.matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name as string);
  assert.equal(
    named.filter((name) => !scripts.includes(name)),
    [],
  );
});

readme.run();
