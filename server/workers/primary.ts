/**
 * Several hub processes on one machine, behind one port (node:cluster). Terminals connect over WebSocket
 * alone, so that any worker may get any connection; one that dies is started again.
 */
import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import { AggregatorRegistry, type PrometheusContentType } from "prom-client";
import type { Logger } from "../log.ts";
import { isMetricsQuestion, type MetricsAnswer, type WorkerReady } from "./messages.ts";

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

/** A worker that dies before this is not started again at once, milliseconds. */
const SHORT_LIFE_MS = 1000;

/**
 * Starts the workers and resolves when all of them serve.
 *
 * @throws Error when one of them ends before it does; it has said why on its standard error.
 */
export async function startWorkers(options: WorkersOptions): Promise<Workers> {
  const { count, environment, log } = options;
  const aggregator = new AggregatorRegistry<PrometheusContentType>();
  let stopping = false;
  const fork = (): Worker => {
    const born = Date.now();
    const worker = cluster.fork({ ...environment, TALLYSTICK_WORKER: "1" });
    worker.on("message", (message: unknown) => {
      if (isMetricsQuestion(message)) void answerMetrics(aggregator, worker, message.id);
    });
    worker.once("exit", (code, signal) => {
      if (stopping) return;
      log.warn({ worker: worker.process.pid, code, signal }, "a worker has died and is started again");
      setTimeout(() => !stopping && fork(), Date.now() - born < SHORT_LIFE_MS ? SHORT_LIFE_MS : 0);
    });
    return worker;
  };
  const stop = async () => {
    stopping = true;
    const living = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
    await Promise.all(
      living.map(async (worker) => {
        const gone = once(worker, "exit");
        worker.process.kill("SIGTERM");
        await gone;
      }),
    );
  };
  try {
    const ready = await Promise.all(Array.from({ length: count }, () => readiness(fork())));
    return { url: ready[0] as string, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Where a new worker listens, once it does. */
function readiness(worker: Worker): Promise<string> {
  return new Promise((resolve, reject) => {
    worker.on("message", (message: Partial<WorkerReady>) => {
      if (typeof message?.ready === "string") resolve(message.ready);
    });
    worker.once("exit", (code, signal) => {
      reject(new Error(`a worker ended with ${code ?? signal} before it could serve`));
    });
  });
}

/** The sum of all workers' metrics, for the worker that was asked for them. */
async function answerMetrics(
  aggregator: AggregatorRegistry<PrometheusContentType>,
  worker: Worker,
  id: number,
): Promise<void> {
  const text = await aggregator.clusterMetrics().catch((error: unknown) => `# ${String(error)}\n`);
  const answer: MetricsAnswer = { metricsAnswer: id, text };
  if (worker.isConnected()) worker.send(answer);
}
