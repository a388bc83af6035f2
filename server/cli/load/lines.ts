/** What a load says in a terminal: how it goes, and what became of it. */
import type { Latencies } from "../../load/collector.ts";
import type { Progress } from "../../load/load.ts";
import type { LoadReport } from "../../load/verdict.ts";
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
    `${loop} for ${seconds.toFixed(1)} s: ${negotiationsPerSecond.toFixed(1)} negotiations and ${commandsPerSecond.toFixed(1)} commands a second`,
    `scenarios  ${counts(report.finished)}`,
    ...line("failed", counts(report.failed)),
    ...line("errors", counts(report.errors)),
    ...line("refusals that were asked for", counts(report.refusals)),
    ...line("reconnects", reconnects > 0 ? String(reconnects) : ""),
    "",
    ...latencyTable(report.latencies),
    "",
    ...costs(report),
    `events     ${report.witnessed} issuances seen to their end by both sides, ${report.missing.length} with something missing`,
    report.audit
      ? `audit      ${report.audit.vouchers} vouchers and ${report.audit.freezes} freezes, ${report.audit.findings.length} findings`
      : "audit      not done: the hub's store is not the one of these settings (REDIS_URL, DATA_DIR)",
    "",
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
  const cost = (
    name: string,
    { cpuPercent, cpuMicrosPerNegotiation, memoryBytes }: NonNullable<typeof store>,
  ) =>
    `${name}${cpuPercent.toFixed(0)} % of a core, ${cpuMicrosPerNegotiation.toFixed(0)} µs a negotiation, ${(memoryBytes / MEGABYTE).toFixed(0)} MB`;
  return [
    hub
      ? `${cost("hub        ", hub)}, event loop p99 ${hub.eventLoopP99Ms.toFixed(1)} ms`
      : "hub        its metrics are not to be had",
    store ? cost("store      ", store) : "store      not known: it is not the one of these settings",
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
