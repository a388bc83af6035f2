/**
 * Which terminals hear of what. Rooms are named by the store's ids; an emit goes to one room at a time,
 * so that with many hubs it reaches just those with members.
 */
import type { IssuanceEvent, Snapshot } from "@tallystick/protocol";
import { hasEnded } from "@tallystick/protocol";
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

/** Puts a terminal in a room; resolves when it hears all that is told there from now on, by whichever hub. */
export async function enter(
  hub: Pick<Hub, "subscriptions">,
  terminal: Terminal,
  room: string,
): Promise<void> {
  await terminal.join(room);
  if (hub.subscriptions.size > 0) await heardEverywhere(hub.subscriptions);
}

/**
 * Tells everybody but the sender. An invitation, its answer, its withdrawal and its expiry, which are an
 * issuance's first two events, go to both inboxes; the rest goes to the room.
 */
export function tell(
  hub: Pick<Hub, "io" | "alone">,
  event: IssuanceEvent,
  snapshot: Snapshot,
  sender?: Terminal,
): void {
  const { issuer, payer, issuanceId } = snapshot;
  const emit = (room: string) => {
    // A hub that is alone knows who is in a room; where nobody else is, there is nothing to put into words.
    // The last event is told all the same, since the adapter empties the room after it.
    if (hub.alone && !hasEnded(event.state) && isEmptyBut(hub.io, room, sender)) return;
    (sender ?? hub.io).to(room).emit("issuance:event", event);
  };
  if (event.version > 2 || (event.version === 2 && issuer === payer)) {
    emit(roomOf(issuanceId));
    return;
  }
  emit(inboxOf(payer));
  if (issuer !== payer) emit(inboxOf(issuer));
}

function isEmptyBut(io: HubServer, room: string, sender: Terminal | undefined): boolean {
  const members = io.of("/").adapter.rooms.get(room);
  return (
    !members || members.size === 0 || (members.size === 1 && sender !== undefined && members.has(sender.id))
  );
}
