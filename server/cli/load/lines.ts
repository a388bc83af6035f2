/** What a load says in a terminal: how it goes, and what became of it. */
import type { Latencies } from "../../load/collector.ts";
import type { Progress } from "../../load/load.ts";
import { type Cost, describeFsyncs } from "../../load/probes.ts";
import { describeTester, type LoadReport } from "../../load/verdict.ts";
import { alignColumns } from "../align.ts";

const MEGABYTE = 1024 * 1024;

export function progressLine({ second, point, errors }: Progress): string {
  const { sessions, waiting, negotiationsPerSecond, p50, p99 } = point;
  const parts = [
    `${second.toFixed(0)} s`,
    `${sessions} negotiating`,
    waiting > 0 ? `${waiting} waiting` : "",
    `${negotiationsPerSecond.toFixed(0)} negotiations/s`,
    p50 === undefined ? "" : `commands p50 ${p50.toFixed(1)} ms, p99 ${p99?.toFixed(1)} ms`,
    counts(errors),
  ];
  return parts.filter(Boolean).join("   ");
}

export function summaryLines(report: LoadReport): string[] {
  const { seconds, negotiationsPerSecond, commandsPerSecond, reconnects } = report;
  const loop = report.rate === undefined ? `${report.sessions} sessions` : `${report.rate} arrivals/s`;
  return [
    "",
    `${loop} for ${seconds.toFixed(1)} s${report.stoppedEarly ? ", stopped early" : ""}; at full load ${negotiationsPerSecond.toFixed(1)} negotiations and ${commandsPerSecond.toFixed(1)} commands a second`,
    `scenarios  ${counts(report.finished)}`,
    ...line("failed", counts(report.failed)),
    ...Object.entries(report.errors).map(
      ([code, count]) => `errors     ${code} ${count}, as in: ${report.reasons[code]}`,
    ),
    ...line("refusals that were asked for", counts(report.refusals)),
    ...healed(report),
    ...line("reconnects", reconnects > 0 ? String(reconnects) : ""),
    "",
    ...latencyTable(report.latencies),
    "",
    ...costs(report),
    `tester     ${describeTester(report)}`,
    `events     ${report.witnessed} issuances and vouchers seen to their end by both sides, ${report.compared} of them held against the hub's, ${report.missing.length} with something missing`,
    auditLine(report),
    "",
  ];
}

function auditLine({ audit, unaudited }: LoadReport): string {
  if (unaudited !== undefined) return `audit      broke off: ${unaudited}`;
  if (!audit)
    return "audit      not done: the hub's store is not the one of these settings (REDIS_URL, DATA_DIR)";
  return `audit      ${audit.vouchers} vouchers and ${audit.freezes} freezes, ${audit.findings.length} findings`;
}

/** Terminals send again by themselves what may help, so that it shows in nothing but the time. */
function healed({ hub, refusals, errors }: LoadReport): string[] {
  const found = Object.entries(hub?.refused ?? {}).filter(
    ([code]) => refusals[code] === undefined && errors[code] === undefined,
  );
  const isLimited = found.some(([code]) => code === "rate_limited");
  // What a terminal would have to wait for longer than it may is no matter of its pace.
  const isProbing = refusals.rate_limited !== undefined || errors.rate_limited !== undefined;
  return [
    ...line(
      "",
      isProbing
        ? "the hub's PROBES_PER_PAIR lets pairs verify no more accounts without a voucher: raise it, or use more --sessions"
        : "",
    ),
    ...line("sent again", counts(Object.fromEntries(found))),
    ...line(
      "",
      isLimited
        ? "the hub's RATE_LIMIT, or PARTY_RATE, holds the terminals back: raise it, or use more --sessions"
        : "",
    ),
  ];
}

function latencyTable(latencies: LoadReport["latencies"]): string[] {
  const header = ["milliseconds", "count", "p50", "p90", "p99", "p99.9", "p99.99", "max"];
  const rows = Object.entries(latencies).map(([series, found]) => latencyRow(series, found));
  return alignColumns([header, ...rows], { right: [1, 2, 3, 4, 5, 6, 7] });
}

function latencyRow(series: string, found: Latencies): string[] {
  const { count, p50, p90, p99, max } = found;
  const times = [p50, p90, p99, found["p99.9"], found["p99.99"], max];
  return [series.replaceAll("_", " "), String(count), ...times.map((ms) => ms.toFixed(2))];
}

function costs({ hub, store }: LoadReport): string[] {
  const cost = (name: string, { cpuPercent, cpuMicrosPerNegotiation, memoryBytes }: Cost) =>
    `${name}${cpuPercent.toFixed(0)} % of a core, ${cpuMicrosPerNegotiation.toFixed(0)} µs a negotiation, ${(memoryBytes / MEGABYTE).toFixed(0)} MB`;
  return [
    hub
      ? `${cost("hub        ", hub)}, event loop p99 ${hub.eventLoopP99Ms.toFixed(1)} ms, max ${hub.eventLoopMaxMs.toFixed(1)} ms`
      : "hub        its metrics are not to be had",
    store ? cost("store      ", store) : "store      not known: it is not the one of these settings",
    ...line("disk", store ? describeFsyncs(store.fsyncs) : ""),
  ];
}

function counts(all: Record<string, number | undefined>): string {
  return Object.entries(all)
    .map(([name, count]) => `${name} ${count}`)
    .join(", ");
}

function line(name: string, text: string): string[] {
  return text === "" ? [] : [`${name.padEnd(10)} ${text}`];
}
