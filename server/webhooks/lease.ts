/** Which endpoints this hub sends to: of all hubs on a book one at a time sends to an endpoint. */
import type { Database } from "../archive/database.ts";
import { inChunks } from "../archive/heads.ts";
import type { WebhookTable } from "../archive/schema.ts";
import { ATTEMPT_MS } from "./send.ts";

/** It is asked for again so often, milliseconds. */
const RENEW_EVERY_MS = 2_000;
/** So long after a hub was killed another one takes its endpoints. An attempt that began is over by then. */
const LEASE_MS = ATTEMPT_MS + 6_000;
/** How many one statement takes, since databases bound its conditions. */
const TAKEN_AT_ONCE = 100;

export class Leases {
  readonly #database: Database;
  /** This hub, and no other. */
  readonly holder: string;
  /** Until when, `performance.now()`, each is held. */
  readonly #heldUntil = new Map<string, number>();
  /** Others' leases as they were first seen so, and when, `performance.now()`. */
  #seen = new Map<string, { lease: string; at: number }>();

  constructor(database: Database, holder: string) {
    this.#database = database;
    this.holder = holder;
  }

  /**
   * Takes what nobody holds, and keeps what is held. Answers until when each is, by its key, for those that are this hub's.
   *
   * @param now by the database's clock, read no earlier than `at` by this machine's, so that nobody holds too long.
   */
  async hold(
    endpoints: readonly WebhookTable[],
    { now, at }: { now: number; at: number },
  ): Promise<ReadonlyMap<string, number>> {
    const abandoned = this.#abandoned(endpoints, at);
    const wanted = endpoints.filter(({ key, holder, held_until }) =>
      holder === this.holder
        ? (this.#heldUntil.get(key) ?? 0) - at < LEASE_MS - RENEW_EVERY_MS
        : held_until <= now || abandoned.has(key),
    );
    const held = new Map<string, number>();
    for (const { key, holder } of endpoints) {
      const until = this.#heldUntil.get(key);
      if (holder === this.holder && until !== undefined) held.set(key, until);
    }
    const taken = await this.#take(wanted, now);
    for (const { key } of wanted) held.delete(key);
    for (const key of taken) held.set(key, at + LEASE_MS);
    this.#heldUntil.clear();
    for (const [key, until] of held) this.#heldUntil.set(key, until);
    return held;
  }

  /**
   * Those whose holder has not asked for them again in all the time that a lease lasts. It is dead, though by a database's clock that was put
   * back, or by that of another server, its lease has long to go.
   */
  #abandoned(endpoints: readonly WebhookTable[], at: number): ReadonlySet<string> {
    const before = this.#seen;
    this.#seen = new Map();
    const abandoned = new Set<string>();
    for (const { key, holder, held_until } of endpoints) {
      if (holder === this.holder) continue;
      const lease = `${holder} ${held_until}`;
      const known = before.get(key);
      const seen = known?.lease === lease ? known : { lease, at };
      this.#seen.set(key, seen);
      if (at - seen.at > LEASE_MS) abandoned.add(key);
    }
    return abandoned;
  }

  /** Takes those that are still as they were read. */
  async #take(wanted: readonly WebhookTable[], now: number): Promise<string[]> {
    const taken: string[] = [];
    for (const some of inChunks(wanted, TAKEN_AT_ONCE)) {
      const rows = await this.#database
        .updateTable("webhooks")
        .set({ holder: this.holder, held_until: now + LEASE_MS })
        .where((row) =>
          row.or(some.map(({ key, holder, held_until }) => row.and({ key, holder, held_until }))),
        )
        .returning("key")
        .execute();
      taken.push(...rows.map(({ key }) => key));
    }
    return taken;
  }

  /** Lets other hubs take over at once. */
  async release(): Promise<void> {
    await this.#database
      .updateTable("webhooks")
      .set({ held_until: 0 })
      .where("holder", "=", this.holder)
      .execute();
  }
}
