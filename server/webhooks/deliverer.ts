/** Looks at the endpoints and at the feed again and again, and keeps a lane for each endpoint that this hub sends to. */
import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { databaseTime } from "../archive/clock.ts";
import { feedHead } from "../archive/feed.ts";
import { isIn } from "./deliveries.ts";
import { Lane, type LaneOptions } from "./lane.ts";
import { Leases } from "./lease.ts";
import { prune } from "./prune.ts";

/** How often it is counted what waits, and old deliveries are looked for, milliseconds. */
const COUNT_EVERY_MS = 10_000;
const PRUNE_EVERY_MS = 60_000;
/** How long what is under way may take once the hub closes, milliseconds. */
const STOP_WITHIN_MS = 2_000;

/** How all endpoints of the book stand. */
export interface Standing {
  /** Deliveries that wait or are under way. */
  pending: number;
  /** Endpoints that want events and take none, and those that have ended. */
  failing: number;
  ended: number;
  /** For how long the one has waited that has waited longest, seconds. */
  oldestSeconds: number;
}

export interface DelivererOptions extends Omit<LaneOptions, "now"> {
  counted: (standing: Standing) => void;
}

export class Deliverer {
  readonly #options: DelivererOptions;
  readonly #leases: Leases;
  readonly #lanes = new Map<string, Lane>();
  /** What the database's clock is ahead of this process's own. */
  #clockAhead = 0;
  #countedAt = Number.NEGATIVE_INFINITY;
  #prunedAt = Number.NEGATIVE_INFINITY;

  constructor(options: DelivererOptions) {
    this.#options = options;
    this.#leases = new Leases(options.database, randomUUID());
  }

  /** One look. @throws the driver's error when the database is away. */
  async look(): Promise<void> {
    const { database } = this.#options;
    const endpoints = await database.selectFrom("webhooks").selectAll().where("ended_at", "=", 0).execute();
    const at = performance.now();
    const now = await databaseTime(database);
    this.#clockAhead = now - performance.now();
    const held = await this.#leases.hold(endpoints, { now, at });
    const head = held.size > 0 ? await feedHead(database) : 0;
    for (const [key, lane] of this.#lanes) if (!held.has(key)) this.#end(key, lane);
    for (const endpoint of endpoints) {
      const heldUntil = held.get(endpoint.key);
      // One that was taken just now is sent to with the next look, which has read it as this hub's.
      if (heldUntil === undefined || endpoint.holder !== this.#leases.holder) continue;
      const news = { endpoint, head, heldUntil };
      const lane = this.#lanes.get(endpoint.key);
      if (lane) lane.tell(news);
      else this.#begin(news);
    }
    // What is to be sent comes first, whatever becomes of these.
    await this.#count(now);
    await this.#prune(now);
  }

  /** Ends all lanes, and lets other hubs take over. */
  async close(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((lane) => lane.stop(STOP_WITHIN_MS)));
    await this.#leases.release();
  }

  #begin(news: ConstructorParameters<typeof Lane>[0]): void {
    const lane = new Lane(news, {
      ...this.#options,
      now: () => Math.round(performance.now() + this.#clockAhead),
    });
    this.#lanes.set(news.endpoint.key, lane);
    void lane.wake();
  }

  #end(key: string, lane: Lane): void {
    this.#lanes.delete(key);
    void lane.stop(0);
  }

  async #count(now: number): Promise<void> {
    if (performance.now() - this.#countedAt < COUNT_EVERY_MS) return;
    this.#countedAt = performance.now();
    const { database, counted } = this.#options;
    const waiting = await database
      .selectFrom("deliveries")
      .select((row) => [row.fn.countAll().as("pending"), row.fn.min("since").as("oldest")])
      .where(isIn("pending"))
      .executeTakeFirstOrThrow();
    const endpoints = await database
      .selectFrom("webhooks")
      .select([
        sql<number>`count(case when ended_at > 0 then 1 end)`.as("ended"),
        sql<number>`count(case when ended_at = 0 and failing_since > 0 then 1 end)`.as("failing"),
      ])
      .executeTakeFirstOrThrow();
    counted({
      pending: Number(waiting.pending),
      failing: Number(endpoints.failing),
      ended: Number(endpoints.ended),
      oldestSeconds: waiting.oldest === null ? 0 : Math.max(0, (now - Number(waiting.oldest)) / 1000),
    });
  }

  async #prune(now: number): Promise<void> {
    if (performance.now() - this.#prunedAt < PRUNE_EVERY_MS) return;
    const isMore = await prune(this.#options.database, now);
    if (!isMore) this.#prunedAt = performance.now();
  }
}
