/**
 * A connection's upgrade request is of no use once the session has begun, and would stay in memory as long as
 * the terminal is connected: some kilobytes of headers, parser and socket state for each.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Server } from "socket.io";

/** Lets go of each connection's request when the connection has been made. */
export function releaseRequests(io: Server): void {
  // The engine's own stand-in for a response holds the request as well, and is held by the socket's listeners.
  const responses = new WeakMap<IncomingMessage, ServerResponse>();
  io.engine.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
    responses.set(request, response);
    next();
  });
  io.on("connection", ({ conn }) => {
    const response = responses.get(conn.request);
    if (response) Object.assign(response, { req: undefined });
    Object.assign(conn, { request: undefined });
  });
}
