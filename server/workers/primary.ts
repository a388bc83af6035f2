/**
 * Several hub processes on one machine, behind one port (node:cluster). Terminals connect over WebSocket
 * alone, so that any worker may get any connection; one that dies is started again.
 */
import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import type { Logger } from "../log.ts";
import { AllMetrics } from "./all-metrics.ts";
import type { ToPrimary, ToWorker } from "./messages.ts";

export interface WorkersOptions {
  count: number;
  /** What the workers' environment has besides this process's own. */
  environment: Record<string, string>;
  log: Logger;
}

export interface Workers {
  /** Where they listen. */
  readonly url: string;
  /** Lets each finish its work, and waits until all have gone. */
  stop(): Promise<void>;
}

/** Between the starts of a worker that could not serve, milliseconds: doubled each time. */
const RESTART_MS = { first: 1000, longest: 30_000 };

/**
 * Starts the workers and resolves when all of them serve. From then on each that ends is started again.
 *
 * @throws Error what one of them could not start for, with what the system said of it.
 */
export async function startWorkers({ count, environment, log }: WorkersOptions): Promise<Workers> {
  const metrics = new AllMetrics();
  let stopping = false;
  const start = (): Promise<string> => {
    const worker = cluster.fork({ ...environment, TALLYSTICK_WORKER: "1" });
    worker.on("message", (message: ToPrimary) => {
      if (message.kind === "own_metrics") metrics.told(worker, message);
      if (message.kind === "get_all_metrics") void answerMetrics(metrics, worker, message.id);
    });
    const ready = whenReady(worker).then((url) => {
      metrics.add(worker);
      worker.once("exit", (code, signal) => {
        metrics.retire(worker);
        if (stopping) return;
        log.warn({ worker: worker.process.pid, code, signal }, "a worker has died and is started again");
        void startAgain();
      });
      return url;
    });
    return ready;
  };
  const startAgain = async (waitMs = RESTART_MS.first) => {
    await start().catch((error: Error) => {
      if (stopping) return;
      log.error({ reason: error.message, retryInMs: waitMs }, "a worker could not be started again");
      setTimeout(() => !stopping && startAgain(Math.min(2 * waitMs, RESTART_MS.longest)), waitMs);
    });
  };
  const stop = async () => {
    stopping = true;
    const living = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
    await Promise.all(
      living.map(async (worker) => {
        // A worker stays listed until its channel is closed, too.
        if (worker.isDead()) return;
        const gone = once(worker, "exit");
        worker.process.kill("SIGTERM");
        await gone;
      }),
    );
  };
  try {
    const urls = await Promise.all(Array.from({ length: count }, start));
    return { url: urls[0] as string, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Where a new worker listens, once it does. */
function whenReady(worker: Worker): Promise<string> {
  return new Promise((resolve, reject) => {
    worker.on("message", (message: ToPrimary) => {
      if (message.kind === "ready") resolve(message.url);
      if (message.kind === "failed") reject(Object.assign(new Error(message.message), message.system));
    });
    worker.once("exit", (code, signal) => {
      reject(new Error(`a worker ended with ${code ?? signal} before it could serve`));
    });
  });
}

/** Tells the worker that was asked for them the metrics of all. */
async function answerMetrics(metrics: AllMetrics, worker: Worker, id: number): Promise<void> {
  const answer: ToWorker = { kind: "all_metrics", id, text: await metrics.collect() };
  if (worker.isConnected()) worker.send(answer);
}
