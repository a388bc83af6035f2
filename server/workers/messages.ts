/** What a worker and its primary tell each other. */

/** A worker serves, at this URL. */
export interface WorkerReady {
  ready: string;
}
/** A worker was asked for the metrics, which are all workers' together. */
export interface MetricsQuestion {
  metricsQuestion: true;
  id: number;
}
export interface MetricsAnswer {
  metricsAnswer: number;
  text: string;
}

export function isMetricsQuestion(message: unknown): message is MetricsQuestion {
  return typeof message === "object" && message !== null && "metricsQuestion" in message;
}
