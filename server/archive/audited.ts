/** What an audit asks of the archive: the journals, and how it has each issuance and voucher. */
import { isVoucherId } from "@tallystick/protocol";
import type { Database } from "./database.ts";

export interface JournalQuestion {
  partition: number;
  /** The position of the last entry that is known. */
  after: number;
  limit: number;
}

/** An entry of a journal, as the store wrote it. */
export interface JournaledEntry {
  /** Where it is in the archive's copy of the partition's journal. */
  position: number;
  /** Its id in the partition's stream. */
  id: string;
  /** Names and values in turn. */
  fields: string[];
}

/** A page of a partition's journal, those entries left out that the store has lost. */
export async function readJournal(
  database: Database,
  { partition, after, limit }: JournalQuestion,
): Promise<JournaledEntry[]> {
  const rows = await database
    .selectFrom("journal")
    .select(["position", "entry", "fields"])
    .where("partition", "=", partition)
    .where("position", ">", after)
    .where("is_lost", "=", 0)
    .orderBy("position")
    .limit(limit)
    .execute();
  return rows.map(({ position, entry: id, fields }) => ({ position, id, fields: JSON.parse(fields) }));
}

export interface HeadsQuestion {
  partition: number;
  /** `vouchers` or else `issuances`. */
  table: "issuances" | "vouchers";
  /** The last id that is known. */
  after: string;
  limit: number;
}

/** How the archive has an issuance or a voucher. */
export interface AuditedHead {
  id: string;
  version: number;
  digest: string;
  isRetired: boolean;
  /** Its texts were blanked, since a party of it was forgotten. */
  isForgotten: boolean;
}

/** A page of a partition's issuances or vouchers; of one that has begun more than once, the newest alone. */
export async function listHeads(
  database: Database,
  { partition, table, after, limit }: HeadsQuestion,
): Promise<AuditedHead[]> {
  const rows = await database
    .selectFrom(table)
    .select(["id", "version", "digest", "retired_at", "forgotten"])
    .where("partition", "=", partition)
    .where("is_lost", "=", 0)
    .where("id", ">", after)
    .orderBy("id")
    .orderBy("began_at")
    .limit(limit)
    .execute();
  const heads = rows.map(({ id, version, digest, retired_at, forgotten }) => ({
    id,
    version,
    digest,
    isRetired: retired_at !== 0,
    isForgotten: forgotten >= 0,
  }));
  return [...new Map(heads.map((head) => [head.id, head])).values()];
}

/** Those of some issuances and vouchers that have left the store, or are leaving it. */
export async function listRetired(database: Database, ids: readonly string[]): Promise<string[]> {
  const retired: string[] = [];
  for (const table of ["issuances", "vouchers"] as const) {
    const own = ids.filter((id) => isVoucherId(id) === (table === "vouchers"));
    if (own.length === 0) continue;
    const rows = await database
      .selectFrom(table)
      .select("id")
      .where("id", "in", own)
      .where("is_lost", "=", 0)
      .where("retired_at", "<>", 0)
      .execute();
    retired.push(...rows.map(({ id }) => id));
  }
  return retired;
}

/** What a partition's store may have again though it was blanked here, since the store went back after that. */
export async function listForgotten(database: Database, partition: number): Promise<string[]> {
  const forgotten: string[] = [];
  for (const table of ["issuances", "vouchers"] as const) {
    const rows = await database
      .selectFrom(table)
      .select("id")
      .where("partition", "=", partition)
      .where("retired_at", "<=", 0)
      .where("is_lost", "=", 0)
      .where("forgotten", ">=", 0)
      .execute();
    forgotten.push(...rows.map(({ id }) => id));
  }
  return forgotten;
}
