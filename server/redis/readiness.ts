/** Can the store serve now? */
import { setTimeout } from "node:timers/promises";
import type { DurabilityLevel } from "@tallystick/protocol";
import { lacksRight } from "./availability.ts";
import { type Durability, type DurabilityWatch, EvictionError } from "./durability.ts";

/** A store that takes longer than this to answer is of no use to a terminal, milliseconds. */
const READY_WITHIN_MS = 1000;
const NO_RIGHTS = "The store can't serve now: NOPERM.";
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

/** The rights of the store's user, as far as readiness asks for them. */
export interface ReadyRights {
  missing(): Promise<readonly string[]>;
}

/** With MIN_REPLICAS: the replicas, as far as readiness asks for them. */
export interface ReadyReplicas {
  /** How many have to confirm an issue. */
  count: number;
  canConfirm(withinMs: number): Promise<boolean>;
}

/** What `/readyz` tells. */
export interface Ready {
  /** What an issue survives now. */
  durability: DurabilityLevel;
  /** How many partitions are not served; absent when all are. */
  degraded?: number;
  /** Vouchers can't be issued now, since too few replicas confirm them (MIN_REPLICAS); absent when they can. */
  issues?: "unavailable";
}

/** What does not answer by then is left out of an answer, which has to be given in time, milliseconds. */
const LOOK_WITHIN_MS = 800;
/** How long replicas are waited for before the answer tells what they did last, milliseconds. */
const REPLICAS_WITHIN_MS = 700;

export interface ReadinessOptions {
  book: ReadyBook;
  durability: DurabilityWatch;
  rights: ReadyRights;
  replicas: ReadyReplicas | undefined;
}

export class Readiness {
  readonly #options: ReadinessOptions;

  constructor(options: ReadinessOptions) {
    this.#options = options;
  }

  /**
   * Looks whether each partition holds the book, and tries to write to every server that has any: reading succeeds
   * on one that has become a replica, or whose memory or disk is full.
   *
   * @returns what is served, or a sentence that says why the store can't serve.
   */
  async check(): Promise<Ready | string> {
    const ended = new AbortController();
    const late = setTimeout(READY_WITHIN_MS, LATE, { signal: ended.signal }).catch(() => LATE);
    try {
      return await Promise.race([late, this.#ask()]);
    } finally {
      ended.abort();
    }
  }

  async #ask(): Promise<Ready | string> {
    try {
      const { book, durability } = this.#options;
      const refreshing = durability.refresh();
      const [lacksRights, canIssue, { refusal, unserved, partitions, failure }] = await Promise.all([
        this.#lacksRights(),
        this.#canIssue(refreshing),
        book.look({ writes: true }),
      ]);
      if (refusal !== undefined) return refusal;
      if (unserved === partitions) return reasonOf(failure);
      if (lacksRights) return NO_RIGHTS;
      // A server that is away does not tell its settings either; what the others told last holds for them.
      const { level } = failure === undefined ? await refreshing : durability;
      return {
        durability: level,
        ...(unserved > 0 && { degraded: unserved }),
        ...(!canIssue && { issues: "unavailable" }),
      };
    } catch (error) {
      return reasonOf(error);
    }
  }

  /** A server that does not answer is found by the look at the book. */
  async #lacksRights(): Promise<boolean> {
    const missing = this.#options.rights.missing().catch(() => []);
    const late = setTimeout(LOOK_WITHIN_MS, [], { ref: false });
    return (await Promise.race([missing, late])).length > 0;
  }

  async #canIssue(refreshing: Promise<Durability>): Promise<boolean> {
    const asked = refreshing.then(
      async (durability) => {
        const { replicas } = this.#options;
        if (!replicas) return true;
        // With too few replicas a wait would only hold up the connection.
        return durability.replicas >= replicas.count && replicas.canConfirm(REPLICAS_WITHIN_MS);
      },
      // A server that does not answer is no matter of replicas.
      () => true,
    );
    return Promise.race([asked, setTimeout(LOOK_WITHIN_MS, true, { ref: false })]);
  }
}

function reasonOf(error: unknown): string {
  const { name, message } = error as Error;
  if (name === "LateError") return LATE;
  if (error instanceof EvictionError)
    return "The store would throw data away: its maxmemory-policy is wrong.";
  if (lacksRight(error)) return NO_RIGHTS;
  // The first word of a server's error says all that the public needs to know.
  if (name === "ReplyError") return `The store can't serve now: ${message.split(" ")[0]}.`;
  return "The line to the store is down.";
}
