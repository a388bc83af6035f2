/**
 * Runs the test files, each in a process of its own, several at once, and counts what
 * ran. uvu's own command runs all files in one process, has no time limit, and passes a file that
 * never calls `run()` or whose event loop runs dry; here these fail.
 *
 * Usage: npm test [-- PART_OF_A_PATH …]
 * With TEST_HEADERS=1 it says last in which files the header about their time should say something else.
 */
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { findRedisServer } from "../server/redis/embedded/find-server.ts";
import { buildAll } from "./helpers/built.ts";
import { findChromium } from "./helpers/chromium.ts";
import { findNginx } from "./helpers/find-nginx.ts";
import { getPostgres } from "./helpers/find-postgres.ts";
import { compile } from "./run/compile.ts";
import type { Result } from "./run/judge.ts";
import { reportAll, reportFile, reportHeaders } from "./run/report.ts";
import { endAll, runFile } from "./run/run-file.ts";
import { lanesOf, runLanes } from "./run/schedule.ts";

const ROOT = process.env.TEST_ROOT ?? import.meta.dirname;
/** Not tests of this project: packages, and what tests of the runner run. */
const NOT_OURS = /(^|\/)(node_modules|fixtures)\//;

async function main(filters: readonly string[]): Promise<number> {
  const files = findFiles(filters);
  if (files.length === 0) {
    console.log(`No test file's path contains ${filters.join(" or ")}.`);
    return 1;
  }
  await prepare(files);
  const results: Result[] = [];
  const texts = files.map((path) => ({ path, text: readFileSync(path, "utf8") }));
  await runLanes(lanesOf(texts, availableParallelism()), async (file) => {
    const result = await runFile(file);
    results.push(result);
    reportFile(result);
  });
  if (process.env.TEST_HEADERS) reportHeaders(results);
  return reportAll(results);
}

function findFiles(filters: readonly string[]): string[] {
  return readdirSync(ROOT, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts") && !NOT_OURS.test(file))
    .map((file) => join(ROOT, file))
    .filter((file) => filters.length === 0 || filters.some((part) => file.includes(part)));
}

/** Gets what the tests need beforehand, so that no file's time limit goes into it. */
async function prepare(files: readonly string[]): Promise<void> {
  const log = (line: string) => console.log(line);
  const { flavour, version, path } = findRedisServer({ log });
  console.log(`Testing with ${flavour} ${version} at ${path}`);
  const use = (...helpers: string[]) =>
    files.some((file) => helpers.some((helper) => readFileSync(file, "utf8").includes(helper)));
  if (use("helpers/chromium.ts")) findChromium({ log });
  if (use("helpers/find-nginx.ts")) findNginx({ log });
  if (use("places.ts", "find-postgres.ts", "/retiring-book.ts")) getPostgres({ log });
  if (use("helpers/built.ts", "/browser.ts", "/people.ts")) await buildAll({ log });
  process.env.TEST_COMPILED = await compile(files);
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, async () => {
    await endAll();
    process.exit(1);
  });
}

try {
  process.exitCode = await main(process.argv.slice(2).filter((argument) => argument !== "--"));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.log("\n0 passed, 1 failed");
  process.exitCode = 1;
}
