/** Socket.IO's server, set up for terminals. */
import type { Server as HttpServer, IncomingMessage, ServerResponse } from "node:http";
import { TERMINALS_PATH } from "@tallystick/protocol";
import { Server } from "socket.io";
import type { Settings } from "../config.ts";
import { secureHeaders } from "../secure-headers.ts";
import type { ConnectionLimits } from "./connection-limits.ts";
import type { Doors } from "./doors.ts";
import { cutOff } from "./fast-path/backlog.ts";
import type { Connection, EngineConnection } from "./fast-path/engine.ts";
import { releaseRequests } from "./release-requests.ts";
import type { HubServer } from "./terminal.ts";

/** The largest legitimate message has some 2 KB; what is larger closes its connection (RFC 6455, 1009). */
const LARGEST_MESSAGE_BYTES = 16 * 1024;

/** A connection that has no session by then is closed, milliseconds. */
const SESSION_WITHIN_MS = 10_000;

/** How long the other side of a connection that has ended may take to close it, milliseconds. */
const CLOSED_WITHIN_MS = 1000;

/**
 * Browsers say which page connects, and a WebSocket needs no consent of the server's by CORS: so it is looked at
 * here. What has no `Origin` is no browser; the hub's own pages may always connect.
 */
function isAllowedOrigin({ headers }: IncomingMessage, allowed: Settings["CORS_ORIGINS"]): boolean {
  const { origin, host } = headers;
  if (!allowed || origin === undefined || allowed.includes("*") || allowed.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}

/** Makes a server for terminals, over WebSocket alone; `attachSockets` has to follow. */
export function createSocketServer(
  { CORS_ORIGINS }: Pick<Settings, "CORS_ORIGINS">,
  limits: ConnectionLimits,
): HubServer {
  return new Server({
    path: TERMINALS_PATH,
    transports: ["websocket"],
    allowUpgrades: false,
    serveClient: false,
    perMessageDeflate: false,
    maxHttpBufferSize: LARGEST_MESSAGE_BYTES,
    connectTimeout: SESSION_WITHIN_MS,
    allowRequest: (request, decide) => {
      if (!limits.admits(request)) decide("there are too many connections from this address", false);
      else decide(null, isAllowedOrigin(request, CORS_ORIGINS));
    },
    ...(CORS_ORIGINS && { cors: { origin: CORS_ORIGINS.includes("*") ? "*" : CORS_ORIGINS } }),
  });
}

/** Serves terminals on an HTTP server. Whatever else is asked there goes to the listeners that it had before. */
export function attachSockets(
  io: HubServer,
  http: HttpServer,
  {
    limits,
    doors,
    settings,
  }: { limits: ConnectionLimits; doors: Doors; settings: Parameters<typeof secureHeaders>[0] },
): void {
  io.attach(http);
  doors.guard(http, (request) => limits.addressOf(request));
  limits.watch(io, (party, afterMs) => doors.left(party, afterMs));
  io.engine.on("connection", (connection: EngineConnection) => connection.once("close", endSoon));
  io.engine.use(secureHeaders(settings));
  io.engine.use(refusePolling);
  releaseRequests(io);
}

/**
 * The engine has let go of it, and nobody counts it or looks at what comes over it. One whose other side does not answer the
 * goodbye would stay for half a minute, and send whatever it likes.
 */
function endSoon(this: EngineConnection): void {
  setTimeout(cutOff, CLOSED_WITHIN_MS, this).unref();
}

/**
 * Ends all connections: in order first, and then those of terminals that don't answer.
 *
 * @param withinMs how long a terminal may take to close its side.
 */
export async function closeSockets(io: HubServer, withinMs: number): Promise<void> {
  const connections = Object.values(
    (io.engine as unknown as { clients: Record<string, Connection> }).clients,
  );
  const closed = io.close();
  const timer = setTimeout(() => {
    for (const connection of connections) cutOff(connection);
  }, withinMs);
  await closed;
  clearTimeout(timer);
}

/** Socket.IO's client begins with HTTP polling unless it is told otherwise, and would learn only that this failed. */
function refusePolling(request: IncomingMessage, response: ServerResponse, next: () => void): void {
  if (request.headers.upgrade !== undefined) {
    next();
    return;
  }
  const message = 'The hub speaks WebSocket only: connect with transports: ["websocket"].';
  response.writeHead(400, { "Content-Type": "application/json" });
  // The form of the engine's own errors; 0 is its code for a transport that it does not have.
  response.end(JSON.stringify({ code: 0, message }));
}
