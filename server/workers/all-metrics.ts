/** The metrics of all workers together, in the primary. */
import type { Worker } from "node:cluster";
import { AggregatorRegistry } from "prom-client";
import { ANSWER_WITHIN_MS, type MetricsJson, type ToWorker } from "./messages.ts";

/** Only these count on when a worker has died; a gauge tells of what is there now. */
const CUMULATIVE: ReadonlySet<string> = new Set(["counter", "histogram", "summary"]);

interface Serving {
  /** What the worker told last. */
  latest: MetricsJson;
  /** Requests that it has not answered yet, by their ids. */
  readonly waiting: Map<number, (hasAnswered: boolean) => void>;
}

export class AllMetrics {
  readonly #serving = new Map<Worker, Serving>();
  /** The sum of what those workers counted that have died, so that no counter ever falls. */
  #retired: MetricsJson = [];
  #lastId = 0;

  /** A worker serves from now on. */
  add(worker: Worker): void {
    this.#serving.set(worker, { latest: [], waiting: new Map() });
  }

  /** A worker has told its metrics: as the answer to a request, or unasked. */
  told(worker: Worker, { metrics, id }: { metrics: MetricsJson; id?: number }): void {
    const serving = this.#serving.get(worker);
    if (!serving) return;
    serving.latest = metrics;
    if (id !== undefined) serving.waiting.get(id)?.(true);
  }

  /** A worker has died; what it told last is counted from now on. */
  retire(worker: Worker): void {
    const serving = this.#serving.get(worker);
    if (!serving) return;
    this.#serving.delete(worker);
    const counts = serving.latest.filter(({ type }) => CUMULATIVE.has(String(type)));
    this.#retired = AggregatorRegistry.aggregate([this.#retired, counts]).getMetricsAsArray() as MetricsJson;
    for (const answered of serving.waiting.values()) answered(true);
  }

  /** The text for Prometheus; undefined when a worker does not answer, since a sum without it would be wrong. */
  async collect(): Promise<string | undefined> {
    const answered = await Promise.all(
      [...this.#serving].map(([worker, serving]) => this.#ask(worker, serving)),
    );
    if (answered.includes(false)) return undefined;
    const latest = [...this.#serving.values()].map((serving) => serving.latest);
    return AggregatorRegistry.aggregate([this.#retired, ...latest]).metrics();
  }

  /** True once the worker has answered, or has died; false when it takes too long. */
  async #ask(worker: Worker, { waiting }: Serving): Promise<boolean> {
    const id = ++this.#lastId;
    try {
      return await new Promise<boolean>((resolve) => {
        waiting.set(id, resolve);
        setTimeout(resolve, ANSWER_WITHIN_MS, false).unref();
        const request: ToWorker = { kind: "get_own_metrics", id };
        if (worker.isConnected()) worker.send(request);
      });
    } finally {
      waiting.delete(id);
    }
  }
}
