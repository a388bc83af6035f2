/**
 * Which terminals hear of what. Rooms are named by the store's ids; an emit goes to one room at a time,
 * so that with many hubs it reaches just those with members.
 */
import type { IssuanceEvent, Snapshot } from "@tallystick/protocol";
import { hasEnded } from "@tallystick/protocol";
import type { Hub, Terminal } from "./types.ts";

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
 * Tells everybody but the sender. An invitation, its answer, its withdrawal and its expiry, which are an
 * issuance's first two events, go to both inboxes; the rest goes to the room.
 */
export function tell(
  hub: Pick<Hub, "io">,
  event: IssuanceEvent,
  snapshot: Snapshot,
  sender?: Terminal,
): void {
  const { issuer, payer, issuanceId } = snapshot;
  const from = sender ?? hub.io;
  if (event.version === 1 || (event.version === 2 && issuer !== payer)) {
    from.to(inboxOf(payer)).emit("issuance:event", event);
    if (issuer !== payer) from.to(inboxOf(issuer)).emit("issuance:event", event);
  } else {
    from.to(roomOf(issuanceId)).emit("issuance:event", event);
  }
  if (hasEnded(event.state)) dismiss(hub, issuanceId);
}

/** When an issuance has ended its room is left by all. */
export function dismiss(hub: Pick<Hub, "io">, issuanceId: string): void {
  const room = roomOf(issuanceId);
  hub.io.local.in(room).socketsLeave(room);
}
