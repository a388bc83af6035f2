/**
 * Runs the test files, each in a process of its own, as many at once as there are cores, and counts what
 * ran. uvu's own command runs all files in one process, has no time limit, and passes a file that
 * never calls `run()` or whose event loop runs dry; here these fail.
 *
 * Usage: npm test [-- PART_OF_A_PATH …]
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { findRedisServer } from "../server/redis/find-server.ts";

const ROOT = process.env.TEST_ROOT ?? import.meta.dirname;
const LIMIT_SECONDS = 240;
/** How long a file's process may linger once its tests are over, seconds. */
const LINGER_SECONDS = 10;

interface Result {
  file: string;
  passed: number;
  failed: number;
  skipped: number;
  seconds: number;
  output: string;
}

const children = new Set<ChildProcess>();

async function main(filters: string[]): Promise<number> {
  const server = findRedisServer({ log: (line) => console.log(line) });
  console.log(`Testing with ${server.flavour} ${server.version} at ${server.path}`);
  const files = findFiles(ROOT).filter(
    (file) => filters.length === 0 || filters.some((part) => file.includes(part)),
  );
  if (files.length === 0) {
    console.log(`No test file's path contains ${filters.join(" or ")}.`);
    return 1;
  }
  const queue = [...files];
  const results: Result[] = [];
  const work = async () => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const result = await runFile(file);
      results.push(result);
      report(result);
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), files.length) }, work));
  return summarise(results);
}

/** Test files, the largest first: they tend to take longest. */
function findFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts") && !file.includes("node_modules"))
    .map((file) => join(folder, file))
    .sort((a, b) => statSync(b).size - statSync(a).size);
}

function runFile(file: string): Promise<Result> {
  const started = performance.now();
  const limit = Number(/^\/\/ time limit: (\d+) s/m.exec(readFileSync(file, "utf8"))?.[1] ?? LIMIT_SECONDS);
  const child = spawn(process.execPath, ["--conditions=tallystick-source", "--import", "tsx", file], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, FORCE_COLOR: "0" },
  });
  children.add(child);
  let output = "";
  let complaint = "";
  const stop = (why: string) => {
    complaint = why;
    child.kill("SIGTERM");
    setTimeout(() => child.kill("SIGKILL"), 2000).unref();
  };
  const limiter = setTimeout(() => stop(`did not end within ${limit} seconds`), limit * 1000);
  let lingering: NodeJS.Timeout | undefined;
  const listen = (chunk: Buffer) => {
    output += chunk;
    if (!lingering && /^ {2}Skipped: +\d+/m.test(output)) {
      lingering = setTimeout(
        () => stop("left something open, so that its process did not end"),
        LINGER_SECONDS * 1000,
      );
    }
  };
  child.stdout.on("data", listen);
  child.stderr.on("data", listen);
  return new Promise((resolve) => {
    child.once("close", (code, signal) => {
      clearTimeout(limiter);
      clearTimeout(lingering);
      children.delete(child);
      const seconds = (performance.now() - started) / 1000;
      resolve(judge({ file: relative(process.cwd(), file), output, code, signal, complaint, seconds }));
    });
  });
}

interface Ended {
  file: string;
  output: string;
  code: number | null;
  signal: NodeJS.Signals | null;
  complaint: string;
  seconds: number;
}

/** Counts from uvu's summary, which a file prints once for each time that it calls `run()` in a row. */
function judge(ended: Ended): Result {
  const total = sum(ended.output, "Total");
  const passed = sum(ended.output, "Passed");
  const skipped = sum(ended.output, "Skipped");
  let failed = total - passed;
  let { output, complaint } = ended;
  if (!complaint && total + skipped === 0)
    complaint = "ran no test: it forgot to call run(), or ended before its tests did";
  if (!complaint && failed === 0 && ended.code !== 0) complaint = `ended with ${ended.code ?? ended.signal}`;
  if (complaint) {
    failed += 1;
    output += `\n  ${ended.file} ${complaint}\n`;
  }
  return { file: ended.file, passed, failed, skipped, seconds: ended.seconds, output };
}

function sum(output: string, label: string): number {
  const counts = [...output.matchAll(new RegExp(`^ {2}${label}: +(\\d+)`, "gm"))];
  return counts.reduce((all, [, count]) => all + Number(count), 0);
}

function report({ file, passed, failed, skipped, seconds, output }: Result): void {
  const counts = [`${passed} passed`, failed > 0 && `${failed} failed`, skipped > 0 && `${skipped} skipped`];
  console.log(
    `${failed > 0 ? "FAIL" : " ok "} ${file}: ${counts.filter(Boolean).join(", ")} in ${seconds.toFixed(1)} s`,
  );
  const said = output
    .replace(/^[ •✘\d/()]*$|^ {2}(Total|Passed|Skipped|Duration): .*$/gm, "")
    .replace(/\n{2,}/g, "\n")
    .trim();
  if (said !== "") console.log(said.replace(/^/gm, "     "));
}

function summarise(results: Result[]): number {
  const count = (key: "passed" | "failed" | "skipped") =>
    results.reduce((all, result) => all + result[key], 0);
  const bad = results.filter((result) => result.failed > 0);
  if (bad.length > 0) console.log(`\nFailed: ${bad.map((result) => result.file).join(", ")}`);
  const skipped = count("skipped");
  console.log(
    `\n${count("passed")} passed, ${count("failed")} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`,
  );
  return bad.length > 0 ? 1 : 0;
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    for (const child of children) child.kill("SIGTERM");
    process.exit(1);
  });
}
process.exitCode = await main(process.argv.slice(2).filter((argument) => argument !== "--"));
