/** Is the hub alive, can it serve, and how is it doing: for load balancers and Prometheus. */
import { type Request, type Response, Router } from "express";
import type { Readiness } from "../redis/readiness.ts";
import type { WorkInHand } from "../work-in-hand.ts";
import { allowOnly } from "./faults.ts";
import { sendProblem } from "./problem.ts";

/** Prometheus's text format, of this process or of all workers together. */
export interface MetricsText {
  readonly contentType: string;
  /** The text; undefined when a worker does not answer. */
  collect(): Promise<string | undefined>;
}

export interface HealthParts {
  readiness: Readiness;
  metrics: MetricsText;
  work: Pick<WorkInHand, "isClosing">;
}

export function healthRoutes(parts: HealthParts): Router {
  const routes = Router();
  routes
    .route("/healthz")
    .get((_request, response) => void response.json({ status: "alive" }))
    .all(allowOnly("GET", "HEAD"));
  routes
    .route("/readyz")
    .get((_request, response) => tellReadiness(parts, response))
    .all(allowOnly("GET", "HEAD"));
  routes
    .route("/metrics")
    .get((_request: Request, response: Response) => tellMetrics(parts.metrics, response))
    .all(allowOnly("GET", "HEAD"));
  return routes;
}

async function tellReadiness({ readiness, work }: HealthParts, response: Response): Promise<void> {
  const found = work.isClosing ? "The hub is closing." : await readiness.check();
  if (typeof found === "string") sendProblem(response, { code: "unavailable", message: found });
  else response.json({ status: "ready", durability: found.level });
}

async function tellMetrics(metrics: MetricsText, response: Response): Promise<void> {
  const text = await metrics.collect();
  if (text !== undefined) response.set("Content-Type", metrics.contentType).send(text);
  else sendProblem(response, { code: "unavailable", message: "A worker does not answer." });
}
