/** What CI runs: each check once, with the counts on the last line. */
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { temporaryFolder } from "../helpers/temporary-folder.ts";

const ci = suite(".ci/run");
const ROOT = dirname(dirname(import.meta.dirname));
const OLD =
  "data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'18.20.4'}})";

interface Run {
  status: number | null;
  said: string;
  last: string | undefined;
  /** How npm was called. */
  calls: string[];
}

/** Runs it with an npm that only notes how it is called; `tests` is what its tests say, `fails` what fails. */
function run(options: { tests?: string; fails?: string; environment?: Record<string, string> }): Run {
  const folder = temporaryFolder();
  for (const path of [".ci/run", "server/bin/needs-node.mjs", "server/package.json"]) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(ROOT, path), join(folder, path));
  }
  const npm = join(folder, "npm");
  writeFileSync(
    npm,
    `#!/bin/sh
echo "$*" >> ${folder}/calls
[ "$*" = test ] && printf '%s\\n' "$TESTS_SAY"
case "$*" in "$FAILS") exit 1;; esac
exit 0
`,
  );
  chmodSync(npm, 0o755);
  const { status, stdout } = spawnSync("bash", [join(folder, ".ci/run")], {
    encoding: "utf8",
    env: {
      ...process.env,
      PATH: `${folder}:${dirname(process.execPath)}:${process.env.PATH}`,
      TESTS_SAY: options.tests ?? "",
      FAILS: options.fails ?? "nothing",
      ...options.environment,
    },
  });
  const calls = existsSync(join(folder, "calls")) ? readFileSync(join(folder, "calls"), "utf8").trim() : "";
  rmSync(folder, { recursive: true });
  return { status, said: stdout, last: stdout.trimEnd().split("\n").at(-1), calls: calls.split("\n") };
}

ci("runs what npm run check runs, the tests once, and ends in their counts", () => {
  const { status, last, calls } = run({ tests: "812 passed, 0 failed" });
  assert.equal([status, last], [0, "812 passed, 0 failed"]);
  assert.equal(calls, ["ci", "test", "run build", "run types", "run lint", "run advisories"]);
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const checks = (scripts.check as string).split(" && ").map((command) => command.replace("npm ", ""));
  assert.equal(checks.toSorted(), calls.filter((call) => !["ci", "run build"].includes(call)).toSorted());
});

ci("fails with the tests, and with whatever else fails", () => {
  const tests = run({ tests: "800 passed, 12 failed", fails: "test" });
  assert.equal([tests.status, tests.last], [1, "800 passed, 12 failed"]);
  for (const fails of ["ci", "run build", "run types", "run lint", "run advisories"]) {
    const { status, last } = run({ tests: "812 passed, 0 failed", fails });
    assert.equal([status, last], [1, "812 passed, 1 failed"], fails);
  }
  const none = run({ tests: "" });
  assert.equal([none.status, none.last], [1, "0 passed, 1 failed"]);
});

ci("says that Node is too old, and runs nothing", () => {
  const { status, last, calls } = run({ environment: { NODE_OPTIONS: `--import=${OLD}` } });
  assert.equal([status, last, calls], [1, "0 passed, 1 failed", [""]]);
});

/** What npm can answer when it is asked for advisories. */
const ADVISORY = { title: "Reads too much", url: "https://example.com/1" };
const bad = (severity: string) => ({ name: "left-pad", severity, range: "<2", via: [ADVISORY, "other"] });
const ANSWERS: [what: string, answer: string, status: number, says: RegExp][] = [
  ["none", '{"vulnerabilities":{}}', 0, /^0 packages with advisories, 0 of them serious\.$/m],
  [
    "a serious one",
    JSON.stringify({ vulnerabilities: { a: bad("high") } }),
    1,
    /^high left-pad <2 Reads too much/m,
  ],
  [
    "one of little weight",
    JSON.stringify({ vulnerabilities: { a: bad("low") } }),
    0,
    /1 packages .* 0 of them/,
  ],
  ["a registry that is asked in vain", '{"message":"405","statusCode":405}', 0, /registry does not say/],
  ["nothing", "", 0, /registry does not say/],
];

for (const [what, answer, status, says] of ANSWERS) {
  ci(`of advisories, with ${what}, the status is ${status}`, () => {
    const folder = temporaryFolder();
    const npm = join(folder, "npm");
    writeFileSync(npm, `#!/bin/sh\nprintf '%s' "$ANSWER"\nexit 1\n`);
    chmodSync(npm, 0o755);
    const asked = spawnSync(process.execPath, [join(ROOT, ".ci/advisories.mjs")], {
      encoding: "utf8",
      env: { ...process.env, ANSWER: answer, PATH: `${folder}:${process.env.PATH}` },
    });
    assert.is(asked.status, status, asked.stdout + asked.stderr);
    assert.match(asked.stdout, says);
  });
}

ci("is what the workflow calls, on each Node that engines allows", () => {
  const workflow = readFileSync(join(ROOT, ".github", "workflows", "ci.yml"), "utf8");
  assert.match(workflow, "- run: .ci/run");
  assert.match(workflow, "node: [20, 22, 24]");
});

ci.run();
