/**
 * What comes over a connection, in its order. While it is held nothing is read of it: what its other side sends then waits
 * there, and what had been read by then waits here, which is no more than a slice.
 */
import type { Turns } from "../../limits/turns.ts";
import type { EngineConnection, Transport } from "./engine.ts";
import { readInSlices, type SliceReader } from "./slices.ts";

export class Inflow implements SliceReader {
  readonly turns: Turns;
  readonly #connection: EngineConnection;
  readonly #take: (data: unknown) => void;
  #waiting: unknown[] = [];
  /** For how many reasons it is held. */
  #holds = 0;

  /** @param take is given each text, and may hold the connection. */
  constructor(connection: EngineConnection, turns: Turns, take: (data: unknown) => void) {
    this.turns = turns;
    this.#connection = connection;
    this.#take = take;
    connection.on("data", (data) => {
      if (this.isHeld) this.#waiting.push(data);
      else this.#take(data);
    });
    connection.once("close", () => {
      this.#waiting = [];
    });
    readInSlices(connection, this);
  }

  get isHeld(): boolean {
    return this.#holds > 0;
  }

  /** Holds it until the function that it answers is called, once. */
  hold(): () => void {
    this.#holds += 1;
    if (this.#holds === 1) this.#socket?.pause();
    return () => {
      this.#holds -= 1;
      if (this.#holds === 0) this.#release();
    };
  }

  step(): void {
    if (!this.isHeld) this.#readOn();
  }

  #readOn(): void {
    this.#socket?.resume();
  }

  get #socket() {
    return (this.#connection.transport as Transport).socket;
  }

  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    let taken = 0;
    while (taken < waiting.length && !this.isHeld) this.#take(waiting[taken++]);
    if (this.isHeld) this.#waiting = waiting.slice(taken);
    else this.#readOn();
  }
}
