/**
 * Carries what is told to rooms: within this hub, and with several hubs over Redis's sharded pub/sub, by
 * Socket.IO's own adapter. What it carries is a hint, the store's log is the truth.
 */

import { createShardedAdapter } from "@socket.io/redis-adapter";
import type { IssuanceEvent } from "@tallystick/protocol";
import { hasEnded } from "@tallystick/protocol";
import type { Namespace } from "socket.io";
import { Adapter, ClusterAdapter, type ClusterMessage, MessageType } from "socket.io-adapter";
import type { Store } from "../redis/connect.ts";
import { empty, roomOf } from "./rooms.ts";
import type { Subscriptions } from "./subscriptions.ts";

/** The lines over which hubs hear of each other. */
export interface Lines {
  publish: Store;
  subscribe: Store;
}

type Create = (namespace: Namespace) => Adapter;

/** The adapter of a hub; without lines it is alone. */
export function createAdapter(lines?: Lines, subscriptions: Subscriptions = new Set()): Create {
  const create =
    lines &&
    createShardedAdapter(lines.publish, watchSubscriptions(lines.subscribe, subscriptions), {
      channelPrefix: "ts",
      subscriptionMode: "dynamic",
    });
  // Socket.IO calls it with `new`, which an arrow function does not take.
  return function adapterOf(namespace) {
    return create ? emptyEndedRooms(create(namespace)) : new Adapter(namespace);
  };
}

/**
 * The adapter does not look at what becomes of its subscriptions, the last ones of a closing hub among
 * them: one that is not answered any more must not end the process as an unhandled rejection.
 */
function watchSubscriptions(line: Store, subscriptions: Subscriptions): Store {
  for (const name of ["ssubscribe", "sunsubscribe"] as const) {
    const send = line[name].bind(line) as (channel: string) => Promise<unknown>;
    const forgiving = (channel: string) => {
      const answered = send(channel)
        .catch(() => undefined)
        .finally(() => subscriptions.delete(answered));
      if (name === "ssubscribe") subscriptions.add(answered);
      return answered;
    };
    Object.assign(line, { [name]: forgiving });
  }
  return line;
}

/**
 * When an issuance's last event has been told, its room is left by all of this hub's terminals. It has to
 * be here, since this is where an event that another hub tells comes by.
 */
function emptyEndedRooms(adapter: Adapter): Adapter {
  const broadcast = adapter.broadcast.bind(adapter);
  adapter.broadcast = (packet, options) => {
    // The sharded adapter tells its own terminals only after it has told the others.
    const told: unknown = broadcast(packet, options);
    if (told instanceof Promise) void told.then(() => leaveIfEnded(adapter, packet));
    else leaveIfEnded(adapter, packet);
  };
  if (adapter instanceof ClusterAdapter) {
    const cluster = adapter as unknown as { uid: string; onMessage(message: ClusterMessage): void };
    const onMessage = cluster.onMessage.bind(adapter);
    cluster.onMessage = (message) => {
      onMessage(message);
      // Our own message comes back too, and may be here before our own terminals were told.
      if (message.type !== MessageType.BROADCAST || message.uid === cluster.uid) return;
      leaveIfEnded(adapter, (message.data as { packet: unknown }).packet);
    };
  }
  return adapter;
}

function leaveIfEnded(adapter: Adapter, packet: unknown): void {
  const [name, event] = (packet as { data?: [string, IssuanceEvent] }).data ?? [];
  if (name !== "issuance:event" || !event || !hasEnded(event.state)) return;
  empty(adapter, roomOf(event.issuanceId));
}
