import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const files = suite("test files");
const ROOT = dirname(import.meta.dirname);
const PROJECT = dirname(ROOT);

const testFiles = readdirSync(ROOT, { recursive: true, encoding: "utf8" }).filter(
  (file) => file.endsWith(".test.ts") && !file.startsWith("fixtures"),
);

files("each calls run(), since uvu runs nothing without", () => {
  assert.ok(testFiles.length > 0);
  const silent = testFiles.filter((file) => !/^\w+\.run\(\);$/m.test(readFileSync(join(ROOT, file), "utf8")));
  assert.equal(silent, []);
});

files("none runs only some of its tests", () => {
  const partial = testFiles.filter((file) => /\.only\(/.test(readFileSync(join(ROOT, file), "utf8")));
  assert.equal(
    partial.filter((file) => !file.includes("guards")),
    [],
  );
});

files("the lock file names no registry's host", () => {
  assert.not.match(readFileSync(join(PROJECT, "package-lock.json"), "utf8"), /"resolved": "https?:/);
});

files("nothing that is made is kept in the repository", () => {
  const tracked = execFileSync("git", ["ls-files"], { cwd: PROJECT, encoding: "utf8" }).split("\n");
  assert.equal(
    tracked.filter((file) => /(^|\/)(dist|node_modules|\.tallystick)\//.test(file)),
    [],
  );
});

files.run();
