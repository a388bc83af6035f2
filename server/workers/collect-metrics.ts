/** The metrics as `/metrics` shows them, whichever process is asked. */
import type { Registry } from "prom-client";
import { ANSWER_WITHIN_MS, type ToPrimary, type ToWorker } from "./messages.ts";
import { isWorker } from "./worker.ts";

let lastId = 0;

/**
 * The metrics of a process that is alone, or of all workers together.
 *
 * @returns the text for Prometheus; undefined when another worker, or the primary, does not answer.
 */
export async function collectMetrics(registry: Registry): Promise<string | undefined> {
  if (!isWorker()) return registry.metrics();
  const request: ToPrimary = { kind: "get_all_metrics", id: ++lastId };
  return new Promise((resolve) => {
    const finish = (text?: string) => {
      clearTimeout(timer);
      process.off("message", listen);
      resolve(text);
    };
    const listen = (message: ToWorker) => {
      if (message.kind === "all_metrics" && message.id === request.id) finish(message.text);
    };
    // The primary itself waits for the workers for less than this.
    const timer = setTimeout(finish, 2 * ANSWER_WITHIN_MS);
    process.on("message", listen);
    process.send?.(request);
  });
}
