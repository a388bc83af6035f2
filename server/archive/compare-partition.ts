/** Holds all that the archive has of a partition, and that has to be in the store, against the store: by id, version and digest. */
import { isVoucherId } from "@tallystick/protocol";
import { issuanceKeys, voucherKeys } from "../ledger/keys.ts";
import type { Store } from "../redis/connect.ts";
import type { Database } from "./database.ts";
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

/** Since when things may be otherwise, milliseconds. */
export interface Times {
  /** What ended without a voucher before this may have left the store by itself, while there was no archive. */
  leftBefore: number;
  /** The store has gone back to this time, or before: what has left it since may be there again. */
  backTo: number;
}

/** What has left the store and is there again is marked so, that it leaves once more. */
export async function comparePartition(
  { database, store }: { database: Database; store: Store },
  partition: number,
  { leftBefore, backTo }: Times,
): Promise<Difference[]> {
  const differences: Difference[] = [];
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
        const { differing, back } = await compare(store, rows, leftBefore);
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
  leftBefore: number,
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
      return isGone && (hasLeft || retired_at !== 0) ? [] : [{ id, party: payer, version, digest, isGone }];
    },
  );
  return { differing, back };
}
