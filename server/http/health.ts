/** Is the hub alive, can it serve, and how is it doing: for load balancers and Prometheus. */
import { type Request, type Response, Router } from "express";
import type { Metrics } from "../metrics.ts";
import { masters, type Store } from "../redis/connect.ts";
import type { Durability, DurabilityWatch } from "../redis/durability.ts";
import { collectMetrics } from "../workers/collect-metrics.ts";
import { allowOnly } from "./faults.ts";
import { sendProblem } from "./problem.ts";

/** A store that takes longer than this to answer is of no use to a terminal, milliseconds. */
const READY_WITHIN_MS = 1000;

export interface HealthParts {
  store: Store;
  durability: DurabilityWatch;
  metrics: Metrics;
  /** True once the hub has begun to close. */
  isClosing: () => boolean;
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

async function tellReadiness(parts: HealthParts, response: Response): Promise<void> {
  const found = parts.isClosing() ? "The hub is closing." : await lookAtStore(parts);
  if (typeof found === "string") sendProblem(response, { code: "unavailable", message: found });
  else response.json({ status: "ready", durability: found.level });
}

async function tellMetrics({ registry }: Metrics, response: Response): Promise<void> {
  const text = await collectMetrics(registry);
  if (text === undefined)
    sendProblem(response, { code: "unavailable", message: "A worker does not answer." });
  else response.set("Content-Type", registry.contentType).send(text);
}

/**
 * Asks every server that holds a part of the book. A server refuses even this while it loads its data or
 * can't write to its disk.
 *
 * @returns what an issue survives now, or why the store can't serve.
 */
async function lookAtStore(parts: HealthParts): Promise<Durability | string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, READY_WITHIN_MS, `The store did not answer within ${READY_WITHIN_MS} ms.`);
  });
  try {
    return await Promise.race([late, ask(parts)]);
  } finally {
    clearTimeout(timer);
  }
}

async function ask({ store, durability }: HealthParts): Promise<Durability | string> {
  const servers = masters(store);
  if (servers.length === 0) return "No server of the store is known yet.";
  try {
    await Promise.all(servers.map((server) => server.ping()));
    return await durability.refresh();
  } catch (error) {
    const { name, message } = error as Error;
    // The first word of a server's error says all that the public needs to know.
    return name === "ReplyError"
      ? `The store can't serve now: ${message.split(" ")[0]}.`
      : "The line to the store is down.";
  }
}
