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

type Row = Pick<IssuanceTable, "id" | "payer" | "version" | "digest" | "state" | "ended_at">;

/** @param leftBefore what ended without a voucher before this time may have left the store. */
export async function comparePartition(
  { database, store }: { database: Database; store: Store },
  partition: number,
  leftBefore: number,
): Promise<Difference[]> {
  const differences: Difference[] = [];
  for (const table of ["issuances", "vouchers"] as const) {
    for (let after = ""; ; ) {
      const rows: Row[] = await database
        .selectFrom(table)
        .select(["id", "payer", "version", "digest", "state", "ended_at"])
        .where("partition", "=", partition)
        .where("retired_at", "=", 0)
        .where("is_lost", "=", 0)
        .where("id", ">", after)
        .orderBy("id")
        .limit(AT_ONCE)
        .execute();
      differences.push(...(await compare(store, rows, leftBefore)));
      const last = rows.at(-1);
      if (!last || rows.length < AT_ONCE) break;
      after = last.id;
    }
  }
  return differences;
}

async function compare(store: Store, rows: readonly Row[], leftBefore: number): Promise<Difference[]> {
  const lines = await Promise.all(
    rows.map(({ id, version }) => {
      const key = isVoucherId(id) ? voucherKeys(id).voucher : issuanceKeys(id)[0];
      return store.hmget(key, "s", String(version));
    }),
  );
  return rows.flatMap(({ id, payer, version, digest, state, ended_at }, index): Difference[] => {
    const [standing, line] = lines[index] as (string | null)[];
    if (line?.startsWith(digest)) return [];
    const isGone = standing === null || standing === undefined;
    const mayHaveLeft = ended_at > 0 && ended_at < leftBefore && !isVoucherId(id) && state !== "issued";
    return isGone && mayHaveLeft ? [] : [{ id, party: payer, version, digest, isGone }];
  });
}
