/** What a hub is reached by, HTTP and Socket.IO on one port: opened, and closed in order. */
import { createServer, type Server as HttpServer, type RequestListener } from "node:http";
import { createServer as createTlsServer, type Server as HttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Settings } from "../config.ts";
import { createHttpApp, type HttpParts } from "../http/app.ts";
import { createMetricsServer } from "../http/health.ts";
import { HubRequest } from "../http/hub-request.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Overload } from "../limits/overload.ts";
import type { Metrics } from "../metrics.ts";
import { refused } from "../refusals.ts";
import type { ConnectionLimits } from "../socket/connection-limits.ts";
import { Doors } from "../socket/doors.ts";
import { takeMessages } from "../socket/fast-path/messages.ts";
import { Gate } from "../socket/gate.ts";
import type { Presence } from "../socket/presence.ts";
import { NAMES, Receiver } from "../socket/receive.ts";
import type { Rooms } from "../socket/rooms.ts";
import { acceptSessions } from "../socket/session.ts";
import type { SessionEnds } from "../socket/session-ends.ts";
import { attachSockets, closeSockets } from "../socket/socket-server.ts";
import type { HubServer } from "../socket/terminal.ts";
import type { TlsFiles } from "../tls-files.ts";

/** How long work in hand may take once the hub is closing, milliseconds. */
const CLOSING_MS = 8000;
/** How long terminals may take to close their side of a connection, milliseconds. */
const GOODBYE_MS = 1000;

/** What terminals are served with, beside what HTTP is. */
export interface TerminalParts {
  limits: ConnectionLimits;
  overload: Overload;
  io: HubServer;
  rooms: Rooms;
  presence: Presence;
  ledger: Ledger;
  metrics: Metrics;
  settings: Settings;
  /** With TLS_CERT. */
  tls: TlsFiles | undefined;
}

export interface Transports {
  /** Listens at the settings' address; answers the port. */
  listen(): Promise<number>;
  /** No longer looks for tokens that have ended. */
  stopSessions(): void;
  /** Tells balancers that the hub closes soon. */
  leave(): void;
  /** Takes no new connections, and waits for what is in hand. */
  endWork(): Promise<void>;
  /** Lets the terminals go. */
  close(): Promise<void>;
}

export function createTransports(
  httpParts: Omit<HttpParts, "settings">,
  terminalParts: TerminalParts,
): Transports {
  const { io, settings, limits, tls } = terminalParts;
  const http = createPort(createHttpApp({ ...httpParts, settings }), tls);
  const ownMetrics =
    settings.METRICS_PORT === undefined
      ? undefined
      : createMetricsServer({ metrics: httpParts.metrics, settings });
  const doors = new Doors({ partyConnections: settings.PARTY_CONNECTIONS });
  attachSockets(io, http, { limits, doors, settings });
  const sessionEnds = serveTerminals(httpParts, terminalParts, doors);
  return {
    listen: async () => {
      if (ownMetrics) await listen(ownMetrics, settings.METRICS_PORT ?? 0, settings.METRICS_HOST);
      return listen(http, settings.PORT, settings.HOST);
    },
    leave: () => httpParts.work.leave(),
    stopSessions: () => {
      sessionEnds.stop();
      tls?.stop();
    },
    endWork: async () => {
      // Before the port: what waits to come in holds that open.
      doors.close();
      await endWork(http, httpParts);
      ownMetrics?.close();
      ownMetrics?.closeAllConnections();
    },
    close: () => closeSockets(io, GOODBYE_MS),
  };
}

/** The server of the hub's port, which follows its certificate where it has one. */
function createPort(app: RequestListener, tls: TlsFiles | undefined): HttpServer | HttpsServer {
  const options = { IncomingMessage: HubRequest };
  if (!tls) return createServer(options, app);
  const server = createTlsServer({ ...tls.pair, ...options }, app);
  tls.follow(server);
  return server;
}

/** Lets terminals in and answers what they send; returns what watches for tokens that end. */
function serveTerminals(
  { issuances, vouchers, history, tokens, revocations, partyRates, work, log }: Omit<HttpParts, "settings">,
  { io, limits, overload, rooms, presence, ledger, metrics, settings }: TerminalParts,
  doors: Doors,
): SessionEnds {
  const answered = metrics.answered.bind(metrics);
  const receiver = new Receiver({ issuances, vouchers, presence, history, overload, answered, work, log });
  takeMessages(io, NAMES, {
    gate: new Gate({ perSecond: settings.RATE_LIMIT, parties: partyRates }),
    receive: (terminal, message) => void receiver.receive(terminal, message),
    overLimit: (retryAfter) => JSON.stringify(refused("rate_limited", { retryAfter })),
  });
  const now = () => ledger.now();
  const retention = settings.RETENTION;
  const parts = { issuances, rooms, tokens, revocations, limits, doors };
  return acceptSessions(io, { ...parts, now, retention, log });
}

async function endWork(
  http: HttpServer | HttpsServer,
  { work, log }: Pick<HttpParts, "work" | "log">,
): Promise<void> {
  work.close();
  http.close();
  const left = await work.drain(CLOSING_MS);
  if (left > 0) log.warn({ inHand: left }, "closing with work still in hand");
  // A connection that brings nothing would hold the server open for ever: once it closes, none times out.
  http.closeAllConnections();
}

function listen(http: HttpServer | HttpsServer, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once("error", reject);
    http.listen(port, host, () => {
      http.off("error", reject);
      resolve((http.address() as AddressInfo).port);
    });
  });
}
