/**
 * Ends what nobody answered. Any number of hubs may sweep: one at a time holds the lease, the scripts
 * check each deadline again, and a sweep looks at the first entries of each partition's queue alone, so
 * that its cost does not grow with the number of issuances.
 */
import { randomUUID } from "node:crypto";
import { partitionKeys, SWEEP_KEY } from "../ledger/keys.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Logger } from "../log.ts";

/** At most this many issuances of one partition are ended in one go, so that a sweep stays short. */
const BATCH = 100;

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
      await ledger.pruneEnded();
      // When more is due than one go takes, the next follows at once.
      if ((await this.#holdLease()) && (await this.sweep())) delayMs = 0;
    } catch (error) {
      log.warn({ error: String(error) }, "the sweep for deadlines was not finished; it is tried again");
    }
    this.#schedule(delayMs);
  }

  /** The lease lasts a little longer than a round, so that its holder keeps it and another takes over soon. */
  async #holdLease(): Promise<boolean> {
    const { ledger, intervalMs } = this.#options;
    const leaseMs = intervalMs * 3;
    const { store } = ledger.options;
    if ((await store.set(SWEEP_KEY, this.#id, "PX", leaseMs, "NX")) === "OK") return true;
    if ((await store.get(SWEEP_KEY)) !== this.#id) return false;
    await store.pexpire(SWEEP_KEY, leaseMs);
    return true;
  }

  /** Ends what is due; true when there may be more. */
  async sweep(): Promise<boolean> {
    const { ledger, expire, log } = this.#options;
    const now = await ledger.now();
    const partitions = Array.from({ length: ledger.options.partitions }, (_, partition) => partition);
    const due = await Promise.all(partitions.map((partition) => this.#due(partition, now)));
    const ended = await Promise.allSettled(due.flat().map(expire));
    const failed = ended.filter((result) => result.status === "rejected");
    if (failed.length > 0)
      log.warn({ failed: failed.length, error: String(failed[0]?.reason) }, "some deadlines are tried again");
    return failed.length === 0 && due.some((ids) => ids.length === BATCH);
  }

  #due(partition: number, now: number): Promise<string[]> {
    return this.#options.ledger.options.store.zrangebyscore(
      partitionKeys.deadlines(partition),
      0,
      now,
      "LIMIT",
      0,
      BATCH,
    );
  }
}
