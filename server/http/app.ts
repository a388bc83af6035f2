/** The hub's HTTP side (design, section 3): health and metrics, the account book, issuances and vouchers. */
import cors from "cors";
import type { Express, RequestHandler } from "express";
import express from "express";
import type { Settings } from "../config.ts";
import type { PartyRates } from "../limits/party-rates.ts";
import type { Logger } from "../log.ts";
import { errorBody } from "../refusals.ts";
import { secureHeaders } from "../secure-headers.ts";
import type { Tokens } from "../tokens.ts";
import type { WorkInHand } from "../work-in-hand.ts";
import { answerFault, describeRequest, noSuchRoute } from "./faults.ts";
import { isLocal, type LocalParts } from "./local-sign-in.ts";
import { readPages } from "./pages.ts";
import { sendProblem } from "./problem.ts";
import { mountRoutes } from "./route.ts";
import { ROUTES, type RouteParts } from "./routes.ts";

export type HttpParts = RouteParts & {
  settings: Pick<Settings, "CORS_ORIGINS" | "TLS_CERT" | "TRUST_PROXY"> & LocalParts["settings"];
  tokens: Tokens;
  partyRates: PartyRates;
  work: WorkInHand;
  log: Logger;
};

export function createHttpApp(parts: HttpParts): Express {
  const { settings, work, log } = parts;
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.use(logRequests(log), countWork(work));
  app.use(secureHeaders(settings));
  if (settings.CORS_ORIGINS) app.use(cors(corsOptions(settings.CORS_ORIGINS)));
  app.use("/v1", refuseWhileClosing(work), keepNowhere);
  const pages = readPages(isLocal(parts));
  app.use(mountRoutes(ROUTES, { ...parts, routes: ROUTES, pages }));
  app.use(noSuchRoute);
  app.use(answerFault(log));
  return app;
}

/** The same origins as the sockets'. */
function corsOptions(origins: string[]): cors.CorsOptions {
  return {
    origin: origins.includes("*") ? "*" : origins,
    methods: ["GET", "PUT", "POST", "DELETE"],
    allowedHeaders: [
      "Authorization",
      "Content-Type",
      "Idempotency-Key",
      "If-Match",
      "If-None-Match",
      "Prefer",
    ],
    exposedHeaders: ["WWW-Authenticate", "Retry-After", "ETag", "X-Request-Id"],
    maxAge: 600,
  };
}

function logRequests(log: Logger): RequestHandler {
  return (request, response, next) => {
    // Heard by nobody it would end the hub, and with it everybody's connections.
    response.on("error", (err) => log.error({ ...describeRequest(request), err }, "an answer failed"));
    const started = performance.now();
    response.once("finish", () => {
      const milliseconds = Math.round(performance.now() - started);
      log.debug({ ...describeRequest(request), status: response.statusCode, milliseconds }, "answered");
    });
    next();
  };
}

/** What is in hand when the hub begins to close is waited for until it has been answered. */
function countWork(work: WorkInHand): RequestHandler {
  return (_request, response, next) => {
    work.begin();
    response.once("close", () => work.end());
    next();
  };
}

/** A connection that was kept open can bring requests after the hub has begun to close. */
function refuseWhileClosing(work: WorkInHand): RequestHandler {
  return (_request, response, next) => {
    if (!work.isClosing) return next();
    sendProblem(response, errorBody("unavailable"));
  };
}

/** Whose money and how much of it is kept by no cache. */
const keepNowhere: RequestHandler = (_request, response, next) => {
  response.set("Cache-Control", "no-store");
  next();
};
