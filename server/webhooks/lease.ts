/** Which endpoints this hub sends to: of all hubs on a book one at a time sends to an endpoint. */
import type { Database } from "../archive/database.ts";
import { inChunks } from "../archive/heads.ts";
import type { WebhookTable } from "../archive/schema.ts";
import { ATTEMPT_MS } from "./send.ts";

/** It is asked for again so often, milliseconds. */
const RENEW_EVERY_MS = 2_000;
/** So long after a hub was killed another one takes its endpoints. An attempt that began is over by then. */
const LEASE_MS = ATTEMPT_MS + 6_000;

export class Leases {
  readonly #database: Database;
  /** This hub, and no other. */
  readonly holder: string;
  /** Until when, `performance.now()`, each is held. */
  readonly #heldUntil = new Map<string, number>();

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
    const wanted = endpoints.filter(({ key, holder, held_until }) =>
      holder === this.holder
        ? (this.#heldUntil.get(key) ?? 0) - at < LEASE_MS - RENEW_EVERY_MS
        : held_until <= now,
    );
    const held = new Map<string, number>();
    for (const { key, holder } of endpoints) {
      const until = this.#heldUntil.get(key);
      if (holder === this.holder && until !== undefined) held.set(key, until);
    }
    const taken = await this.#take(
      wanted.map((one) => one.key),
      now,
    );
    for (const { key } of wanted) held.delete(key);
    for (const key of taken) held.set(key, at + LEASE_MS);
    this.#heldUntil.clear();
    for (const [key, until] of held) this.#heldUntil.set(key, until);
    return held;
  }

  async #take(keys: readonly string[], now: number): Promise<string[]> {
    const taken: string[] = [];
    for (const some of inChunks(keys)) {
      const rows = await this.#database
        .updateTable("webhooks")
        .set({ holder: this.holder, held_until: now + LEASE_MS })
        .where("key", "in", some)
        .where((row) => row.or([row("holder", "=", this.holder), row("held_until", "<=", now)]))
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
