/** Runs a load: real terminals in worker threads against a hub, and what became of it. */
import { Worker } from "node:worker_threads";
import { now } from "./clock.ts";
import { Collector, curveOf, type Latencies, latenciesOf, type Point } from "./collector.ts";
import type { FromThread, LoadPlan, Series, SessionSetup, ThreadSetup, ToThread } from "./messages.ts";
import { prepareSessions, type Sign } from "./prepare.ts";
import { type HubCost, hubCost, readHub } from "./probes.ts";
import type { ScenarioName } from "./scenarios.ts";
import { compareWithHub } from "./verify.ts";

export interface LoadOptions extends LoadPlan {
  /** Pairs of an issuer's and a payer's terminal. */
  sessions: number;
  threads: number;
  sign: Sign;
  /** Is told now and then how it goes. */
  onProgress?: (progress: Progress) => void;
  /** Called just before the load begins, and when it has ended. */
  onPhase?: (phase: "connecting" | "running" | "checking") => void | Promise<void>;
  /** Ends the load early; what was measured until then is reported. */
  signal?: AbortSignal;
}

export interface Progress {
  second: number;
  point: Point;
  errors: Record<string, number | undefined>;
}

export interface LoadResult {
  url: string;
  startedAt: string;
  seconds: number;
  sessions: number;
  threads: number;
  /** Arrivals a second of an open loop. */
  rate?: number;
  finished: { [S in ScenarioName]?: number };
  failed: { [S in ScenarioName]?: number };
  negotiationsPerSecond: number;
  commandsPerSecond: number;
  /** Milliseconds. */
  latencies: { [S in Series]?: Latencies };
  /** The percentile curve of the way from a request to its voucher. */
  curve: [percent: number, ms: number][];
  errors: Record<string, number | undefined>;
  /** Refusals that the scenarios ask for. */
  refusals: Record<string, number | undefined>;
  reconnects: number;
  timeline: Point[];
  hub: HubCost | undefined;
  /** Issuances of which a terminal missed an event, or of which the hub tells otherwise. */
  missing: string[];
  /** How many issuances both sides saw to their end. */
  witnessed: number;
  /** One that ended with a voucher, to know its book by. */
  example: string | undefined;
}

/** All threads begin together, this long after the last one was ready, milliseconds. */
const HEAD_START_MS = 200;

/** @throws Error when the hub can't be reached, does not trust the tokens, or a thread fails. */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const { url, sessions, rampMs, durationMs, sign } = options;
  await options.onPhase?.("connecting");
  const setups = await prepareSessions({ url, sessions, lengthMs: rampMs + durationMs, sign });
  const collector = new Collector();
  const threads = startThreads(options, setups, collector);
  try {
    await threads.ready;
    await options.onPhase?.("running");
    const before = await readHub(url);
    const startAt = now() + HEAD_START_MS;
    const startedAt = new Date().toISOString();
    const watch = watchProgress(options, collector, startAt);
    threads.start(startAt);
    options.signal?.addEventListener("abort", threads.stop);
    await threads.done;
    clearInterval(watch);
    const seconds = (now() - startAt) / 1000;
    const after = await readHub(url);
    await options.onPhase?.("checking");
    const spent = { seconds, negotiations: collector.negotiations };
    const hub = before && after ? hubCost(before, after, spent) : undefined;
    return { startedAt, ...(await summarise(options, collector, seconds)), hub };
  } finally {
    options.signal?.removeEventListener("abort", threads.stop);
    await threads.end();
  }
}

async function summarise(
  options: LoadOptions,
  collector: Collector,
  seconds: number,
): Promise<Omit<LoadResult, "hub" | "startedAt">> {
  const { url, sessions, threads, rate, sign } = options;
  const timeline = collector.finish();
  const { witnessed } = collector;
  const told = witnessed.flatMap(({ issuanceId, disorder }) =>
    disorder ? [`${issuanceId}: ${disorder}`] : [],
  );
  return {
    url,
    seconds,
    sessions,
    threads,
    ...(rate !== undefined && { rate }),
    finished: collector.finished,
    failed: collector.failed,
    negotiationsPerSecond: collector.negotiations / seconds,
    commandsPerSecond: collector.commands / seconds,
    latencies: Object.fromEntries(
      collector.series.map((series) => [series, latenciesOf(collector.histogram(series))]),
    ),
    curve: curveOf(collector.histogram("request_to_issued")),
    errors: collector.errors,
    refusals: collector.refusals,
    reconnects: collector.reconnects,
    timeline,
    missing: [...told, ...(await compareWithHub({ url, sign, witnessed }))],
    witnessed: witnessed.length,
    example: witnessed.findLast(({ state }) => state === "issued")?.issuanceId,
  };
}

function startThreads(options: LoadOptions, setups: SessionSetup[], collector: Collector) {
  const { url, rate, rampMs, durationMs, thinkMs, timeoutMs, mix, threads } = options;
  const plan: LoadPlan = { url, rate, rampMs, durationMs, thinkMs, timeoutMs, mix };
  const workers = Array.from({ length: threads }, (_, thread) => {
    const sessions = setups.filter((_setup, index) => index % threads === thread);
    const workerData: ThreadSetup = { plan, sessions, thread, threads };
    return new Worker(threadFile(), { workerData });
  });
  const all = (kind: "ready" | "done") =>
    Promise.all(
      workers.map(
        (worker) =>
          new Promise<void>((resolve, reject) => {
            worker.once("error", reject);
            worker.once("exit", () => reject(new Error("a thread of the load has ended too soon")));
            worker.on("message", (message: FromThread) => {
              if (message.kind === kind) resolve();
              if (message.kind === "failed") reject(new Error(message.message));
            });
          }),
      ),
    );
  for (const worker of workers) {
    worker.on("message", (message: FromThread) => {
      if (message.kind === "interval") collector.take(message.interval);
    });
  }
  const tell = (message: ToThread) => {
    for (const worker of workers) worker.postMessage(message);
  };
  const done = all("done");
  // It is looked at when the threads are ready; what goes wrong before is told by that.
  done.catch(() => undefined);
  return {
    ready: all("ready"),
    done,
    start: (at: number) => tell({ kind: "start", at }),
    stop: () => tell({ kind: "stop" }),
    end: () => Promise.all(workers.map((worker) => worker.terminate())),
  };
}

function threadFile(): URL {
  const isSource = import.meta.url.endsWith(".ts");
  return new URL(isSource ? "./thread-from-source.mjs" : "./thread.js", import.meta.url);
}

function watchProgress({ onProgress }: LoadOptions, collector: Collector, startAt: number): NodeJS.Timeout {
  return setInterval(() => {
    const point = collector.latest;
    if (point) onProgress?.({ second: (now() - startAt) / 1000, point, errors: collector.errors });
  }, 1000);
}
