/** What README says, the first document that a newcomer reads, is held against the repository. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { COMMAND_NAMES, EVENT_TYPES } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { linksOf, ROOT, readDocument, spansOf } from "./documents.ts";

const readme = suite("README");
const README = readDocument("README.md");

readme("is short enough to be read", () => {
  assert.ok(README.text.split("\n").length <= 180);
});

readme("has the same quick start in Chinese", () => {
  const english = [...README.code("Run it", "sh").split("\n"), ...README.commands]
    .map((line) => line.replace(/ +#.*/, ""))
    .filter((line) => line !== "");
  const chinese = README.table("中文简介").flatMap(([, command]) => spansOf(command));
  assert.equal(chinese, [...new Set(english)]);
});

readme("draws the flow with commands and events that there are", () => {
  const names: readonly string[] = [...COMMAND_NAMES, ...EVENT_TYPES];
  const drawn = README.code("The flow", "text").match(/\b[a-z]+[:.][a-z_]+\b/g) ?? [];
  assert.ok(drawn.length > 10);
  assert.equal(
    drawn.filter((name) => !names.includes(name)),
    [],
  );
});

readme("has each of the eleven claims, with its test and where it is carried out", () => {
  const rows = README.table("The claims");
  assert.equal(
    rows.map(([claim]) => claim),
    Array.from({ length: 11 }, (_, index) => String(index + 1)),
  );
  for (const [claim = "", , code = "", proof = ""] of rows) {
    assert.equal(linksOf(proof), [`test/claims/claim-${claim.padStart(2, "0")}.test.ts`]);
    const sameAs = /^as (\d+)$/.exec(code)?.[1];
    assert.ok(linksOf(code).length > 0 || Number(sameAs) < Number(claim), `where claim ${claim} is`);
  }
});

/** What is wrong with a row that leads to a line of the code; undefined when it is there once. */
function complaintAbout([what, link, fragment]: string[]): string | undefined {
  const [file = ""] = linksOf(link);
  const [text = ""] = spansOf(fragment);
  if (text === "" || !existsSync(join(ROOT, file))) return `the line that ${what}: there is no ${file}`;
  const lines = readFileSync(join(ROOT, file), "utf8").split("\n");
  const found = lines.filter((line) => line.includes(text)).length;
  return found === 1 ? undefined : `the line that ${what}: ${found} lines of ${file} have ${text}`;
}

readme("leads to single lines of the code, each of which is there once", () => {
  const rows = README.table("Where is …?");
  assert.ok(rows.length >= 20);
  assert.equal(
    rows.map(complaintAbout).filter((complaint) => complaint !== undefined),
    [],
  );
});

readme.run();
