/** What the workers and their primary tell each other. */
import type { MetricObjectWithValues, MetricValue } from "prom-client";

/** One worker's metrics, as prom-client's `getMetricsAsJSON` gives them. */
export type MetricsJson = MetricObjectWithValues<MetricValue<string>>[];

/** What an error of the system says besides its message, as in `NodeJS.ErrnoException`. */
export interface SystemFacts {
  code?: string;
  syscall?: string;
  path?: string;
  address?: string;
}

export type ToPrimary =
  /** The worker serves, at this URL. */
  | { kind: "ready"; url: string }
  /** The worker can't serve, and ends. */
  | { kind: "failed"; message: string; system: SystemFacts }
  /** The worker's own metrics; `id` is that of the primary's request, absent when it tells them unasked. */
  | { kind: "own_metrics"; id?: number; metrics: MetricsJson }
  /** The worker was asked for the metrics of all workers. */
  | { kind: "get_all_metrics"; id: number };

export type ToWorker =
  | { kind: "get_own_metrics"; id: number }
  /** The answer to `get_all_metrics`; without a text when a worker did not answer. */
  | { kind: "all_metrics"; id: number; text: string | undefined };

/** A worker that takes longer than this to tell its metrics is stopped or hangs, milliseconds. */
export const ANSWER_WITHIN_MS = 2000;
