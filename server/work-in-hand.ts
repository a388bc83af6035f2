/** What a hub is working on, so that it can end it before it closes. */
import { setTimeout as sleep } from "node:timers/promises";

/** How often the end of the work is looked for, milliseconds. */
const POLL_MS = 10;

export class WorkInHand {
  #count = 0;
  #closing = false;
  #leaving = false;

  /** True once the hub has begun to close: it takes nothing new. */
  get isClosing(): boolean {
    return this.#closing;
  }

  /** True once the hub is going to close: balancers are told, and everything is still served. */
  get isLeaving(): boolean {
    return this.#leaving || this.#closing;
  }

  /** It closes soon. */
  leave(): void {
    this.#leaving = true;
  }

  /** A message or a request is being worked on; `end` has to follow. */
  begin(): void {
    this.#count += 1;
  }

  end(): void {
    this.#count -= 1;
  }

  /** Takes nothing new from now on. */
  close(): void {
    this.#closing = true;
  }

  /**
   * Waits until nothing is being worked on.
   *
   * @returns how much still is when the time is over.
   */
  async drain(withinMs: number): Promise<number> {
    const until = Date.now() + withinMs;
    while (this.#count > 0 && Date.now() < until) await sleep(POLL_MS);
    return this.#count;
  }
}
