/** Holds all that the archive has of a partition, and that has to be in the store, against the store: by id, version and digest. */
import { isVoucherId } from "@tallystick/protocol";
import { issuanceKeys, voucherKeys } from "../ledger/keys.ts";
import type { Store } from "../redis/connect.ts";
import type { Database } from "./database.ts";
import { subjectsAfter } from "./lost-tail.ts";
import type { IssuanceTable } from "./schema.ts";

/** How many are compared at once. */
const AT_ONCE = 500;

/** What the store has less of than the archive, or otherwise, or not at all. */
export interface Difference {
  id: string;
  /** The party in whose partition it is: its payer. */
  party: string;
  /** What the archive has. */
  version: number;
  digest: string;
  /** The store has nothing of it. */
  isGone: boolean;
}

type Row = Pick<IssuanceTable, "id" | "payer" | "version" | "digest" | "state" | "ended_at" | "retired_at">;

/** Where the store has gone back to, and what it may lack since then. */
export interface WentBack {
  /** What ended without a voucher before this time may have left the store by itself, while there was no archive; milliseconds. */
  leftBefore: number;
  /** The store has gone back to this time, or before: what has left it since may be there again; milliseconds. */
  backTo: number;
  /** The last position in the partition's journal that both have. */
  position: number;
}

/** What has left the store and is there again is marked so, that it leaves once more. */
export async function comparePartition(
  { database, store }: { database: Database; store: Store },
  partition: number,
  { leftBefore, backTo, position }: WentBack,
): Promise<Difference[]> {
  const differences: Difference[] = [];
  const lost = new Set(await subjectsAfter(database, partition, position));
  for (const table of ["issuances", "vouchers"] as const) {
    for (const isRetired of [false, true]) {
      for (let after = ""; ; ) {
        const rows: Row[] = await database
          .selectFrom(table)
          .select(["id", "payer", "version", "digest", "state", "ended_at", "retired_at"])
          .where("partition", "=", partition)
          .where("retired_at", isRetired ? ">=" : "<=", isRetired ? Math.max(1, backTo) : 0)
          .where("is_lost", "=", 0)
          .where("id", ">", after)
          .orderBy("id")
          .limit(AT_ONCE)
          .execute();
        const { differing, back } = await compare(store, rows, { leftBefore, lost });
        differences.push(...differing);
        if (back.length > 0)
          await database
            .updateTable(table)
            .set({ retired_at: 0 })
            .where("id", "in", back)
            .where("is_lost", "=", 0)
            .execute();
        const last = rows.at(-1);
        if (!last || rows.length < AT_ONCE) break;
        after = last.id;
      }
    }
  }
  return differences;
}

async function compare(
  store: Store,
  rows: readonly Row[],
  { leftBefore, lost }: { leftBefore: number; lost: ReadonlySet<string> },
): Promise<{ differing: Difference[]; back: string[] }> {
  const lines = await Promise.all(
    rows.map(({ id, version }) => {
      const key = isVoucherId(id) ? voucherKeys(id).voucher : issuanceKeys(id)[0];
      return store.hmget(key, "s", String(version));
    }),
  );
  const back: string[] = [];
  const differing = rows.flatMap(
    ({ id, payer, version, digest, state, ended_at, retired_at }, index): Difference[] => {
      const [standing, line] = lines[index] as (string | null)[];
      const isGone = standing === null || standing === undefined;
      if (!isGone && retired_at !== 0) back.push(id);
      if (line?.startsWith(digest)) return [];
      const hasLeft = ended_at > 0 && ended_at < leftBefore && !isVoucherId(id) && state !== "issued";
      // What ended after the moment to which the store went back has not left it, as far as the store knows.
      const isAway = retired_at !== 0 && !lost.has(id);
      return isGone && (hasLeft || isAway) ? [] : [{ id, party: payer, version, digest, isGone }];
    },
  );
  return { differing, back };
}
