/** Can the store serve now? */
import { masters, type Store } from "./connect.ts";
import type { Durability, DurabilityWatch } from "./durability.ts";

/** A store that takes longer than this to answer is of no use to a terminal, milliseconds. */
const READY_WITHIN_MS = 1000;

export class Readiness {
  readonly #store: Store;
  readonly #durability: DurabilityWatch;

  constructor(store: Store, durability: DurabilityWatch) {
    this.#store = store;
    this.#durability = durability;
  }

  /**
   * Asks every server that holds a part of the book. A server refuses even this while it loads its data or
   * can't write to its disk.
   *
   * @returns what an issue survives now, or a sentence that says why the store can't serve.
   */
  async check(): Promise<Durability | string> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(resolve, READY_WITHIN_MS, `The store did not answer within ${READY_WITHIN_MS} ms.`);
    });
    try {
      return await Promise.race([late, this.#ask()]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #ask(): Promise<Durability | string> {
    const servers = masters(this.#store);
    if (servers.length === 0) return "No server of the store is known yet.";
    try {
      await Promise.all(servers.map((server) => server.ping()));
      return await this.#durability.refresh();
    } catch (error) {
      const { name, message } = error as Error;
      // The first word of a server's error says all that the public needs to know.
      return name === "ReplyError"
        ? `The store can't serve now: ${message.split(" ")[0]}.`
        : "The line to the store is down.";
    }
  }
}
