/** A hub that is one of several workers. */
import cluster from "node:cluster";
import { AggregatorRegistry, type Registry } from "prom-client";
import type { MetricsAnswer, MetricsQuestion, WorkerReady } from "./messages.ts";

/** True in a process that a primary has started. */
export function isWorker(): boolean {
  return cluster.isWorker && process.env.TALLYSTICK_WORKER === "1";
}

/** What a worker serves. */
export interface WorkerHub {
  /** Where it listens. */
  readonly url: string;
  readonly registry: Registry;
  close(): Promise<void>;
}

/** Tells the primary that the hub serves, and closes it when the primary says so or is gone. */
export function serveAsWorker(hub: WorkerHub): void {
  let closing = false;
  const close = async () => {
    if (closing) return;
    closing = true;
    await hub.close();
    process.exit(0);
  };
  process.on("SIGTERM", () => void close());
  // Ctrl-C reaches the whole group of processes; the primary decides what follows.
  process.on("SIGINT", () => undefined);
  process.on("disconnect", () => void close());
  AggregatorRegistry.setRegistries([hub.registry]);
  // Making one is what lets a worker answer the primary's question for its metrics.
  new AggregatorRegistry();
  const ready: WorkerReady = { ready: hub.url };
  process.send?.(ready);
}

let lastQuestion = 0;

/** The metrics of a process that is alone, or of all workers together. */
export async function collectMetrics(registry: Registry): Promise<string> {
  if (!isWorker()) return registry.metrics();
  const question: MetricsQuestion = { metricsQuestion: true, id: ++lastQuestion };
  return new Promise((resolve) => {
    const listen = (message: Partial<MetricsAnswer>) => {
      if (message?.metricsAnswer !== question.id) return;
      process.off("message", listen);
      resolve(message.text ?? "");
    };
    process.on("message", listen);
    process.send?.(question);
  });
}
