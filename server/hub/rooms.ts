/**
 * Which terminals hear of what. Rooms are named by the store's ids; an emit goes to one room at a time,
 * so that with many hubs it reaches just those with members.
 */
import type { IssuanceEvent, Snapshot } from "@tallystick/protocol";
import { hasEnded } from "@tallystick/protocol";
import type { Adapter } from "socket.io-adapter";
import { type Packet, send } from "./frames.ts";
import { eventPacket } from "./messages.ts";
import { heardEverywhere } from "./subscriptions.ts";
import type { Hub, HubServer, Terminal } from "./types.ts";

/** Socket.IO takes a room whose name has 20 characters for a socket's id; a longer name never has. */
const SHORTEST_NAME = 21;

/** A party's inbox: each of its terminals is in it. */
export function inboxOf(party: string): string {
  return `party:${party}`.padEnd(SHORTEST_NAME);
}

/** The negotiation's room. */
export function roomOf(issuanceId: string): string {
  return `issuance:${issuanceId}`.padEnd(SHORTEST_NAME);
}

/**
 * Puts a terminal in a room. What it answers, if anything, resolves when the terminal hears all that is told
 * there from now on, by whichever hub.
 */
export function enter(
  hub: Pick<Hub, "subscriptions">,
  terminal: Terminal,
  room: string,
): Promise<void> | undefined {
  const joined = terminal.join(room);
  if (!(joined instanceof Promise)) return hearRoom(hub);
  return joined.then(() => hearRoom(hub));
}

function hearRoom({ subscriptions }: Pick<Hub, "subscriptions">): Promise<void> | undefined {
  return subscriptions.size > 0 ? heardEverywhere(subscriptions) : undefined;
}

/** What is told to the terminals that it concerns. */
export interface Tidings {
  event: IssuanceEvent;
  snapshot: Snapshot;
  /** Has it in its acknowledgement, and is not told twice. */
  sender?: Terminal | undefined;
  /** The event's text of JSON, where it has been made already. */
  words?: string | undefined;
}

/**
 * Tells everybody but the sender. An invitation, its answer, its withdrawal and its expiry, which are an
 * issuance's first two events, go to both inboxes; the rest goes to the room.
 */
export function tell(hub: Pick<Hub, "io" | "alone">, tidings: Tidings): void {
  const { event, snapshot } = tidings;
  const { issuer, payer, issuanceId } = snapshot;
  const rooms =
    event.version > 2 || (event.version === 2 && issuer === payer)
      ? [roomOf(issuanceId)]
      : issuer === payer
        ? [inboxOf(payer)]
        : [inboxOf(payer), inboxOf(issuer)];
  if (hub.alone) tellHere(hub.io, rooms, tidings);
  else for (const room of rooms) (tidings.sender ?? hub.io).to(room).emit("issuance:event", event);
}

/** A hub that is alone knows all who are in a room. */
function tellHere(io: HubServer, rooms: string[], { event, sender, words }: Tidings): void {
  const { adapter, sockets } = io.sockets;
  let packet: Packet | undefined;
  for (const room of rooms) {
    for (const id of adapter.rooms.get(room) ?? []) {
      const terminal = sockets.get(id);
      if (!terminal || terminal === sender) continue;
      packet ??= eventPacket(words ?? JSON.stringify(event));
      send(terminal.conn, packet);
    }
  }
  if (hasEnded(event.state)) empty(adapter, roomOf(event.issuanceId));
}

/** Lets all of this hub's terminals leave a room. */
export function empty(adapter: Adapter, room: string): void {
  for (const id of adapter.rooms.get(room) ?? []) adapter.del(id, room);
}
