/** The hub's HTTP side (design, section 3): health and metrics, the account book, issuances and vouchers. */
import cors from "cors";
import type { Express, RequestHandler } from "express";
import express from "express";
import helmet from "helmet";
import type { Settings } from "../config.ts";
import { errorBody } from "../hub/refusals.ts";
import type { Accounts } from "../ledger/accounts.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Replicas } from "../ledger/replicas.ts";
import type { Logger } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { DurabilityWatch } from "../redis/durability.ts";
import type { Tokens } from "../tokens.ts";
import { accountRoutes } from "./accounts.ts";
import { answerFault, describeRequest, noSuchRoute } from "./faults.ts";
import { type FenceParts, fenceRoutes } from "./fences.ts";
import { healthRoutes } from "./health.ts";
import { issuanceRoutes } from "./issuances.ts";
import { sendProblem } from "./problem.ts";

export interface HttpParts {
  settings: Settings;
  ledger: Ledger;
  accounts: Accounts;
  tokens: Tokens;
  durability: DurabilityWatch;
  metrics: Metrics;
  log: Logger;
  replicas: Replicas | undefined;
  /** Tells both sides of an operator's decision about a fenced issuance. */
  tellDecision: FenceParts["tellDecision"];
  /** Ends an issuance whose deadline has passed, and tells both sides. */
  expire: (issuanceId: string) => Promise<void>;
  /** True once the hub has begun to close. */
  isClosing: () => boolean;
  /** Adds to the work that the hub waits for when it closes. */
  countInHand: (change: 1 | -1) => void;
}

export function createHttpApp(parts: HttpParts): Express {
  const { settings, ledger, log, isClosing } = parts;
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.use(logRequests(log), waitForMe(parts.countInHand));
  app.use(helmet({ contentSecurityPolicy: { useDefaults: false, directives: NOTHING_LOADS } }));
  if (settings.CORS_ORIGINS) app.use(cors(corsOptions(settings.CORS_ORIGINS)));
  app.use(healthRoutes({ ...parts, store: ledger.options.store }));
  app.use("/v1", refuseWhile(isClosing), keepNowhere);
  app.use(accountRoutes(parts));
  app.use(issuanceRoutes(parts));
  app.use(fenceRoutes(parts));
  app.use(noSuchRoute);
  app.use(answerFault(log));
  return app;
}

/** The answers are data: a browser that shows one loads nothing for it and frames it nowhere. */
const NOTHING_LOADS = { "default-src": ["'none'"], "frame-ancestors": ["'none'"] };

/** The same origins as the sockets'. */
function corsOptions(origins: string[]): cors.CorsOptions {
  return {
    origin: origins.includes("*") ? "*" : origins,
    methods: ["GET", "PUT", "POST"],
    allowedHeaders: ["Authorization", "Content-Type"],
    exposedHeaders: ["WWW-Authenticate", "Retry-After"],
    maxAge: 600,
  };
}

function logRequests(log: Logger): RequestHandler {
  return (request, response, next) => {
    const started = performance.now();
    response.once("finish", () => {
      const milliseconds = Math.round(performance.now() - started);
      log.debug({ ...describeRequest(request), status: response.statusCode, milliseconds }, "answered");
    });
    next();
  };
}

/** What is in hand when the hub begins to close is waited for until it has been answered. */
function waitForMe(countInHand: HttpParts["countInHand"]): RequestHandler {
  return (_request, response, next) => {
    countInHand(1);
    response.once("close", () => countInHand(-1));
    next();
  };
}

/** A connection that was kept open can bring requests after the hub has begun to close. */
function refuseWhile(isClosing: () => boolean): RequestHandler {
  return (_request, response, next) => {
    if (!isClosing()) return next();
    sendProblem(response, errorBody("unavailable"));
  };
}

/** Whose money and how much of it is kept by no cache. */
const keepNowhere: RequestHandler = (_request, response, next) => {
  response.set("Cache-Control", "no-store");
  next();
};
