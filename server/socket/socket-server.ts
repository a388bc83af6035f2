/** Socket.IO's server, set up for terminals. */
import type { Server as HttpServer, IncomingMessage, ServerResponse } from "node:http";
import { Server } from "socket.io";
import type { Settings } from "../config.ts";
import { releaseRequests } from "./release-requests.ts";
import type { HubServer } from "./terminal.ts";

/** The largest legitimate message has some 2 KB; what is larger closes its connection (RFC 6455, 1009). */
const LARGEST_MESSAGE_BYTES = 16 * 1024;

/** Makes a server for terminals, over WebSocket alone; `attachSockets` has to follow. */
export function createSocketServer({ CORS_ORIGINS }: Pick<Settings, "CORS_ORIGINS">): HubServer {
  return new Server({
    transports: ["websocket"],
    allowUpgrades: false,
    serveClient: false,
    perMessageDeflate: false,
    maxHttpBufferSize: LARGEST_MESSAGE_BYTES,
    ...(CORS_ORIGINS && { cors: { origin: CORS_ORIGINS.includes("*") ? "*" : CORS_ORIGINS } }),
  });
}

/** Serves terminals on an HTTP server. Whatever else is asked there goes to the listeners that it had before. */
export function attachSockets(io: HubServer, http: HttpServer): void {
  io.attach(http);
  io.engine.use(refusePolling);
  releaseRequests(io);
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
