/** Takes out of the store's journals what the archive has of them, long enough after it happened. */
import type { Retiring } from "../ledger/retiring.ts";
import { settleApart } from "../redis/apart.ts";
import type { Database } from "./database.ts";
import { timeOf } from "./read-entry.ts";
import type { MarkTable } from "./schema.ts";

export interface TrimmerOptions {
  database: Database;
  retiring: Pick<Retiring, "trim">;
  /** How long entries stay, milliseconds. */
  retireAfterMs: number;
}

/** How many entries of one partition are taken out in a round. */
const ENTRIES_AT_ONCE = 500;
/** How many partitions are looked at in a round. */
const PARTITIONS_AT_ONCE = 32;
/** A partition of which nothing is old enough is looked at again after this time at the most, milliseconds. */
const AGAIN_MS = 60_000;

export class Trimmer {
  readonly #options: TrimmerOptions;
  /** When the first entry of each partition will be old enough, by the store's clock, ms. */
  readonly #dueAt = new Map<number, number>();

  constructor(options: TrimmerOptions) {
    this.#options = options;
  }

  /** @param now the store's clock, ms. @returns how many entries are gone. */
  async round(
    marks: Map<number, MarkTable>,
    now: number,
    isHeldUp: (partition: number) => boolean,
  ): Promise<number> {
    const due = [...marks.values()]
      .filter(({ partition, position, trimmed }) => position - trimmed > 1 && !isHeldUp(partition))
      .filter(({ partition }) => (this.#dueAt.get(partition) ?? 0) <= now)
      .slice(0, PARTITIONS_AT_ONCE);
    const { values } = await settleApart(due.map((mark) => this.#trim(mark, now, marks)));
    return values.reduce((sum, gone) => sum + gone, 0);
  }

  async #trim(mark: MarkTable, now: number, marks: Map<number, MarkTable>): Promise<number> {
    const { database, retiring, retireAfterMs } = this.#options;
    const { partition, position, trimmed } = mark;
    const rows = await database
      .selectFrom("journal")
      .select(["position", "entry"])
      .where("partition", "=", partition)
      .where("position", ">", trimmed)
      .where("position", "<=", position)
      .where("is_lost", "=", 0)
      .orderBy("position")
      .limit(ENTRIES_AT_ONCE + 1)
      .execute();
    // The entry at the mark stays: by it the reader sees whether the store has gone back.
    const stays = rows.findIndex(
      ({ entry }, index) => index === rows.length - 1 || timeOf(entry) > now - retireAfterMs,
    );
    const first = rows[stays];
    if (!first || stays === 0) {
      const at = first ? timeOf(first.entry) + retireAfterMs : 0;
      this.#dueAt.set(partition, Math.min(Math.max(at, now + retireAfterMs / 10), now + AGAIN_MS));
      return 0;
    }
    const gone = await retiring.trim(partition, first.entry);
    await database
      .updateTable("marks")
      .set({ trimmed: first.position - 1 })
      .where("partition", "=", partition)
      .where("trimmed", "=", trimmed)
      .execute();
    marks.set(partition, { ...mark, trimmed: first.position - 1 });
    return gone;
  }
}
