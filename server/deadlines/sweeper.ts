/**
 * Ends what nobody answered. Any number of hubs may sweep: one at a time holds the lease, the scripts
 * check each deadline again, and a sweep looks at the first entries of each partition's queue alone, so
 * that its cost does not grow with the number of issuances.
 */
import { randomUUID } from "node:crypto";
import type { Ledger } from "../ledger/ledger.ts";
import type { Logger } from "../log.ts";

/** At most this many issuances of one partition are ended in one go, so that a sweep stays short. */
const BATCH = 100;
/** The lease lasts longer than a round, so that its holder keeps it, and another takes over soon. */
const LEASE_ROUNDS = 3;

export interface SweeperOptions {
  ledger: Ledger;
  log: Logger;
  intervalMs: number;
  /** Ends one issuance and tells both sides. */
  expire: (issuanceId: string) => Promise<void>;
}

export class Sweeper {
  readonly #options: SweeperOptions;
  readonly #id = randomUUID();
  #timer: NodeJS.Timeout | undefined;
  #sweeping: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: SweeperOptions) {
    this.#options = options;
  }

  start(): void {
    this.#schedule(this.#options.intervalMs);
  }

  /** Ends after the sweep under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#sweeping;
  }

  #schedule(delayMs: number): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#sweeping = this.#round();
    }, delayMs);
    this.#timer.unref();
  }

  async #round(): Promise<void> {
    const { ledger, log, intervalMs } = this.#options;
    let delayMs = intervalMs;
    try {
      await ledger.openIssuances.pruneEnded();
      // When more is due than one go takes, the next follows at once.
      if ((await ledger.deadlines.holdLease(this.#id, LEASE_ROUNDS * intervalMs)) && (await this.sweep()))
        delayMs = 0;
    } catch (error) {
      log.warn({ error: String(error) }, "the sweep for deadlines was not finished; it is tried again");
    }
    this.#schedule(delayMs);
  }

  /** Ends what is due; true when there may be more. */
  async sweep(): Promise<boolean> {
    const { ledger, expire, log } = this.#options;
    const now = await ledger.now();
    const due = await ledger.deadlines.due(now, BATCH);
    const ended = await Promise.allSettled(due.flat().map(expire));
    const failed = ended.filter((result) => result.status === "rejected");
    if (failed.length > 0)
      log.warn({ failed: failed.length, error: String(failed[0]?.reason) }, "some deadlines are tried again");
    return failed.length === 0 && due.some((ids) => ids.length === BATCH);
  }
}
