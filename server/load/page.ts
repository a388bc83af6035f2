/** The report of a load as one page that needs nothing else: throughput and latency over time, and the curve. */
import { type Chart, lineChart } from "./chart.ts";
import { describeTester, type LoadReport } from "./verdict.ts";

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
  const { failures } = report;
  const passed = failures.length === 0;
  const tiles: [string, string][] = [
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
<style>${STYLE}</style>
<main>
<header>
<h1>Tallystick under load</h1>
<p>${shapeOf(report)}</p>
<p class="${passed ? "passed" : "failed"}">${passed ? "✔ Passed" : failures.map((failure) => `✘ ${escaped(failure)}`).join("<br>")}</p>
</header>
<section class="tiles">${tiles.map(([value, name]) => `<div><b>${value}</b><span>${name}</span></div>`).join("")}</section>
<section class="charts">
${charts}
</section>
${latencies(report)}
${details(report)}
</main>
</html>
`;
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
      `<tr><th>${series.replaceAll("_", " ")}<td>${found.count}${columns.map((column) => `<td>${found[column].toFixed(2)}`).join("")}`,
  );
  return `<section class="table"><h2>Milliseconds</h2><table><thead><tr><th><th>count${columns.map((column) => `<th>${column}`).join("")}</thead><tbody>${rows.join("")}</tbody></table></section>`;
}

function details(report: LoadReport): string {
  const { hub, store } = report;
  const cost = ({ cpuPercent, cpuMicrosPerNegotiation, memoryBytes }: NonNullable<typeof store>) =>
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
  return `<section class="table words"><h2>What happened</h2><table><tbody>${rows.map(([name, value]) => `<tr><th>${name}<td>${value}`).join("")}</tbody></table></section>`;
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

const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #667; --line: #d8dde3; --paper: #fff; --card: #f6f8fa; --a: #0b6bcb; --b: #c2410c; --good: #15803d; --bad: #b91c1c; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ed; --soft: #98a2ad; --line: #30363d; --paper: #0d1117; --card: #161b22; --a: #58a6ff; --b: #f0883e; --good: #3fb950; --bad: #f85149; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums; }
main { max-width: 72rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.05rem; margin: 0 0 .5rem; }
header p { margin: .25rem 0; color: var(--soft); overflow-wrap: anywhere; }
header .passed { color: var(--good); font-weight: 600; } header .failed { color: var(--bad); font-weight: 600; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr)); gap: .75rem; margin: 1.25rem 0; }
.tiles div { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; }
.tiles b { display: block; font-size: 1.5rem; } .tiles span { color: var(--soft); font-size: .85rem; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1rem; }
figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; }
figcaption { display: flex; flex-wrap: wrap; gap: .25rem 1rem; font-weight: 600; } figcaption span { font-weight: 400; color: var(--soft); }
figcaption i { display: inline-block; width: .9rem; height: .2rem; margin-right: .35rem; vertical-align: middle; }
svg { display: block; width: 100%; height: auto; margin-top: .5rem; }
svg text { fill: var(--soft); font-size: 11px; } svg .grid { stroke: var(--line); } svg .shade { fill: var(--ink); opacity: .04; } svg path { fill: none; stroke-width: 1.75; stroke-linejoin: round; }
.a { stroke: var(--a); } .b { stroke: var(--b); } i.a { background: var(--a); } i.b { background: var(--b); }
.table { margin-top: 1.5rem; overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
tbody th, thead th:first-child { text-align: left; font-weight: 500; } .words th, .words td { text-align: left; white-space: normal; vertical-align: top; overflow-wrap: anywhere; } .words th { width: 14rem; }
@media (max-width: 40rem) { svg text { font-size: 16px; } .words th { width: 7rem; } .tiles { grid-template-columns: 1fr 1fr; } }
`;
