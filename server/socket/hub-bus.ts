/**
 * What the hubs of one book tell each other, over Redis's sharded pub/sub: each room has a channel, and a hub
 * subscribes to it as long as it has members there, so that a message reaches just the hubs that it concerns.
 * What is told is a hint, the store's log is the truth.
 */
import { randomBytes } from "node:crypto";
import type { IssuanceEvent, SessionFenced, VoucherEvent } from "@tallystick/protocol";
import type { Redis } from "ioredis";
import { masters, type Store } from "../redis/connect.ts";
import type { HubServer } from "./terminal.ts";

/** The connections over which hubs hear of each other. */
export interface BusConnections {
  publisher: Store;
  subscriber: Store;
}

/** That a party's terminals have come to a hub, or gone. */
export interface PartyMoved {
  party: string;
}

/** A hub that tells of itself, or of what it has counted. */
export interface HubTold {
  hub: string;
}

/** A party's tokens that were made until then are good no more. */
export interface PartyRevoked extends PartyMoved {
  revokedUntil: number;
}

/** What one hub tells the others' members of a room: an event, that an issuance is fenced, that a party has moved. */
export interface RoomMessage {
  room: string;
  message: IssuanceEvent | VoucherEvent | SessionFenced | PartyMoved | PartyRevoked | HubTold;
  /** The same as JSON. */
  json: string;
}

/** Channels are named by the book too: a server's databases, and all that use it, share one space of channels. */
const prefixOf = (bookId: string) => `ts#${bookId}#`;
/** A message is the hub's name and the event. */
const NAME_LENGTH = 8;
/** A connection that does not answer is down: what is missed then is made up for by a sync, milliseconds. */
const LONGEST_WAIT_MS = 250;

export class HubBus {
  readonly #connections: BusConnections;
  readonly #name = randomBytes(6).toString("base64url");
  /** What the store has not confirmed yet: what is told before that is not heard, or still heard. */
  readonly #settling = new Map<string, Promise<unknown>>();
  #prefix: string;
  #rooms: HubServer["sockets"]["adapter"] | undefined;
  /** Rooms that it hears of whether or not it has members there. */
  readonly #heard = new Set<string>();
  readonly #onRefused: (error: unknown) => void;

  /** @param onRefused is called when the store does not let the hub tell or hear. */
  constructor(connections: BusConnections, bookId: string, onRefused: () => void) {
    this.#connections = connections;
    this.#prefix = prefixOf(bookId);
    // A connection that is lost subscribes again by itself, and what is missed meanwhile is made up for by a sync.
    this.#onRefused = (error) => {
      if ((error as Error).name === "ReplyError") onRefused();
    };
    connections.subscriber.on("refused", this.#onRefused);
  }

  /** Subscribes to all rooms once more, as when the store has refused it for a while. */
  subscribeAgain(): void {
    for (const room of this.#toldRooms()) this.#subscribe(room);
  }

  /** Hears from now on what hubs of another book tell, since an operator has begun that one in place of the first. */
  useBook(bookId: string): void {
    for (const room of this.#toldRooms()) this.#unsubscribe(room);
    this.#prefix = prefixOf(bookId);
    this.subscribeAgain();
  }

  /** Subscribes to the rooms of this hub, and hands on what others tell there. */
  listen(rooms: HubServer["sockets"]["adapter"], deliver: (message: RoomMessage) => void): void {
    this.#rooms = rooms;
    rooms.on("create-room", (room: string) => isTold(room) && this.#subscribe(room));
    rooms.on("delete-room", (room: string) => isTold(room) && this.#unsubscribe(room));
    this.#connections.subscriber.on("smessageBuffer", (channel: Buffer, message: Buffer) => {
      const name = channel.toString();
      // What this hub publishes comes back to it.
      if (!name.startsWith(this.#prefix) || message.toString("latin1", 0, NAME_LENGTH) === this.#name) return;
      const json = message.toString("utf8", NAME_LENGTH);
      const read = readMessage(json);
      if (read) deliver({ room: name.slice(this.#prefix.length), message: read, json });
    });
  }

  /** Hears what is told in a room from now on, for the hub itself. */
  hear(room: string): void {
    this.#heard.add(room);
    this.#subscribe(room);
  }

  /** Tells the others. Whether they hear it nobody knows. */
  publish({ room, json }: Pick<RoomMessage, "room" | "json">): void {
    this.#connections.publisher.spublish(this.#prefix + room, this.#name + json).catch(this.#onRefused);
  }

  /**
   * Resolves when this hub is subscribed to a room that it has, or no longer to one that it had; undefined when that is
   * so. Whoever is told of a join before that could do something of which the new member would not hear. Rooms fail
   * apart: each may be at another server.
   */
  whenSettled(room: string): Promise<void> | undefined {
    const settling = this.#settling.get(room);
    return settling && inTime(settling);
  }

  /** How many hubs have members in each of these rooms, as far as the store knows. */
  async countHubs(rooms: readonly string[]): Promise<number[]> {
    const channels = rooms.map((room) => this.#prefix + room);
    const ask = (server: Redis) => server.call("PUBSUB", "SHARDNUMSUB", ...channels) as Promise<unknown[]>;
    // In a cluster each channel is known to one of the masters.
    const answers = await Promise.all(masters(this.#connections.publisher).map(ask));
    return rooms.map((_, index) =>
      answers.reduce((count, answer) => count + Number(answer[2 * index + 1] ?? 0), 0),
    );
  }

  #subscribe(room: string): void {
    this.#settle(room, this.#connections.subscriber.ssubscribe(this.#prefix + room));
  }

  #unsubscribe(room: string): void {
    this.#settle(room, this.#connections.subscriber.sunsubscribe(this.#prefix + room));
  }

  #settle(room: string, answer: Promise<unknown>): void {
    const answered: Promise<unknown> = answer.catch(this.#onRefused).finally(() => {
      if (this.#settling.get(room) === answered) this.#settling.delete(room);
    });
    this.#settling.set(room, answered);
  }

  #toldRooms(): string[] {
    return [...this.#heard, ...[...(this.#rooms?.rooms.keys() ?? [])].filter(isTold)];
  }
}

async function inTime(subscribing: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, LONGEST_WAIT_MS);
  });
  await Promise.race([late, subscribing]);
  clearTimeout(timer);
}

/** Every terminal has a room of its own as well, named by its socket's id, where nothing is told. */
function isTold(room: string): boolean {
  return room.includes(":");
}

/** Whatever else may be published there must neither reach a terminal nor end the hub. */
function readMessage(json: string): RoomMessage["message"] | undefined {
  try {
    const message: { issuanceId?: unknown; voucherId?: unknown; party?: unknown; hub?: unknown } | null =
      JSON.parse(json);
    const id = message?.voucherId ?? message?.issuanceId ?? message?.party ?? message?.hub;
    return typeof id === "string" ? (message as RoomMessage["message"]) : undefined;
  } catch {
    return undefined;
  }
}
