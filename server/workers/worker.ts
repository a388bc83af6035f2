/** A hub that is one of several workers. */
import cluster from "node:cluster";
import type { Registry } from "prom-client";
import type { MetricsJson, SystemFacts, ToPrimary, ToWorker } from "./messages.ts";

/** True in a process that a primary has started. */
export function isWorker(): boolean {
  return cluster.isWorker && process.env.TALLYSTICK_WORKER === "1";
}

/** What a worker has to know of the hub that it runs. */
export interface WorkerHub {
  /** Where it listens. */
  readonly url: string;
  readonly registry: Registry;
  close(): Promise<void>;
}

/** How often a worker tells its metrics unasked: the counts since then are lost when it is killed. */
const TELL_METRICS_EVERY_MS = 5000;

/**
 * Starts a hub and tells the primary that it serves, or why it can't; closes it when the primary says so.
 *
 * @param start starts the hub; what it rejects with is told to the primary, which says it once for all workers.
 */
export async function serveAsWorker(start: () => Promise<WorkerHub>): Promise<void> {
  // Ctrl-C reaches the whole group of processes; the primary decides what follows.
  process.on("SIGINT", () => undefined);
  const hub = await start().catch(fail);
  // When the primary is gone, node:cluster ends the process by itself.
  process.once("SIGTERM", async () => {
    process.on("SIGTERM", () => undefined);
    await hub.close();
    process.exit(0);
  });
  const tellMetrics = async (id?: number) => {
    const metrics = (await hub.registry.getMetricsAsJSON()) as MetricsJson;
    tell({ kind: "own_metrics", metrics, ...(id !== undefined && { id }) });
  };
  process.on("message", (message: ToWorker) => {
    if (message.kind === "get_own_metrics") void tellMetrics(message.id);
  });
  setInterval(tellMetrics, TELL_METRICS_EVERY_MS).unref();
  tell({ kind: "ready", url: hub.url });
}

function tell(message: ToPrimary): void {
  if (process.connected) process.send?.(message);
}

/** Ends this process once the primary has been told why. */
async function fail(error: unknown): Promise<never> {
  const { message, code, syscall, path, address } = (
    error instanceof Error ? error : new Error(String(error))
  ) as Error & SystemFacts;
  // What is undefined does not travel.
  const system = { code, syscall, path, address } as SystemFacts;
  const failure: ToPrimary = { kind: "failed", message, system };
  await new Promise((sent) => process.send?.(failure, sent));
  process.exit(1);
}
