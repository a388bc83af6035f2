/** The report of a load as one page that needs nothing else: throughput and latency over time, and the curve. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Chart, lineChart } from "./chart.ts";
import { type Cost, describeFsyncs } from "./probes.ts";
import { describeTester, type LoadReport } from "./verdict.ts";

/** The look is the pages': its tokens, seen from the source or from what is built of it, and the report's own rules. */
const STYLES = [["../web/look/tokens.css", "./assets/tokens.css"], ["./assets/report.css"]];

function style(): string {
  return STYLES.map((places) => {
    const paths = places.map((place) => fileURLToPath(new URL(place, import.meta.url)));
    return readFileSync(paths.find((path) => existsSync(path)) as string, "utf8");
  }).join("\n");
}

const WHOLE = `<svg class="mark" viewBox="0 0 28 16" aria-hidden="true"><path d="M0 1h5l2 3 2-3h3l2 3 2-3h12v6H0z"/><path d="M0 15h5l2-3 2 3h3l2-3 2 3h12V9H0z"/></svg>`;
const MISMATCH = `<svg class="mark" viewBox="0 0 28 16" aria-hidden="true"><path d="M0 1h5l2 3 2-3h3l2 3 2-3h12v6H0z"/><path d="M0 15h13l2-3 2 3h2l2-3 2 3h5V9H0z"/></svg>`;

export function renderHtml(report: LoadReport): string {
  const { timeline, curve } = report;
  const over = (pick: (point: LoadReport["timeline"][number]) => number | undefined) =>
    timeline.map((point): [number, number | undefined] => [point.second, pick(point)]);
  // Of these the rates are taken.
  const full: [number, number] = [report.rampMs / 1000, (report.rampMs + report.durationMs) / 1000];
  const charts: Chart[] = [
    {
      title: "Throughput a second",
      x: "seconds",
      shaded: full,
      lines: [
        { name: "negotiations", points: over((point) => point.negotiationsPerSecond) },
        { name: "commands", points: over((point) => point.commandsPerSecond) },
      ],
    },
    {
      title: "Latency of commands, ms",
      x: "seconds",
      shaded: full,
      lines: [
        { name: "p50", points: over((point) => point.p50) },
        { name: "p99", points: over((point) => point.p99) },
      ],
    },
    {
      title: "Sessions",
      x: "seconds",
      shaded: full,
      lines: [
        { name: "negotiating", points: over((point) => point.sessions) },
        ...(report.rate === undefined ? [] : [{ name: "waiting", points: over((point) => point.waiting) }]),
      ],
    },
    {
      title: "Request to voucher, ms",
      x: "percentile",
      // Each further nine takes the same room, as in an HDR plot.
      place: (percent) => -Math.log10(1 - Math.min(percent, 99.9999) / 100),
      ticks: [0, 90, 99, 99.9, 99.99].filter((tick) => tick <= (curve.at(-2)?.[0] ?? 0)),
      lines: [{ name: "request to voucher", points: curve.filter(([percent]) => percent < 100) }],
    },
  ];
  return page(report, charts.map(lineChart).join("\n"));
}

