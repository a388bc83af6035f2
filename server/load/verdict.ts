/** Whether a load passed, and why not. */
import type { AuditResult } from "../audit/findings.ts";
import type { LoadResult } from "./load.ts";
import type { StoreCost } from "./probes.ts";

/** All that is known of a run, as `--json` writes it. */
export interface LoadReport extends LoadResult {
  store: StoreCost | undefined;
  audit: AuditResult | undefined;
  /** Why the load has failed; empty when it passed. */
  failures: string[];
}

export interface Thresholds {
  /** Of the way from a request to its voucher, milliseconds. */
  maxP99Ms?: number | undefined;
  /** Negotiations a second. */
  minRate?: number | undefined;
}

/** Each reason why the load has failed; none when it passed. */
export function judge(
  result: Pick<
    LoadResult,
    "latencies" | "negotiationsPerSecond" | "missing" | "failed" | "errors" | "witnessed"
  >,
  { maxP99Ms, minRate }: Thresholds,
  audited: AuditResult | undefined,
): string[] {
  const failed = Object.values(result.failed).reduce((sum: number, count) => sum + (count ?? 0), 0);
  const p99 = result.latencies.request_to_issued?.p99;
  const rate = result.negotiationsPerSecond;
  return [
    result.witnessed === 0 && "no negotiation came to its end",
    failed > 0 && `${failed} negotiations failed (${describe(result.errors)})`,
    result.missing.length > 0 &&
      `events are missing in ${result.missing.length} issuances, as in ${result.missing[0]}`,
    audited !== undefined &&
      audited.findings.length > 0 &&
      `the book is not in balance: ${audited.findings.length} findings, as in ${audited.findings[0]?.subject}: ${audited.findings[0]?.problem}`,
    maxP99Ms !== undefined &&
      !(p99 !== undefined && p99 <= maxP99Ms) &&
      `--max-p99: request to voucher took ${p99 === undefined ? "for ever" : `${p99.toFixed(1)} ms`} at p99, more than ${maxP99Ms} ms`,
    minRate !== undefined &&
      rate < minRate &&
      `--min-rate: ${rate.toFixed(1)} negotiations a second, fewer than ${minRate}`,
  ].filter((reason) => reason !== false);
}

function describe(errors: Record<string, number | undefined>): string {
  return Object.entries(errors)
    .map(([code, count]) => `${code} ${count}`)
    .join(", ");
}
