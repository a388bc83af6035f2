/**
 * Which terminals hear of what. Rooms are named by the store's ids; an event goes to one room at a time, so
 * that with many hubs it reaches just those with members.
 */
import type { IssuanceEvent, Snapshot } from "@tallystick/protocol";
import { hasEnded } from "@tallystick/protocol";
import { type Packet, send } from "./frames.ts";
import { eventPacket } from "./messages.ts";
import type { Word } from "./neighbours.ts";
import type { Hub, HubServer, Terminal } from "./types.ts";

/** A party's inbox: each of its terminals is in it. */
export function inboxOf(party: string): string {
  return `party:${party}`;
}

/** The negotiation's room. */
export function roomOf(issuanceId: string): string {
  return `issuance:${issuanceId}`;
}

/**
 * Puts a terminal in a room. What it answers, if anything, resolves when the terminal hears all that is told
 * there from now on, by whichever hub.
 */
export function enter(
  { neighbours }: Pick<Hub, "neighbours">,
  terminal: Terminal,
  room: string,
): Promise<void> | undefined {
  void terminal.join(room);
  return neighbours?.hearing();
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
export function tell({ io, neighbours }: Pick<Hub, "io" | "neighbours">, tidings: Tidings): void {
  const { snapshot, sender, words = JSON.stringify(tidings.event) } = tidings;
  const { event } = tidings;
  const { version } = event;
  const { issuer, payer, issuanceId } = snapshot;
  const say = (room: string) => {
    tellMembers(io, { room, words }, sender);
    neighbours?.tell({ room, words });
  };
  if (version > 2 || (version === 2 && issuer === payer)) {
    say(roomOf(issuanceId));
  } else {
    say(inboxOf(payer));
    if (issuer !== payer) say(inboxOf(issuer));
  }
  emptyIfEnded(io, event);
}

/** Passes on what another hub tells. */
export function passOn({ io }: Pick<Hub, "io">, word: Word): void {
  tellMembers(io, word);
  emptyIfEnded(io, word.event);
}

/** Tells this hub's members of a room. */
function tellMembers(io: HubServer, word: Pick<Word, "room" | "words">, sender?: Terminal): void {
  const { adapter, sockets } = io.sockets;
  const members = adapter.rooms.get(word.room);
  if (!members) return;
  // Where nobody else is, there is nothing to send.
  let packet: Packet | undefined;
  for (const id of members) {
    const terminal = id === sender?.id ? undefined : sockets.get(id);
    if (!terminal) continue;
    packet ??= eventPacket(word.words);
    send(terminal.conn, packet);
  }
}

/** Lets all of this hub's terminals leave the room of an issuance that has ended. */
function emptyIfEnded(io: HubServer, { issuanceId, state }: IssuanceEvent): void {
  if (!hasEnded(state)) return;
  const { adapter } = io.sockets;
  const room = roomOf(issuanceId);
  for (const id of adapter.rooms.get(room) ?? []) adapter.del(id, room);
}