function page(report: LoadReport, charts: string): string {
  const figures: [string, string][] = [
    [report.negotiationsPerSecond.toFixed(0), "negotiations a second, at full load"],
    [report.commandsPerSecond.toFixed(0), "commands a second, at full load"],
    [`${report.latencies.request_to_issued?.p50.toFixed(1) ?? "–"} ms`, "request to voucher, p50"],
    [`${report.latencies.request_to_issued?.p99.toFixed(1) ?? "–"} ms`, "request to voucher, p99"],
    [`${report.latencies.honoured_to_paid?.p99.toFixed(1) ?? "–"} ms`, "drawing honoured to paid, p99"],
    [String(report.missing.length), "issuances and vouchers with a missing event"],
    [report.audit ? String(report.audit.findings.length) : "–", "findings of the audit"],
  ];
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tallystick under load</title>
<style>${style()}</style>
<main>
<header>
<p class="brand">${WHOLE}Tallystick</p>
<h1>Under load</h1>
<p class="shape">${shapeOf(report)}</p>
${verdict(report.failures)}
</header>
<dl class="figures">${figures.map(([value, name]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join("")}</dl>
<section class="charts" aria-label="Over time">
${charts}
</section>
${latencies(report)}
${details(report)}
</main>
</html>
`;
}

function verdict(failures: readonly string[]): string {
  if (failures.length === 0) return `<div class="verdict"><p>${WHOLE}Passed</p></div>`;
  const lines = failures.map(
    (failure) => `<li class="failed">${MISMATCH}<span>${escaped(failure)}</span></li>`,
  );
  return `<div class="verdict"><ul>${lines.join("")}</ul></div>`;
}

/** Against what, with what and when. */
function shapeOf(report: LoadReport): string {
  const { rate, sessions, threads, thinkMs, machine } = report;
  const parts = [
    escaped(report.url),
    `${rate === undefined ? "" : `${rate} arrivals a second to `}${sessions} sessions in ${threads} ${threads === 1 ? "thread" : "threads"}`,
    `${report.seconds.toFixed(1)} s${report.stoppedEarly ? ", stopped early" : ""}, full load shaded`,
    thinkMs > 0 ? `${thinkMs} ms to think` : "",
    escaped(`from ${machine.cores} × ${machine.processor}, Node ${machine.node}`),
    escaped(report.startedAt),
  ];
  return parts.filter(Boolean).join(" · ");
}

function latencies(report: LoadReport): string {
  const columns = ["p50", "p90", "p99", "p99.9", "p99.99", "max"] as const;
  const rows = Object.entries(report.latencies).map(
    ([series, found]) =>
      `<tr><th scope="row">${series.replaceAll("_", " ")}<td>${found.count}${columns.map((column) => `<td>${found[column].toFixed(2)}`).join("")}`,
  );
  return `<section class="table" tabindex="0" aria-label="Milliseconds"><table><caption>Milliseconds</caption><thead><tr><td><th scope="col">count${columns.map((column) => `<th scope="col">${column}`).join("")}</thead><tbody>${rows.join("")}</tbody></table></section>`;
}

function details(report: LoadReport): string {
  const { hub, store } = report;
  const cost = ({ cpuPercent, cpuMicrosPerNegotiation, memoryBytes }: Cost) =>
    `${cpuPercent.toFixed(0)} % of a core, ${cpuMicrosPerNegotiation.toFixed(0)} µs a negotiation, ${(memoryBytes / 1024 / 1024).toFixed(0)} MB`;
  const counts = (all: Record<string, number | undefined>) =>
    Object.entries(all)
      .map(([name, count]) => `${escaped(name)} ${count}`)
      .join(", ") || "none";
  const rows: [string, string][] = [
    [
      "hub",
      hub
        ? `${cost(hub)}, event loop p99 ${hub.eventLoopP99Ms.toFixed(1)} ms, max ${hub.eventLoopMaxMs.toFixed(1)} ms`
        : "not known",
    ],
    ["store", store ? cost(store) : "not known"],
    ...(store ? [["disk", describeFsyncs(store.fsyncs)] satisfies [string, string]] : []),
    ["tester", describeTester(report)],
    ["scenarios", counts(report.finished)],
    ["failed", counts(report.failed)],
    ...Object.entries(report.errors).map(([code, count]): [string, string] => [
      "error",
      `${escaped(code)} ${count}, as in: ${escaped(report.reasons[code] ?? "")}`,
    ]),
    ["answered by the hub with", counts(hub?.refused ?? {})],
    ["refusals that were asked for", counts(report.refusals)],
    ["reconnects", String(report.reconnects)],
    [
      "seen to their end by both sides",
      `${report.witnessed} issuances and vouchers, ${report.compared} of them held against the hub's, ${report.missing.length} with something missing`,
    ],
    ["audit", auditOf(report)],
  ];
  return `<section class="table words" aria-label="What happened"><table><caption>What happened</caption><tbody>${rows.map(([name, value]) => `<tr><th scope="row">${name}<td>${value}`).join("")}</tbody></table></section>`;
}

function auditOf({ audit, unaudited }: LoadReport): string {
  if (unaudited !== undefined) return `broke off: ${escaped(unaudited)}`;
  if (!audit) return "not done: the hub's store was not at hand";
  const { vouchers, freezes, findings } = audit;
  const found = findings.map(({ subject, problem }) => `<br>${escaped(subject)}: ${escaped(problem)}`);
  return `${vouchers} vouchers and ${freezes} freezes, ${findings.length} findings${found.join("")}`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
