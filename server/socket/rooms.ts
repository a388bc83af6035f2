/**
 * Which terminals hear of what. Rooms are named by the store's ids; an event goes to one room at a time, so
 * that with many hubs it reaches just those with members.
 */
import { hasEnded, type IssuanceEvent, isVoucherId, type SessionFenced } from "@tallystick/protocol";
import type { Announcement, Sender } from "../issuances/broadcast.ts";
import type { RevokedTokens } from "../ledger/revoked-tokens.ts";
import { isRevoked } from "../revocations.ts";
import type { VoucherAnnouncement, VoucherSender } from "../vouchers/broadcast.ts";
import { type Packet, send } from "./fast-path/frames.ts";
import { eventPacket } from "./fast-path/messages.ts";
import type { HubBus, PartyRevoked, RoomMessage } from "./hub-bus.ts";
import { dismiss } from "./session-ends.ts";
import type { HubServer, Terminal } from "./terminal.ts";

/** A party's inbox: each of its terminals is in it. */
export function inboxOf(party: string): string {
  return `party:${party}`;
}

/** The party whose inbox a room is. */
export function partyOfInbox(room: string): string | undefined {
  return room.startsWith("party:") ? room.slice("party:".length) : undefined;
}

/** The negotiation's room. */
export function roomOf(issuanceId: string): string {
  return `issuance:${issuanceId}`;
}

export function isRoomOfIssuance(room: string): boolean {
  return room.startsWith("issuance:");
}

function fencedPacket(json: string): Packet {
  return eventPacket(json, "session:fenced");
}

function voucherPacket(json: string): Packet {
  return eventPacket(json, "voucher:event");
}

export class Rooms {
  readonly #io: HubServer;
  readonly #bus: HubBus | undefined;

  /** @param bus other hubs of the same book; absent when this one is alone, and nothing need leave it. */
  constructor(io: HubServer, bus?: HubBus) {
    this.#io = io;
    this.#bus = bus;
  }

  /**
   * Puts a terminal in a room. What it answers, if anything, resolves when the terminal hears all that is told
   * there from now on, by whichever hub.
   */
  join(terminal: Terminal, room: string): Promise<void> | undefined {
    // One that has gone meanwhile has left all its rooms, and would stay in this one for ever.
    if (terminal.disconnected) return undefined;
    void terminal.join(room);
    return this.#bus?.whenSettled(room);
  }

  /** Tells everybody but the sender, here and at other hubs. */
  broadcast({ event, json, snapshot, audience, except }: Announcement): void {
    const { issuer, payer, issuanceId } = snapshot;
    if (audience === "room") {
      this.#tell(roomOf(issuanceId), json, except);
    } else {
      this.#tell(inboxOf(payer), json, except);
      if (issuer !== payer) this.#tell(inboxOf(issuer), json, except);
    }
    this.#emptyIfEnded(event);
  }

  /** Passes on what another hub tells its terminals' members of a room. */
  deliver({ room, message, json }: RoomMessage): void {
    if ("revokedUntil" in message) this.endSessions({ party: message.party, until: message.revokedUntil });
    else if (!("state" in message)) this.#sendToRoom(room, fencedPacket, json);
    else if ("voucherId" in message) this.#sendToRoom(room, voucherPacket, json);
    else {
      this.#sendToRoom(room, eventPacket, json);
      this.#emptyIfEnded(message);
    }
  }

  /** Tells each party of a voucher's event, in its own view; the sender excepted. */
  broadcastVoucher({ told, except }: VoucherAnnouncement): void {
    for (const { party, json } of told) {
      const room = inboxOf(party);
      this.#sendToRoom(room, voucherPacket, json, except);
      this.#bus?.publish({ room, json });
    }
  }

  /** Tells a party's terminals, here and at other hubs, that an issuance or a voucher of the party's is fenced. */
  tellFenced(party: string, id: string): void {
    const room = inboxOf(party);
    const fenced: SessionFenced = isVoucherId(id) ? { voucherId: id } : { issuanceId: id };
    const json = JSON.stringify(fenced);
    this.#sendToRoom(room, fencedPacket, json);
    this.#bus?.publish({ room, json });
  }

  /** Ends this hub's sessions of tokens that were revoked. */
  endSessions({ party, until }: RevokedTokens): void {
    const { adapter, sockets } = this.#io.sockets;
    for (const id of adapter.rooms.get(inboxOf(party)) ?? []) {
      const terminal = sockets.get(id);
      if (terminal && isRevoked(terminal.data.issuedAt, until)) dismiss(terminal);
    }
  }

  /** Lets the other hubs end theirs. */
  tellRevoked({ party, until }: RevokedTokens): void {
    const message: PartyRevoked = { party, revokedUntil: until };
    this.#bus?.publish({ room: inboxOf(party), json: JSON.stringify(message) });
  }

  #tell(room: string, json: string, except: Sender | undefined): void {
    this.#sendToRoom(room, eventPacket, json, except);
    this.#bus?.publish({ room, json });
  }

  /** Sends a message to this hub's members of a room. */
  #sendToRoom(room: string, pack: (json: string) => Packet, json: string, except?: VoucherSender): void {
    const { adapter, sockets } = this.#io.sockets;
    const members = adapter.rooms.get(room);
    if (!members) return;
    // Where nobody else is, there is nothing to send.
    let packet: Packet | undefined;
    for (const id of members) {
      const terminal = sockets.get(id);
      if (!terminal || terminal.data.sender === except) continue;
      packet ??= pack(json);
      send(terminal.conn, packet);
    }
  }

  /** Lets all of this hub's terminals leave the room of an issuance that has ended. */
  #emptyIfEnded({ issuanceId, state }: IssuanceEvent): void {
    if (!hasEnded(state)) return;
    const { adapter } = this.#io.sockets;
    const room = roomOf(issuanceId);
    for (const id of adapter.rooms.get(room) ?? []) adapter.del(id, room);
  }
}

/** A terminal, as the use cases see it. */
export class TerminalSender implements Sender {
  readonly party: string;
  readonly #terminal: Terminal;
  readonly #rooms: Rooms;

  constructor(party: string, terminal: Terminal, rooms: Rooms) {
    this.party = party;
    this.#terminal = terminal;
    this.#rooms = rooms;
  }

  joinRoom(issuanceId: string): Promise<void> | undefined {
    return this.#rooms.join(this.#terminal, roomOf(issuanceId));
  }

  leaveRoom(issuanceId: string): void {
    void this.#terminal.leave(roomOf(issuanceId));
  }

  isInRoom(issuanceId: string): boolean {
    return this.#terminal.rooms.has(roomOf(issuanceId));
  }
}
