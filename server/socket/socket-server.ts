/** Socket.IO's server, set up for terminals. */
import type { Server as HttpServer } from "node:http";
import { Server } from "socket.io";
import type { Settings } from "../config.ts";
import { releaseRequests } from "./release-requests.ts";
import type { HubServer } from "./terminal.ts";

/** The largest legitimate message has some 2 KB; what is larger closes its connection (RFC 6455, 1009). */
const LARGEST_MESSAGE_BYTES = 16 * 1024;

/** Serves terminals on an HTTP server, over WebSocket alone. */
export function createSocketServer(
  http: HttpServer,
  { CORS_ORIGINS }: Pick<Settings, "CORS_ORIGINS">,
): HubServer {
  const io: HubServer = new Server(http, {
    transports: ["websocket"],
    allowUpgrades: false,
    serveClient: false,
    perMessageDeflate: false,
    maxHttpBufferSize: LARGEST_MESSAGE_BYTES,
    ...(CORS_ORIGINS && { cors: { origin: CORS_ORIGINS.includes("*") ? "*" : CORS_ORIGINS } }),
  });
  releaseRequests(io);
  return io;
}
