/**
 * What comes over a connection, in its order. While it is held nothing is read of it: what its other side sends then waits
 * there, and what had been read by then waits here, which is no more than TCP hands over at once.
 */
import type { EngineConnection, Transport } from "./engine.ts";

export class Inflow {
  readonly #connection: EngineConnection;
  readonly #take: (data: unknown) => void;
  #waiting: unknown[] = [];
  #isHeld = false;

  /** @param take is given each text, and may hold the connection. */
  constructor(connection: EngineConnection, take: (data: unknown) => void) {
    this.#connection = connection;
    this.#take = take;
    connection.on("data", (data) => {
      if (this.#isHeld) this.#waiting.push(data);
      else this.#take(data);
    });
    connection.once("close", () => {
      this.#waiting = [];
    });
  }

  /** Holds it for so many milliseconds, unless it is held already. */
  hold(milliseconds: number): void {
    if (this.#isHeld) return;
    this.#isHeld = true;
    this.#socket?.pause();
    setTimeout(() => this.#release(), milliseconds).unref();
  }

  get #socket() {
    return (this.#connection.transport as Transport).socket;
  }

  #release(): void {
    this.#isHeld = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    let taken = 0;
    while (taken < waiting.length && !this.#isHeld) this.#take(waiting[taken++]);
    if (this.#isHeld) this.#waiting = waiting.slice(taken);
    else this.#socket?.resume();
  }
}
