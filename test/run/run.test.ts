// about 24 s, mostly waiting
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { nodeArguments } from "../helpers/source.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";

const RUNNER = join(dirname(import.meta.dirname), "run.ts");
const FIXTURES = join(dirname(import.meta.dirname), "fixtures", "runner");
const ARGUMENTS = nodeArguments(RUNNER);

function run(filters: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...ARGUMENTS, ...filters], {
    encoding: "utf8",
    env: { ...process.env, TEST_ROOT: FIXTURES },
  });
  return { status, output: stdout + stderr, lines: stdout.trim().split("\n") };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const all = suite("the runner, on every kind of file");
// One run for all of them: the slowest waits ten seconds.
const whole = run([]);
const lineOf = (name: string) => whole.lines.find((line) => line.includes(`${name}.test.ts:`)) ?? "";

const EXPECTED = [
  ["passing", " ok ", "2 passed, 1 skipped", undefined],
  ["failing", "FAIL", "1 passed, 1 failed", "is not what it should be"],
  ["forgets-to-run", "FAIL", "0 passed, 1 failed", "ran no test: it does not call run()"],
  ["runs-dry", "FAIL", "0 passed, 1 failed", "Exiting early before testing is finished"],
  [
    "before-throws",
    "FAIL",
    "0 passed, 1 failed",
    /before in "before throws": .*no ground to stand on(?:.|\n)*quicksand/,
  ],
  [
    "after-each-throws",
    "FAIL",
    "0 passed, 1 failed",
    /after each in "after each throws", "is followed by that": it could not be tidied/,
  ],
  [
    "throws-anything",
    "FAIL",
    "1 passed, 3 failed",
    /details are no text"\n.*it was refused \{ reason: 'no funds' \}(?:.|\n)*is no error"\n.*it threw 'only a word'/,
  ],
  ["hangs", "FAIL", "0 passed, 1 failed", "did not end within 2 seconds"],
  ["leaves-open", "FAIL", "1 passed, 1 failed", "left something open"],
  ["leaves-process", "FAIL", "1 passed, 1 failed", "left processes behind: sleep 300"],
  ["exits", "FAIL", "0 passed, 1 failed", "ended with 1"],
] as const;

for (const [name, mark, counts, reason] of EXPECTED) {
  all(`counts ${name} as ${counts}`, () => {
    const line = lineOf(name);
    assert.ok(line.startsWith(`${mark} `), line);
    assert.match(line, `: ${counts} in `);
    // Whoever ends as it means to says what CPU it took.
    if (mark === " ok ") assert.match(line, /, \d+\.\d s of CPU$/);
    if (reason) assert.match(whole.output, reason);
  });
}

all("names the failed files again, and ends with the counts of all, alone on a line", () => {
  assert.is(whole.lines.at(-1), "6 passed, 12 failed, 1 skipped");
  const failed = whole.lines.slice(whole.lines.indexOf("Failed:") + 1, -2);
  assert.is(failed.length, 10);
  assert.not(failed.some((line) => line.includes("passing.test.ts")));
  assert.is(whole.status, 1);
});

all("ends the processes that a file left behind", () => {
  const pid = Number(/started process (\d+)/.exec(whole.output)?.[1]);
  assert.ok(pid > 0);
  assert.not(isAlive(pid));
});

all.run();

const some = suite("the runner, on some files");

some("runs the files whose paths contain a word, and ends well when all pass", () => {
  const { status, lines } = run(["pass"]);
  assert.is(lines.at(-1), "2 passed, 0 failed, 1 skipped");
  assert.is(status, 0);
});

some("fails when no file has such a path", () => {
  const { status, output } = run(["no-such-file"]);
  assert.match(output, "No test file's path contains no-such-file.");
  assert.is(status, 1);
});

some("ends the files that run when it is told to end", async () => {
  const pidFile = join(temporaryFolder(), "pid");
  const runner = spawn(process.execPath, [...ARGUMENTS, "leaves-open"], {
    stdio: "ignore",
    env: { ...process.env, TEST_ROOT: FIXTURES, PID_FILE: pidFile },
  });
  while (!existsSync(pidFile)) await setTimeout(20);
  const ended = new Promise((resolve) => runner.once("exit", resolve));
  runner.kill("SIGTERM");
  assert.is(await ended, 1);
  assert.not(isAlive(Number(readFileSync(pidFile, "utf8"))));
});

some.run();
