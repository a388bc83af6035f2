/**
 * Ends what nobody answered. Any number of hubs may sweep: one at a time holds the lease, the scripts
 * check each deadline again, and a sweep looks at the first entries of each partition's queue alone, so
 * that its cost does not grow with the number of issuances. Each partition is swept by itself, since they may be
 * on different servers: what one of them can't do now holds up none of the others.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Ledger } from "../ledger/ledger.ts";
import type { Logger } from "../log.ts";
import { isUnavailable } from "../redis/availability.ts";
import { Troubles } from "./troubles.ts";

/** At most this many issuances of one partition are ended in one go, so that no command waits for long. */
const BATCH = 100;
/** The lease lasts longer than a round, so that its holder keeps it, and another takes over soon. */
const LEASE_ROUNDS = 3;
/** Its holder does not ask while it lasts for longer than this yet, in rounds: it asks every other time. */
const SURE_ROUNDS = 1.5;

export interface SweeperOptions {
  ledger: Pick<
    Ledger,
    "census" | "deadlines" | "indexRepair" | "openIssuances" | "partitions" | "untouched" | "voucherIndex"
  >;
  log: Pick<Logger, "warn">;
  intervalMs: number;
  /** Does what time has brought about to one issuance or voucher, and tells its parties. */
  expire: (id: string) => Promise<void>;
  /** Does what a hub that died has left in the queue of things undone; it fails by itself. */
  finish: (entry: string) => Promise<void>;
}

export class Sweeper {
  readonly #options: SweeperOptions;
  readonly #id = randomUUID();
  readonly #troubles: Troubles;
  /** What is under way, by its name: nothing is begun again before it has ended. */
  readonly #underWay = new Map<string, Promise<void>>();
  /** The answer about the lease that is waited for. */
  #lease: Promise<boolean> | undefined;
  /** Until when it is this hub's, by the clock of `performance.now()`. */
  #heldUntil = 0;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: SweeperOptions) {
    this.#options = options;
    this.#troubles = new Troubles(options.log);
  }

  start(): void {
    const { intervalMs } = this.#options;
    this.#timer = setInterval(() => this.#begin("round", () => this.#round()), intervalMs);
    this.#timer.unref();
  }

  /** Ends after what is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    while (this.#underWay.size > 0) await Promise.all(this.#underWay.values());
  }

  async #round(): Promise<void> {
    const { ledger } = this.#options;
    this.#begin("prune", () =>
      ledger.openIssuances.pruneEnded((error) => this.#troubles.note("prune", error)),
    );
    this.#begin("vouchers", () =>
      ledger.voucherIndex.moveEnded((error) => this.#troubles.note("vouchers", error)),
    );
    this.#begin("untouched", () =>
      ledger.untouched.dropTouched((error) => this.#troubles.note("untouched", error)),
    );
    if (!(await this.#maySweep())) {
      ledger.census.forget();
      return;
    }
    this.#sweepAll();
    this.#begin("census", () =>
      ledger.census.step((error) => this.#troubles.note("census", error), { goesOn: () => !this.#stopped }),
    );
    for (const partition of ledger.indexRepair.nextPartitions())
      this.#begin(`index ${partition}`, () => this.#repairIndex(partition));
  }

  async #repairIndex(partition: number): Promise<void> {
    const { ledger, log } = this.#options;
    const failed = (error: unknown) => this.#troubles.note(`index ${partition}`, error);
    const restored = await ledger.indexRepair.step(partition, failed);
    if (restored > 0)
      log.warn({ restored }, "issuers' indexes had lost open issuances, which are back in them");
  }

  /**
   * The lease only spares work: a hub that can't learn who holds it, since the one server that knows does not
   * answer, sweeps all the same.
   */
  async #maySweep(): Promise<boolean> {
    const { ledger, intervalMs } = this.#options;
    const now = performance.now();
    if (this.#heldUntil - now > SURE_ROUNDS * intervalMs) return true;
    this.#lease ??= ledger.deadlines
      .holdLease(this.#id, LEASE_ROUNDS * intervalMs)
      .then((isHeld) => {
        this.#heldUntil = isHeld ? now + LEASE_ROUNDS * intervalMs : 0;
        return isHeld;
      })
      .catch((error: unknown) => {
        this.#troubles.note("lease", error);
        return true;
      })
      .finally(() => {
        this.#lease = undefined;
      });
    const patience = new AbortController();
    const late = sleep(intervalMs, true, { ref: false, signal: patience.signal }).catch(() => true);
    try {
      return await Promise.race([this.#lease, late]);
    } finally {
      patience.abort();
    }
  }

  /** Begins to end what is due, in all partitions in which there may be something. */
  #sweepAll(): void {
    const { deadlines } = this.#options.ledger;
    for (const group of deadlines.groups) {
      this.#begin(`look ${group[0]}`, async () => {
        for (const partition of await deadlines.findDue(group))
          this.#begin(`partition ${partition}`, () => this.#sweepPartition(partition));
      });
    }
  }

  /**
   * One look at each: what its script finds not due, or can't end, is passed over until the next round, and hides
   * nothing that comes after it in the queue.
   */
  async #sweepPartition(partition: number): Promise<void> {
    const { ledger, expire, finish } = this.#options;
    const asked = new Set<string>();
    for (let skip = 0; !this.#stopped; ) {
      const { due: ids, undone } = await ledger.deadlines.due(partition, { skip, limit: BATCH });
      for (const entry of undone) void finish(entry);
      const fresh = ids.filter((id) => !asked.has(id));
      skip += ids.length - fresh.length;
      for (const id of fresh) asked.add(id);
      const ended = await Promise.allSettled(fresh.map(expire));
      const errors = ended.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
      for (const error of errors) this.#troubles.note(`partition ${partition}`, error);
      // A server that does not answer is not asked a hundred times more.
      if (ids.length < BATCH || errors.some(isUnavailable)) return;
    }
  }

  #begin(name: string, act: () => Promise<void>): void {
    if (this.#underWay.has(name)) return;
    const work = act()
      .catch((error: unknown) => this.#troubles.note(name, error))
      .finally(() => this.#underWay.delete(name));
    this.#underWay.set(name, work);
  }
}
