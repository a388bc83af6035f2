/** `tallystick load`: simulates sessions against a hub, and tells how it bore them. */
import { appendFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { type Command, InvalidArgumentError, Option } from "commander";
import colors from "picocolors";
import { audit } from "../audit/audit.ts";
import { readSettings } from "../config.ts";
import { issuanceKeys } from "../ledger/keys.ts";
import { type LoadResult, type Progress, runLoad } from "../load/load.ts";
import { DEFAULT_MIX, type Mix, readMix } from "../load/mix.ts";
import { renderHtml } from "../load/page.ts";
import { readStore, type Spent, type StoreReading, storeCost } from "../load/probes.ts";
import { judge, type LoadReport } from "../load/verdict.ts";
import { type OpenedLedger, openLedger } from "../open-ledger.ts";
import { readDuration } from "./duration.ts";
import { findHub } from "./find-hub.ts";
import { progressLine, summaryLines } from "./load/lines.ts";
import { parsedBy } from "./parsed-by.ts";
import { signToken } from "./token.ts";
import { defaultUrl } from "./welcome.ts";

interface Options {
  sessions: number;
  rate?: number;
  rampUp: number;
  duration: number;
  think: number;
  timeout: number;
  threads: number;
  mix: Mix;
  json?: string;
  html?: string;
  maxP99?: number;
  minRate?: number;
}

/** Adds the command to the program. */
export function addLoadCommand(program: Command): void {
  program
    .command("load [url]")
    .description("simulate thousands of sessions against a hub, and check that nothing was lost")
    .addOption(counted("--sessions <n>", "pairs of terminals that negotiate at once", 100))
    .addOption(
      new Option(
        "--rate <n>",
        "begin so many negotiations a second, whether or not those before have ended",
      ).argParser(readNumber),
    )
    .addOption(timed("--ramp-up <time>", "grow to the full load over this long", "2s"))
    .addOption(timed("--duration <time>", "how long the full load lasts", "20s"))
    .addOption(timed("--think <time>", "what a person takes before each command, on average", "0s"))
    .addOption(
      timed("--timeout <time>", "a negotiation has failed when one of its steps takes longer", "60s"),
    )
    .addOption(counted("--threads <n>", "worker threads", Math.max(1, availableParallelism() - 1)))
    .addOption(
      new Option("--mix <shares>", "scenarios and their shares, as in straight=80,drop=20")
        .default(DEFAULT_MIX, "all of them")
        .argParser(parsedBy(readMix)),
    )
    .option("--json <file>", "write all that was measured")
    .option("--html <file>", "write a page with charts")
    .addOption(timed("--max-p99 <time>", "fail when request to voucher takes longer at p99"))
    .addOption(
      new Option("--min-rate <n>", "fail below so many negotiations a second, at full load").argParser(
        readNumber,
      ),
    )
    .action((url: string | undefined, options: Options) => load(url ?? defaultUrl(process.env), options));
}

async function load(url: string, options: Options): Promise<void> {
  await findHub(url);
  // That a file can't be written is better known before a long run than after it.
  for (const file of [options.json, options.html]) if (file !== undefined) appendFileSync(file, "");
  const stop = new AbortController();
  const interrupt = () => {
    clearProgress();
    say("Stopping: what has begun comes to its end. Ctrl-C again ends at once, without a report.");
    stop.abort();
  };
  process.once("SIGINT", interrupt);
  const book = await openBook();
  const readings: Readings = {};
  try {
    const result = await runLoad({
      url: url.replace(/\/$/, ""),
      sessions: options.sessions,
      rate: options.rate,
      rampMs: options.rampUp,
      durationMs: options.duration,
      thinkMs: options.think,
      timeoutMs: options.timeout,
      threads: Math.min(options.threads, options.sessions),
      mix: options.mix,
      sign: signToken,
      signal: stop.signal,
      onPhase: async (phase) => {
        if (phase === "connecting") say(`Connecting ${2 * options.sessions} terminals to ${url}`);
        const readNow = () => book && readStore(book.store).catch(unknown);
        if (phase === "running") readings.before = await readNow();
        // What is checked afterwards costs the store more than the load did.
        if (phase === "checking") readings.after = await readNow();
      },
      onProgress: showProgress,
    });
    clearProgress();
    const report = await reportOn(result, { book, readings });
    report.failures = judge(report, { maxP99Ms: options.maxP99, minRate: options.minRate });
    publish(report, options);
  } finally {
    process.off("SIGINT", interrupt);
    await book?.close();
  }
}

/** What the store said of itself before and after the load. */
interface Readings {
  before?: StoreReading | undefined;
  after?: StoreReading | undefined;
}

/** Adds to a result what only the store can tell, when this book is the hub's. */
async function reportOn(
  result: LoadResult,
  { book, readings }: { book: OpenedLedger | undefined; readings: Readings },
): Promise<LoadReport> {
  const { before, after } = readings;
  const isTheirs = await holds(book, result.example).catch(unknown);
  const audited = book && isTheirs ? await audit(book).catch((error: Error) => error) : undefined;
  const isAudited = !(audited instanceof Error);
  return {
    ...result,
    store: isTheirs && before && after ? storeCost(before, after, spentOn(result)) : undefined,
    audit: isAudited ? audited : undefined,
    unaudited: isAudited ? undefined : audited.message,
    failures: [],
  };
}

/** Prints a report and writes its files; exit status 1 when the load has failed. */
function publish(report: LoadReport, { json, html }: Pick<Options, "json" | "html">): void {
  for (const line of summaryLines(report)) console.log(line);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
  if (html !== undefined) writeFileSync(html, renderHtml(report));
  for (const failure of report.failures) console.log(`${colors.red("✘")} ${failure}`);
  if (report.failures.length === 0) console.log(`${colors.green("✔")} Passed.`);
  else process.exitCode = 1;
}

/** How often there is a line where nobody watches. */
const PLAIN_SECONDS = 5;

/** The book of these settings, when it is at hand; it may be another than the hub's. */
async function openBook() {
  return openLedger(readSettings(process.env), () => undefined, { onlyRunning: true }).catch(() => undefined);
}

/** Whether an issuance of the load is in this book, so that the book is the hub's. */
async function holds(book: OpenedLedger | undefined, issuanceId: string | undefined): Promise<boolean> {
  if (!book || issuanceId === undefined) return false;
  return (await book.store.exists(issuanceKeys(issuanceId)[0])) === 1;
}

function spentOn({ seconds, finished }: LoadResult): Spent {
  const negotiations = Object.values(finished).reduce((sum: number, count) => sum + (count ?? 0), 0);
  return { seconds, negotiations };
}

function unknown(): undefined {
  return undefined;
}

/** On a terminal one line that changes; otherwise a line now and then. */
function showProgress(progress: Progress): void {
  const line = progressLine(progress);
  // A line that wraps could not be cleared.
  if (process.stderr.isTTY)
    process.stderr.write(`\r\x1b[2K${line.slice(0, (process.stderr.columns || 80) - 1)}`);
  else if (Math.round(progress.second) % PLAIN_SECONDS === 0) say(line);
}

function clearProgress(): void {
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[2K");
}

function say(line: string): void {
  console.error(line);
}

function readNumber(text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text) || Number(text) === 0) throw new InvalidArgumentError("a number above 0");
  return Number(text);
}

function counted(flags: string, description: string, fallback: number): Option {
  const read = (text: string) => {
    if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError("a whole number above 0");
    return Number(text);
  };
  return new Option(flags, description).default(fallback).argParser(read);
}

function timed(flags: string, description: string, fallback?: string): Option {
  const option = new Option(flags, description).argParser(parsedBy(readDuration));
  return fallback === undefined ? option : option.default(readDuration(fallback), fallback);
}
