/** Terminals sync when their hub may have missed what other hubs told. */
import type { Store } from "../redis/connect.ts";
import type { HubServer } from "./terminal.ts";

/** How long the hub waits for its other connections before it asks its terminals to sync, milliseconds. */
const RESYNC_AFTER_MS = 50;

/**
 * While a connection was lost the hub may have missed what others told: once it is back, the hub's terminals
 * sync what they follow.
 */
export function askToResyncAfterLoss(io: HubServer, connections: readonly (Store | undefined)[]): void {
  let pending: NodeJS.Timeout | undefined;
  // Several connections come back at about the same time, and one message is enough for all of them.
  const resync = () => {
    clearTimeout(pending);
    pending = setTimeout(() => io.emit("session:resync", {}), RESYNC_AFTER_MS);
    pending.unref();
  };
  for (const connection of connections) {
    // A single server's connection is ready again; a cluster tells of its nodes and of its subscribers.
    for (const event of ["ready", "+node", "subscribersReady"]) connection?.on(event, resync);
  }
}
