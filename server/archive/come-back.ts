/**
 * What has left a store that went back since is there again, and would stay for good where its partition has lost nothing else:
 * its journal goes on from the archive's mark as before. What left last comes back first, so that a look at the newest of each
 * partition tells.
 */
import { isVoucherId } from "@tallystick/protocol";
import { issuanceKeys, voucherKeys } from "../ledger/keys.ts";
import { settleApart } from "../redis/apart.ts";
import type { Store } from "../redis/connect.ts";
import type { Database } from "./database.ts";
import { inChunks } from "./heads.ts";
import type { IssuanceTable } from "./schema.ts";

const TABLES = ["issuances", "vouchers"] as const;
type Table = (typeof TABLES)[number];
type Row = Pick<IssuanceTable, "id" | "first" | "retired_at">;

/** How many are looked at at once, where any is back. */
const AT_ONCE = 200;

export class ComeBack {
  readonly #database: Database;
  readonly #store: Store;
  /** What left each partition last, as far as that is known. */
  readonly #newest = new Map<string, Row | undefined>();

  constructor({ database, store }: { database: Database; store: Store }) {
    this.#database = database;
    this.#store = store;
  }

  /** Something has left these partitions. */
  forget(partitions: Iterable<number>): void {
    for (const partition of partitions)
      for (const table of TABLES) this.#newest.delete(`${table} ${partition}`);
  }

  /** Looks at these partitions; what is back in the store is marked so, that it leaves once more. */
  async look(partitions: Iterable<number>): Promise<void> {
    for (const table of TABLES) {
      const newest: [partition: number, row: Row][] = [];
      for (const partition of partitions) {
        const row = await this.#newestOf(table, partition);
        if (row) newest.push([partition, row]);
      }
      const back = new Set(await this.#thereAmong(newest.map(([, row]) => row)));
      for (const [partition, row] of newest) if (back.has(row)) await this.#takeBack(table, partition);
    }
  }

  async #newestOf(table: Table, partition: number): Promise<Row | undefined> {
    const name = `${table} ${partition}`;
    if (!this.#newest.has(name))
      this.#newest.set(name, (await this.#page(table, partition, undefined, 1))[0]);
    return this.#newest.get(name);
  }

  /** Goes back through what has left a partition, until nothing of a page is in the store. */
  async #takeBack(table: Table, partition: number): Promise<void> {
    for (let last: Row | undefined; ; ) {
      const rows = await this.#page(table, partition, last, AT_ONCE);
      const back = await this.#thereAmong(rows);
      for (const some of inChunks(back)) {
        await this.#database
          .updateTable(table)
          .set({ retired_at: 0 })
          .where(
            "id",
            "in",
            some.map(({ id }) => id),
          )
          .where("is_lost", "=", 0)
          .where("retired_at", ">", 0)
          .execute();
      }
      last = rows.at(-1);
      if (back.length === 0 || rows.length < AT_ONCE) break;
    }
    this.forget([partition]);
  }

  /** What has left a partition, the newest first. */
  #page(table: Table, partition: number, before: Row | undefined, count: number): Promise<Row[]> {
    return this.#database
      .selectFrom(table)
      .select(["id", "first", "retired_at"])
      .where("partition", "=", partition)
      .where("retired_at", ">", 0)
      .where("is_lost", "=", 0)
      .$if(before !== undefined, (query) =>
        query.where((row) =>
          row.or([
            row("retired_at", "<", before?.retired_at ?? 0),
            row.and([row("retired_at", "=", before?.retired_at ?? 0), row("id", "<", before?.id ?? "")]),
          ]),
        ),
      )
      .orderBy("retired_at", "desc")
      .orderBy("id", "desc")
      .limit(count)
      .execute();
  }

  /** Those that are in the store; an id may have begun anew since. A server that is away says nothing of its own. */
  async #thereAmong(rows: readonly Row[]): Promise<Row[]> {
    const { values } = await settleApart(
      rows.map(async (row) => {
        const key = isVoucherId(row.id) ? voucherKeys(row.id).voucher : issuanceKeys(row.id)[0];
        const line = await this.#store.hget(key, "1");
        return line?.startsWith(row.first) ? [row] : [];
      }),
    );
    return values.flat();
  }
}
