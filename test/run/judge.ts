/** What came of a test file, from what its process said and how it ended. */

export interface Result {
  file: string;
  passed: number;
  failed: number;
  skipped: number;
  seconds: number;
  /** What it used of the cores, with what it started; none where its process was ended. */
  cpuSeconds: number | undefined;
  output: string;
}

export interface Ended {
  file: string;
  output: string;
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Why it was ended, or what else was wrong with it. */
  complaint: string | undefined;
  seconds: number;
}

// Only whole lines, which a test's own output hardly ever has in this order.
const SUMMARY = /^ {2}Total: {5}(\d+)\n {2}Passed: {4}(\d+)\n {2}Skipped: {3}(\d+)\n/gm;

const CPU = /^ {2}CPU: {7}(\d+\.\d) s$/m;

/** True once uvu has run all tests of a file. */
export function hasSummary(output: string): boolean {
  return output.search(SUMMARY) >= 0;
}

/**
 * Counts from uvu's summaries; a file has several when it calls `run()` late. uvu itself takes a file for
 * good that ran nothing at all, and tests whose `before` threw.
 */
export function judge(ended: Ended): Result {
  const { file, seconds } = ended;
  const { total, passed, skipped } = countUp(ended.output);
  const complaint = ended.complaint ?? complaintOf(ended, total - passed);
  const failed = total - passed + (complaint ? 1 : 0);
  const output = complaint ? `${ended.output}\n  ${file} ${complaint}\n` : ended.output;
  const cpu = CPU.exec(ended.output)?.[1];
  const cpuSeconds = cpu === undefined ? undefined : Number(cpu);
  return { file, passed, failed, skipped, seconds, cpuSeconds, output };
}

function countUp(output: string): { total: number; passed: number; skipped: number } {
  const sum = { total: 0, passed: 0, skipped: 0 };
  for (const [, total, passed, skipped] of output.matchAll(SUMMARY)) {
    sum.total += Number(total);
    sum.passed += Number(passed);
    sum.skipped += Number(skipped);
  }
  return sum;
}

function complaintOf({ output, code, signal }: Ended, failed: number): string | undefined {
  if (code === 0 && !hasSummary(output)) {
    return "ran no test: it does not call run(), or its event loop ran dry before its tests were over";
  }
  const { total, skipped } = countUp(output);
  if (code === 0 && total + skipped === 0) return "ran no test: it has none";
  if (code !== 0 && failed === 0) return `ended with ${code ?? signal}`;
  return undefined;
}
