/** What test/README.md and test/bench/README.md say is held against the tests, the fault tests and the benchmarks. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { BENCHES } from "../bench/benches.ts";
import { FAULT_KINDS } from "../faults/faults.ts";
import { RULES_CHECKED } from "../faults/findings.ts";
import { DOCUMENTS, ROOT, readDocument, spansOf } from "./documents.ts";

const tests = suite("the tests' documents");
const DOCUMENT = readDocument("test/README.md");

tests("have each folder of test/", () => {
  const folders = readdirSync(join(ROOT, "test"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${name}/`);
  assert.equal(
    DOCUMENT.table("What is where").map(([folder]) => spansOf(folder)[0]),
    folders.sort(),
  );
});

tests("have each fault", () => {
  assert.equal(
    DOCUMENT.table("The faults").flatMap(([kinds]) => spansOf(kinds)),
    FAULT_KINDS,
  );
});

tests("have each guarantee that the checker checks", () => {
  assert.equal(
    DOCUMENT.table("The guarantees").map(([rule, meaning]) => [spansOf(rule)[0], meaning]),
    Object.entries(RULES_CHECKED),
  );
});

/** The options of `npm run test:faults`; its module runs when it is imported, so it is read. */
function optionsOfFaultTests(): string[] {
  const source = readFileSync(join(ROOT, "test/faults/run.ts"), "utf8");
  const options = [...source.matchAll(/^ {4}"?([\w-]+)"?: \{ type: "(?:string|boolean)"/gm)];
  return options.map(([, name]) => `--${name}`);
}

tests("have each option of the fault tests, and no document gives another", () => {
  const told = DOCUMENT.table("Options").flatMap(([option]) => spansOf(option));
  assert.equal(told.sort(), optionsOfFaultTests().sort());
  const given = DOCUMENTS.flatMap((path) => [
    ...readDocument(path).text.matchAll(/npm run test:faults -- (.*)/g),
  ]).flatMap(([, options = ""]) => options.match(/--[\w-]+/g) ?? []);
  assert.ok(given.length > 0);
  assert.equal(
    given.filter((option) => !told.includes(option)),
    [],
  );
});

tests("have each benchmark, and no document names another", () => {
  const told = readDocument("test/bench/README.md")
    .table("The speed, measured")
    .flatMap(([name]) => spansOf(name));
  assert.equal(told, Object.keys(BENCHES));
  const named = DOCUMENTS.flatMap((path) => [
    ...readDocument(path).text.matchAll(/npm run bench -- ((?:[\w-]+ ?)+)/g),
  ]).flatMap(([, names = ""]) => names.trim().split(" "));
  assert.ok(named.length > 0);
  assert.equal(
    named.filter((name) => !told.includes(name)),
    [],
  );
});

tests.run();
