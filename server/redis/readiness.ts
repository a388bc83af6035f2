/** Can the store serve now? */
import type { DurabilityLevel } from "@tallystick/protocol";
import type { DurabilityWatch } from "./durability.ts";

/** A store that takes longer than this to answer is of no use to a terminal, milliseconds. */
const READY_WITHIN_MS = 1000;
const LATE = `The store did not answer within ${READY_WITHIN_MS} ms.`;

/** The book, as far as readiness asks for it. */
export interface ReadyBook {
  look(options: { writes: true }): Promise<{
    /** Why nothing is served; undefined when something is. */
    refusal: string | undefined;
    /** How many partitions can't be read or written, or have lost their data. */
    unserved: number;
    partitions: number;
    /** Why one of them could not be read or written. */
    failure: unknown;
  }>;
}

/** What `/readyz` tells. */
export interface Ready {
  /** What an issue survives now. */
  durability: DurabilityLevel;
  /** How many partitions are not served; absent when all are. */
  degraded?: number;
}

export class Readiness {
  readonly #book: ReadyBook;
  readonly #durability: DurabilityWatch;

  constructor(book: ReadyBook, durability: DurabilityWatch) {
    this.#book = book;
    this.#durability = durability;
  }

  /**
   * Looks whether each partition holds the book, and tries to write to every server that has any: reading succeeds
   * on one that has become a replica, or whose memory or disk is full.
   *
   * @returns what is served, or a sentence that says why the store can't serve.
   */
  async check(): Promise<Ready | string> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(resolve, READY_WITHIN_MS, LATE);
    });
    try {
      return await Promise.race([late, this.#ask()]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #ask(): Promise<Ready | string> {
    try {
      const { refusal, unserved, partitions, failure } = await this.#book.look({ writes: true });
      if (refusal !== undefined) return refusal;
      if (unserved === partitions) return reasonOf(failure);
      // A server that is away does not tell its settings either; what the others told last holds for them.
      const { level: durability } =
        failure === undefined ? await this.#durability.refresh() : this.#durability;
      return unserved === 0 ? { durability } : { durability, degraded: unserved };
    } catch (error) {
      return reasonOf(error);
    }
  }
}

function reasonOf(error: unknown): string {
  const { name, message } = error as Error;
  if (name === "LateError") return LATE;
  // The first word of a server's error says all that the public needs to know.
  if (name === "ReplyError") return `The store can't serve now: ${message.split(" ")[0]}.`;
  return "The line to the store is down.";
}
