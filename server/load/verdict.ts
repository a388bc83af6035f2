/** Whether a load passed, and why not. */
import type { AuditResult } from "../audit/findings.ts";
import type { LoadResult } from "./load.ts";
import type { StoreCost } from "./probes.ts";

/** All that is known of a run, as `--json` writes it. */
export interface LoadReport extends LoadResult {
  store: StoreCost | undefined;
  /** Absent when the store is not at hand. */
  audit: AuditResult | undefined;
  /** Why the audit broke off, when it did. */
  unaudited: string | undefined;
  /** Why the load has failed; empty when it passed. */
  failures: string[];
}

export interface Thresholds {
  /** Of the way from a request to its voucher, milliseconds. */
  maxP99Ms?: number | undefined;
  /** Negotiations a second. */
  minRate?: number | undefined;
}

/** From here on a thread takes part in the times that it measures. */
const TOO_BUSY = 0.85;

/** How busy the load's own threads were, and whether that casts doubt on the times. */
export function describeTester({ threadsBusy }: Pick<LoadResult, "threadsBusy">): string {
  const busiest = Math.max(0, ...threadsBusy);
  const share = `busiest thread ${(100 * busiest).toFixed(0)} % busy`;
  if (busiest < TOO_BUSY) return share;
  return `${share}: it is slow itself, so that the times are too long; use more --threads or machines`;
}

/** Each reason why the load has failed; none when it passed. */
export function judge(
  result: Pick<
    LoadResult,
    "latencies" | "negotiationsPerSecond" | "missing" | "uncompared" | "failed" | "errors" | "witnessed"
  > &
    Pick<LoadReport, "audit" | "unaudited">,
  { maxP99Ms, minRate }: Thresholds,
): string[] {
  const findings = result.audit?.findings ?? [];
  const failed = Object.values(result.failed).reduce((sum: number, count) => sum + (count ?? 0), 0);
  const p99 = result.latencies.request_to_issued?.p99;
  const rate = result.negotiationsPerSecond;
  return [
    result.witnessed === 0 && "no negotiation came to its end",
    failed > 0 && `${failed} negotiations failed (${describe(result.errors)})`,
    result.missing.length > 0 &&
      `events are missing in ${result.missing.length} issuances or vouchers, as in ${result.missing[0]}`,
    result.uncompared !== undefined && `the hub could not be asked what it has (${result.uncompared})`,
    findings.length > 0 &&
      `the book is not in balance: ${findings.length} findings, as in ${findings[0]?.subject}: ${findings[0]?.problem}`,
    result.unaudited !== undefined && `the book could not be audited (${result.unaudited})`,
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
