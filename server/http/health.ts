/** Is the hub alive, can it serve, and how is it doing: for load balancers and Prometheus. */
import { hash, timingSafeEqual } from "node:crypto";
import { createServer, type Server } from "node:http";
import { Alive, Ready } from "@tallystick/protocol";
import type { Response } from "express";
import type { Settings } from "../config.ts";
import type { Readiness } from "../redis/readiness.ts";
import { secureHeaders } from "../secure-headers.ts";
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
  work: Pick<WorkInHand, "isLeaving">;
  settings: MetricsSettings;
}

type MetricsSettings = Pick<Settings, "HOST" | "TRUST_PROXY" | "METRICS_TOKEN" | "METRICS_PORT" | "TLS_CERT">;

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
    refusals: ["unauthenticated", "not_found", "unavailable"],
    handle: async ({ metrics, settings }, _input, { request, response }) => {
      if (settings.METRICS_PORT !== undefined) {
        sendProblem(response, { code: "not_found", message: "Metrics have an address of their own." });
      } else if (mayReadMetrics(settings, request.headers.authorization)) {
        await tellMetrics(metrics, response);
      } else {
        response.set("WWW-Authenticate", 'Bearer realm="tallystick metrics"');
        sendProblem(response, { code: "unauthenticated", message: "Send METRICS_TOKEN as a bearer token." });
      }
    },
  }),
];

async function tellReadiness({ readiness, work }: HealthParts, response: Response): Promise<void> {
  const found = work.isLeaving ? "The hub is closing." : await readiness.check();
  if (typeof found === "string") sendProblem(response, { code: "unavailable", message: found });
  else response.json({ status: "ready", ...found } satisfies Ready);
}

/** How the hub does is nobody's business; on a machine of one's own it is at hand without a token. */
export function mayReadMetrics(settings: MetricsSettings, authorization: string | undefined): boolean {
  const { METRICS_TOKEN, HOST, TRUST_PROXY } = settings;
  if (METRICS_TOKEN !== undefined) return isSame(authorization ?? "", `Bearer ${METRICS_TOKEN}`);
  return TRUST_PROXY === 0 && /^(localhost|::1|127(\.\d+){3})$/.test(HOST);
}

/** In a time that says nothing of where they differ. */
function isSame(one: string, other: string): boolean {
  const [first, second] = [one, other].map((text) => hash("sha256", text, "buffer"));
  return timingSafeEqual(first as Buffer, second as Buffer);
}

async function tellMetrics(metrics: MetricsText, response: Response): Promise<void> {
  const text = await metrics.collect();
  if (text !== undefined) response.set("Content-Type", metrics.contentType).send(text);
  else sendProblem(response, { code: "unavailable", message: "A worker does not answer." });
}

/** Serves metrics at an address of their own, and nothing else. */
export function createMetricsServer(parts: Pick<HealthParts, "metrics" | "settings">): Server {
  const { metrics, settings } = parts;
  // It has no TLS of its own, whatever the hub's port has.
  const secure = secureHeaders({ ...settings, TLS_CERT: undefined });
  return createServer(async (request, response) => {
    secure(request, response, () => undefined);
    const { METRICS_TOKEN: token } = settings;
    const isLetIn = token === undefined || mayReadMetrics(settings, request.headers.authorization);
    const isAsked = request.method === "GET" && request.url === "/metrics";
    const text = isAsked && isLetIn ? await metrics.collect().catch(() => undefined) : undefined;
    if (text !== undefined) response.setHeader("Content-Type", metrics.contentType);
    response.statusCode = text !== undefined ? 200 : isAsked ? (isLetIn ? 503 : 401) : 404;
    response.end(text);
  });
}
