import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const files = suite("the repository");
const ROOT = dirname(import.meta.dirname);
const PROJECT = dirname(ROOT);

const testFiles = readdirSync(ROOT, { recursive: true, encoding: "utf8" }).filter(
  (file) => file.endsWith(".test.ts") && !file.startsWith("fixtures"),
);

function textOf(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

files("has only test files that call run(), since uvu runs nothing without", () => {
  assert.ok(testFiles.length > 0);
  assert.equal(
    testFiles.filter((file) => !/^\w+\.run\(\);$/m.test(textOf(file))),
    [],
  );
});

files("has only test files that run all of their suites", () => {
  const silent = testFiles.filter((file) => {
    const names = [...textOf(file).matchAll(/^const (\w+) = suite\b/gm)].map(([, name]) => name);
    return names.some((name) => !textOf(file).includes(`\n${name}.run();`));
  });
  assert.equal(silent, []);
});

files("has no test file that leaves out some of its tests whatever the machine", () => {
  const partial = testFiles.filter((file) => /^\s*\w+\.(only|skip)\(/m.test(textOf(file)));
  assert.equal(partial, []);
});

files("has a lock file that names no registry's host", () => {
  assert.not.match(readFileSync(join(PROJECT, "package-lock.json"), "utf8"), /"resolved": "https?:/);
});

files("keeps nothing that is made from something else", () => {
  // Where the files belong to another user, git would refuse to look at them.
  const { stdout } = spawnSync("git", ["-c", "safe.directory=*", "ls-files"], {
    cwd: PROJECT,
    encoding: "utf8",
  });
  const made = stdout.split("\n").filter((file) => /(^|\/)(dist|node_modules|\.tallystick)\//.test(file));
  assert.equal(made, []);
});

files.run();
