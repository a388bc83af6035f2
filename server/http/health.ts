/** Is the hub alive, can it serve, and how is it doing: for load balancers and Prometheus. */
import { Alive, Ready } from "@tallystick/protocol";
import type { Response } from "express";
import type { Readiness } from "../redis/readiness.ts";
import type { WorkInHand } from "../work-in-hand.ts";
import { sendProblem } from "./problem.ts";
import { routesOf } from "./route.ts";

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

const route = routesOf<HealthParts>();

export const HEALTH_ROUTES = [
  route({
    method: "GET",
    path: "/healthz",
    who: "anybody",
    summary: "The hub is alive.",
    answers: { 200: { what: "It is.", schema: Alive } },
    handle: (_parts, _input, { response }) => {
      response.json({ status: "alive" } satisfies Alive);
    },
  }),
  route({
    method: "GET",
    path: "/readyz",
    who: "anybody",
    summary: "Whether the store serves the book and takes writes.",
    answers: { 200: { what: "It does.", schema: Ready } },
    refusals: ["unavailable"],
    handle: (parts, _input, { response }) => tellReadiness(parts, response),
  }),
  route({
    method: "GET",
    path: "/metrics",
    who: "anybody",
    summary: "Metrics for Prometheus.",
    answers: { 200: { what: "Prometheus's text format.", type: "text/plain" } },
    refusals: ["unavailable"],
    handle: ({ metrics }, _input, { response }) => tellMetrics(metrics, response),
  }),
];

async function tellReadiness({ readiness, work }: HealthParts, response: Response): Promise<void> {
  const found = work.isClosing ? "The hub is closing." : await readiness.check();
  if (typeof found === "string") sendProblem(response, { code: "unavailable", message: found });
  else response.json({ status: "ready", ...found } satisfies Ready);
}

async function tellMetrics(metrics: MetricsText, response: Response): Promise<void> {
  const text = await metrics.collect();
  if (text !== undefined) response.set("Content-Type", metrics.contentType).send(text);
  else sendProblem(response, { code: "unavailable", message: "A worker does not answer." });
}
