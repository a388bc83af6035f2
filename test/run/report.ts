/** Says what came of the test files. */
import { readFileSync } from "node:fs";
import type { Result } from "./judge.ts";
import { betterHeader } from "./schedule.ts";

/** A line for the file, and what it said. */
export function reportFile(result: Result): void {
  const { file, passed, failed, skipped, seconds, cpuSeconds } = result;
  const counts = [`${passed} passed`, failed > 0 && `${failed} failed`, skipped > 0 && `${skipped} skipped`];
  const mark = failed > 0 ? "FAIL" : " ok ";
  const cpu = cpuSeconds === undefined ? "" : `, ${cpuSeconds.toFixed(1)} s of CPU`;
  console.log(`${mark} ${file}: ${counts.filter(Boolean).join(", ")} in ${seconds.toFixed(1)} s${cpu}`);
  const said = withoutProgress(result.output);
  if (said !== "") console.log(said.replace(/^/gm, "     "));
}

/** What a file said, without uvu's dots and summary. */
function withoutProgress(output: string): string {
  return output
    .replace(/^.*[•✘ ] {2}\(\d+ \/ \d+\)$|^ {2}(Total|Passed|Skipped|Duration|CPU): .*$/gm, "")
    .replace(/\n{2,}/g, "\n")
    .trim();
}

/**
 * The headers by which the next run is put in a better order. A machine that does other things as well says nothing of
 * them; nor is seen what the processes use that a browser starts.
 */
export function reportHeaders(results: readonly Result[]): void {
  const better = results.flatMap(({ file, seconds, cpuSeconds }) => {
    if (cpuSeconds === undefined) return [];
    const header = betterHeader(readFileSync(file, "utf8"), seconds, cpuSeconds);
    return header === undefined ? [] : `  ${file}: ${header}`;
  });
  if (better.length > 0) console.log(`\nHeaders that should say something else:\n${better.join("\n")}`);
}

/** The files that failed, and last, alone on a line, the counts of all. Returns the exit status. */
export function reportAll(results: readonly Result[]): number {
  const count = (key: "passed" | "failed" | "skipped") =>
    results.reduce((all, result) => all + result[key], 0);
  const bad = results.filter((result) => result.failed > 0);
  if (bad.length > 0) {
    console.log(`\nFailed:\n${bad.map(({ file, failed }) => `  ${file}: ${failed}`).join("\n")}`);
  }
  const skipped = count("skipped");
  const tail = skipped > 0 ? `, ${skipped} skipped` : "";
  console.log(`\n${count("passed")} passed, ${count("failed")} failed${tail}`);
  return bad.length > 0 ? 1 : 0;
}
