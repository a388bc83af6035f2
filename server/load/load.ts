/** Runs a load: real terminals in worker threads against a hub, and what became of it. */
import { availableParallelism, cpus } from "node:os";
import { now } from "./clock.ts";
import { Collector, curveOf, type Latencies, latenciesOf, type Point } from "./collector.ts";
import { fullLoadRates, type Rates } from "./full-load.ts";
import type { LoadPlan, Series } from "./messages.ts";
import type { ScenarioName } from "./mix.ts";
import { prepareSessions, type Sign } from "./prepare.ts";
import { type HubCost, hubCost, readHub } from "./probes.ts";
import { type LoadThreads, startThreads } from "./threads.ts";
import { compareWithHub } from "./verify.ts";

export interface LoadOptions extends LoadPlan {
  /** Pairs of an issuer's and a payer's terminal. */
  sessions: number;
  threads: number;
  sign: Sign;
  /** Is told now and then how it goes. */
  onProgress?: (progress: Progress) => void;
  /** Called when terminals connect, just before the load begins, and when it has ended. */
  onPhase?: (phase: "connecting" | "running" | "checking") => void | Promise<void>;
  /** Ends the load early; what was measured until then is reported. */
  signal?: AbortSignal;
}

export interface Progress {
  second: number;
  point: Point;
  errors: Record<string, number | undefined>;
}

/** What was asked for and what came of it, all that a reader needs to run it again. */
export interface LoadResult extends Omit<LoadPlan, "rate">, Rates {
  startedAt: string;
  machine: { processor: string; cores: number; node: string };
  /** From the start to the end of the last negotiation. */
  seconds: number;
  /** It was ended before its time, by hand. */
  stoppedEarly: boolean;
  sessions: number;
  threads: number;
  /** How much of the time each thread had work, from 0 to 1: near 1 it is the tester that is slow. */
  threadsBusy: number[];
  /** Arrivals a second of an open loop. */
  rate?: number;
  finished: { [S in ScenarioName]?: number };
  failed: { [S in ScenarioName]?: number };
  /** Milliseconds. */
  latencies: { [S in Series]?: Latencies };
  /** The percentile curve of the way from a request to its voucher. */
  curve: [percent: number, ms: number][];
  /** Why negotiations failed, by code, and what was said with the first of each code. */
  errors: Record<string, number | undefined>;
  reasons: Record<string, string>;
  /** Refusals that the scenarios ask for. */
  refusals: Record<string, number | undefined>;
  reconnects: number;
  timeline: Point[];
  hub: HubCost | undefined;
  /** Issuances and vouchers of which a terminal missed an event, or of which the hub tells otherwise. */
  missing: string[];
  /** Why the hub could not be asked what it has, when it could not. */
  uncompared: string | undefined;
  /** How many issuances and vouchers both sides saw to their end, and how many of them were held against the hub's. */
  witnessed: number;
  compared: number;
  /** One that has ended, to know its book by. */
  example: string | undefined;
}

/** All threads begin together, this long after the last one was ready, milliseconds. */
const HEAD_START_MS = 200;

/** @throws Error when the hub can't be reached, does not trust the tokens, a thread fails, or it was stopped before it began. */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const { url, sessions, rampMs, durationMs, thinkMs, timeoutMs, rate, mix, sign, signal } = options;
  await options.onPhase?.("connecting");
  const setups = await prepareSessions({ url, sessions, lengthMs: rampMs + durationMs, sign, signal });
  const collector = new Collector({ threads: options.threads });
  const threads = startThreads({
    threads: options.threads,
    plan: { url, rate, rampMs, durationMs, thinkMs, timeoutMs, mix },
    sessions: setups,
    onInterval: (interval) => collector.take(interval),
  });
  try {
    await Promise.race([threads.ready, whenStopped(signal)]);
    await options.onPhase?.("running");
    if (signal?.aborted) throw stoppedTooSoon();
    return await measure(options, { threads, collector });
  } finally {
    await threads.end();
  }
}

async function measure(
  options: LoadOptions,
  { threads, collector }: { threads: LoadThreads; collector: Collector },
): Promise<LoadResult> {
  const { url, rampMs, durationMs, signal } = options;
  const before = await readHub(url);
  const startAt = now() + HEAD_START_MS;
  const startedAt = new Date().toISOString();
  let endMs = rampMs + durationMs;
  const stop = () => {
    endMs = Math.min(endMs, now() - startAt);
    threads.stop();
  };
  const watch = watchProgress(options, collector, startAt);
  threads.start(startAt);
  signal?.addEventListener("abort", stop);
  let threadsBusy: number[];
  try {
    threadsBusy = await threads.done;
  } finally {
    signal?.removeEventListener("abort", stop);
    clearInterval(watch);
  }
  const seconds = (now() - startAt) / 1000;
  const after = await readHub(url);
  await options.onPhase?.("checking");
  const spent = { seconds, negotiations: collector.negotiations };
  return {
    ...asked(options),
    startedAt,
    seconds,
    threadsBusy,
    stoppedEarly: endMs < rampMs + durationMs,
    ...summarise(collector, { rampMs, endMs, seconds }),
    hub: before && after ? hubCost(before, after, spent) : undefined,
    ...(await check(options, collector)),
  };
}

function asked({ url, sessions, threads, rate, rampMs, durationMs, thinkMs, timeoutMs, mix }: LoadOptions) {
  const processor = cpus()[0]?.model.trim() ?? "";
  const machine = { processor, cores: availableParallelism(), node: process.version };
  const shape = { sessions, threads, rampMs, durationMs, thinkMs, timeoutMs, mix };
  return { url, machine, ...shape, ...(rate !== undefined && { rate }) };
}

function summarise(collector: Collector, full: { rampMs: number; endMs: number; seconds: number }) {
  const timeline = collector.finish();
  const { finished, failed, errors, reasons, refusals, reconnects } = collector;
  const latencies: LoadResult["latencies"] = {};
  for (const series of collector.series) latencies[series] = latenciesOf(collector.histogram(series));
  return {
    ...fullLoadRates(timeline, full),
    ...{ finished, failed, errors, reasons, refusals, reconnects },
    latencies,
    curve: curveOf(collector.histogram("request_to_issued")),
    timeline,
  };
}

/** Whether anything was lost on the way: by what the terminals saw, and by what the hub has. */
async function check({ url, sign }: LoadOptions, { witnessed, witnessedCount, disorders }: Collector) {
  const compared = await compareWithHub({ url, sign, witnessed }).catch((error: Error) => error);
  const isCompared = !(compared instanceof Error);
  const example = witnessed.findLast(({ state }) => state === "issued") ?? witnessed.at(-1);
  return {
    missing: isCompared ? [...disorders, ...compared] : disorders,
    uncompared: isCompared ? undefined : compared.message,
    witnessed: witnessedCount,
    compared: isCompared ? witnessed.length : 0,
    example: example?.issuanceId,
  };
}

/** Rejects when the load is stopped before it began; there is nothing to report then. */
function whenStopped(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const stopped = () => reject(stoppedTooSoon());
    if (signal?.aborted) stopped();
    else signal?.addEventListener("abort", stopped, { once: true });
  });
}

function stoppedTooSoon(): Error {
  return new Error("stopped before the load began");
}

function watchProgress({ onProgress }: LoadOptions, collector: Collector, startAt: number): NodeJS.Timeout {
  return setInterval(() => {
    const point = collector.latest;
    if (point) onProgress?.({ second: (now() - startAt) / 1000, point, errors: collector.errors });
  }, 1000);
}
