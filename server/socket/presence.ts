/**
 * Is the other side here? Whether a party has a terminal at any hub, told to whoever negotiates with it and asks. The
 * store knows: a hub is subscribed to a party's inbox as long as it has members there, and a hub that dies no longer is.
 */
import { hasEnded, type PresenceTold, type QueryPayloads, type State } from "@tallystick/protocol";
import type { Issuances } from "../issuances/issuances.ts";
import type { HubBus, RoomMessage } from "./hub-bus.ts";
import { inboxOf, isRoomOfIssuance, partyOfInbox, type Rooms, roomOf } from "./rooms.ts";
import type { HubServer, Terminal } from "./terminal.ts";

/** A page that is loaded anew leaves and is back at once, and several terminals may come together, milliseconds. */
const SETTLES_MS = 250;
/** How often it is looked whether hubs have died, or are back, without saying so, milliseconds. */
const LOOK_EVERY_MS = 5000;
/** Of how many parties the store is asked at once. */
const ASKED_AT_ONCE = 100;

/** What comes of asking. */
export type Watched =
  | { kind: "watched"; here: boolean }
  | { kind: "not_found" }
  | { kind: "ended"; state: State };

export interface PresenceOptions {
  io: HubServer;
  rooms: Rooms;
  /** Other hubs of the same book; absent when this one is alone. */
  bus: HubBus | undefined;
}

/** The room of those at this hub that watch a party. */
function watchersOf(party: string): string {
  return `presence:${party}`;
}

function watchedIn(room: string): string | undefined {
  return room.startsWith("presence:") ? room.slice("presence:".length) : undefined;
}

export class Presence {
  readonly #options: PresenceOptions;
  /** The parties that are watched from this hub, and whether they were here when last looked at. */
  readonly #known = new Map<string, boolean>();
  readonly #settling = new Map<string, NodeJS.Timeout>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: PresenceOptions) {
    this.#options = options;
    const { adapter } = options.io.sockets;
    adapter.on("create-room", (room: string) => this.#onRoom(room));
    adapter.on("delete-room", (room: string) => {
      const watched = watchedIn(room);
      if (watched === undefined) this.#onRoom(room);
      else this.#known.delete(watched);
    });
    // An issuance that has ended lets its terminals go, and with it goes the right to know.
    adapter.on("leave-room", (room: string, id: string) => this.#onLeft(room, id));
    this.#timer = setInterval(() => void this.#lookAtAll(), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  /** Looks no more. */
  stop(): void {
    clearInterval(this.#timer);
    for (const timer of this.#settling.values()) clearTimeout(timer);
  }

  /** Answers whether the other side of an issuance is here, and tells the terminal of each change until it has ended. */
  async watch(
    terminal: Terminal,
    { issuanceId }: QueryPayloads["presence:watch"],
    issuances: Issuances,
  ): Promise<Watched> {
    const { sender } = terminal.data;
    const found = await issuances.sync(sender, { issuanceId, after: 0 });
    if (found.kind !== "found") return { kind: "not_found" };
    const { issuer, payer, state } = found.snapshot;
    if (hasEnded(state)) return { kind: "ended", state };
    const other = issuer === sender.party ? payer : issuer;
    if (terminal.connected) await this.#options.rooms.join(terminal, watchersOf(other));
    try {
      const here = await this.#isHere(other);
      // It may have ended while the store was asked.
      if (sender.isInRoom(issuanceId)) {
        terminal.data.watched ??= new Map();
        terminal.data.watched.set(issuanceId, other);
      }
      this.#note(other, here);
      return { kind: "watched", here };
    } finally {
      this.#leaveUnwatched(terminal, other);
    }
  }

  /** Another hub says to the watchers of a party that it has come or gone there. False when it says something else. */
  hint({ room }: Pick<RoomMessage, "room">): boolean {
    const party = watchedIn(room);
    if (party !== undefined) this.#lookSoon(party);
    return party !== undefined;
  }

  #onRoom(room: string): void {
    const party = partyOfInbox(room);
    if (party === undefined) return;
    this.#lookSoon(party);
    void this.#tellOthers(room, party);
  }

  /** The others look at what the store knows, so that they are told once it knows. */
  async #tellOthers(inbox: string, party: string): Promise<void> {
    const { bus } = this.#options;
    if (!bus) return;
    await bus.whenSettled(inbox);
    bus.publish({ room: watchersOf(party), json: JSON.stringify({ party }) });
  }

  #lookSoon(party: string): void {
    if (!this.#known.has(party) || this.#settling.has(party)) return;
    const look = async () => {
      this.#settling.delete(party);
      // While the store is away nothing is known; it is looked at again.
      const here = await this.#isHere(party).catch(() => undefined);
      if (here !== undefined && this.#known.has(party)) this.#note(party, here);
    };
    this.#settling.set(party, setTimeout(look, SETTLES_MS).unref());
  }

  async #lookAtAll(): Promise<void> {
    const { bus } = this.#options;
    const parties = [...this.#known.keys()].filter((party) => !this.#isAtThisHub(party));
    for (let first = 0; bus && first < parties.length; first += ASKED_AT_ONCE) {
      const some = parties.slice(first, first + ASKED_AT_ONCE);
      const counts = await bus.countHubs(some.map(inboxOf)).catch(() => undefined);
      if (!counts) return;
      for (const [index, party] of some.entries())
        if (this.#known.has(party)) this.#note(party, (counts[index] ?? 0) > 0 || this.#isAtThisHub(party));
    }
  }

  async #isHere(party: string): Promise<boolean> {
    if (this.#isAtThisHub(party)) return true;
    const counts = await this.#options.bus?.countHubs([inboxOf(party)]);
    return (counts?.[0] ?? 0) > 0;
  }

  #isAtThisHub(party: string): boolean {
    return this.#options.io.sockets.adapter.rooms.has(inboxOf(party));
  }

  /** Tells those who watch a party, when something else is known of it than before. */
  #note(party: string, here: boolean): void {
    const { adapter, sockets } = this.#options.io.sockets;
    const members = adapter.rooms.get(watchersOf(party));
    if (!members) return;
    const before = this.#known.get(party);
    this.#known.set(party, here);
    if (before === undefined || before === here) return;
    for (const id of members) {
      const terminal = sockets.get(id);
      for (const [issuanceId, watched] of terminal?.data.watched ?? []) {
        const told: PresenceTold = { issuanceId, here };
        if (watched === party) terminal?.emit("presence", told);
      }
    }
  }

  #onLeft(room: string, id: string): void {
    const terminal = isRoomOfIssuance(room) ? this.#options.io.sockets.sockets.get(id) : undefined;
    for (const [issuanceId, party] of terminal?.data.watched ?? []) {
      if (!terminal || roomOf(issuanceId) !== room) continue;
      terminal.data.watched?.delete(issuanceId);
      this.#leaveUnwatched(terminal, party);
    }
  }

  #leaveUnwatched(terminal: Terminal, party: string): void {
    for (const watched of terminal.data.watched?.values() ?? []) if (watched === party) return;
    this.#options.io.sockets.adapter.del(terminal.id, watchersOf(party));
  }
}
