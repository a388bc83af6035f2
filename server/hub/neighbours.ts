/**
 * What the hubs of one book tell each other, over Redis's sharded pub/sub: each room has a channel, and a hub
 * hears it as long as it has members there, so that a word reaches just the hubs that it concerns. What is
 * told is a hint, the store's log is the truth.
 */
import { randomBytes } from "node:crypto";
import type { IssuanceEvent } from "@tallystick/protocol";
import type { Store } from "../redis/connect.ts";
import type { HubServer } from "./types.ts";

/** The lines over which hubs hear of each other. */
export interface Lines {
  publish: Store;
  subscribe: Store;
}

/** An event that one hub tells the others' members of a room. */
export interface Word {
  room: string;
  event: IssuanceEvent;
  /** The event's text of JSON. */
  words: string;
}

const PREFIX = "ts#";
/** A message is the hub's name and the event. */
const NAME_LENGTH = 8;
/** A line that does not answer is down: what is missed then is made up for by a sync, milliseconds. */
const LONGEST_WAIT_MS = 250;

export class Neighbours {
  readonly #lines: Lines;
  readonly #name = randomBytes(6).toString("base64url");
  /** What the store has not confirmed yet: what is told before that is not heard. */
  readonly #subscribing = new Set<Promise<unknown>>();

  /** Hears what others tell in the rooms of this hub. */
  constructor(lines: Lines, rooms: HubServer["sockets"]["adapter"], hear: (word: Word) => void) {
    this.#lines = lines;
    rooms.on("create-room", (room: string) => isTold(room) && this.#subscribe(room));
    rooms.on("delete-room", (room: string) => isTold(room) && this.#unsubscribe(room));
    lines.subscribe.on("smessageBuffer", (channel: Buffer, message: Buffer) => {
      // What this hub tells comes back to it.
      if (message.toString("latin1", 0, NAME_LENGTH) === this.#name) return;
      const words = message.toString("utf8", NAME_LENGTH);
      const event = readEvent(words);
      if (event) hear({ room: channel.toString().slice(PREFIX.length), event, words });
    });
  }

  /** Tells the others. Whether they hear it nobody knows. */
  tell({ room, words }: Pick<Word, "room" | "words">): void {
    this.#lines.publish.spublish(PREFIX + room, this.#name + words).catch(() => undefined);
  }

  /**
   * Waits until this hub hears all rooms that it has; at once when it does. Whoever is told of a join before that
   * could do something of which the new member would not hear.
   */
  hearing(): Promise<void> | undefined {
    return this.#subscribing.size > 0 ? this.#untilHeard() : undefined;
  }

  async #untilHeard(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, LONGEST_WAIT_MS);
    });
    await Promise.race([late, Promise.all(this.#subscribing)]);
    clearTimeout(timer);
  }

  #subscribe(room: string): void {
    const answered = this.#lines.subscribe
      .ssubscribe(PREFIX + room)
      // A line that is lost subscribes again by itself once it is back.
      .catch(() => undefined)
      .finally(() => this.#subscribing.delete(answered));
    this.#subscribing.add(answered);
  }

  #unsubscribe(room: string): void {
    this.#lines.subscribe.sunsubscribe(PREFIX + room).catch(() => undefined);
  }
}

/** Every terminal has a room of its own as well, named by its socket's id, where nothing is told. */
function isTold(room: string): boolean {
  return room.includes(":");
}

/** Whatever else may be published there is no word: it must neither reach a terminal nor end the hub. */
function readEvent(words: string): IssuanceEvent | undefined {
  try {
    const event: Partial<IssuanceEvent> | null = JSON.parse(words);
    return typeof event?.issuanceId === "string" ? (event as IssuanceEvent) : undefined;
  } catch {
    return undefined;
  }
}
