/** Issuances and vouchers one by one, with all their events. */
import type { IssuanceEvent, Snapshot, VoucherEvent, VoucherSnapshot } from "@tallystick/protocol";
import { type IssuanceEntry, readJournalEntry, type VoucherEntry } from "../ledger/journal-entry.ts";
import { readEvent } from "../ledger/record.ts";
import { readTerms, readVoucherEvent, type VoucherTerms } from "../ledger/voucher-record.ts";
import type { Database } from "./database.ts";
import { offerOf } from "./fold-issuance.ts";
import { HAS_SUBJECT } from "./partial-indexes.ts";

/** An issuance as the archive has it. */
export interface ArchivedIssuance {
  snapshot: Snapshot;
  /** From the first on. */
  events: IssuanceEvent[];
}

export interface ArchivedVoucher {
  snapshot: VoucherSnapshot;
  events: VoucherEvent[];
}

/** An issuance with its events; where its id has begun anew, the newest of that id. */
export async function readArchivedIssuance(
  database: Database,
  id: string,
): Promise<ArchivedIssuance | undefined> {
  const row = await database
    .selectFrom("issuances")
    .selectAll()
    .where("id", "=", id)
    .where("is_lost", "=", 0)
    .orderBy("began_at", "desc")
    .limit(1)
    .executeTakeFirst();
  if (!row) return undefined;
  const entries = await entriesOf(database, id, row.first);
  const [made] = entries;
  const record = offerOf(id, made && "offer" in made ? (made.offer ?? "") : "");
  return {
    snapshot: JSON.parse(row.snapshot),
    events: entries.map(({ line }, index) => readEvent(record, index + 1, line)),
  };
}

export async function readArchivedVoucher(
  database: Database,
  id: string,
): Promise<ArchivedVoucher | undefined> {
  const row = await database
    .selectFrom("vouchers")
    .selectAll()
    .where("id", "=", id)
    .where("is_lost", "=", 0)
    .orderBy("began_at", "desc")
    .limit(1)
    .executeTakeFirst();
  if (!row) return undefined;
  const entries = await entriesOf(database, id, row.first);
  const terms = readTerms(id, row.terms) as VoucherTerms;
  return {
    snapshot: JSON.parse(row.snapshot),
    events: entries.map(({ line }, index) => readVoucherEvent(terms, index + 1, line)),
  };
}

/** The entries that made its versions, from the first event with this digest on. */
async function entriesOf(
  database: Database,
  id: string,
  first: string,
): Promise<(IssuanceEntry | VoucherEntry)[]> {
  const rows = await database
    .selectFrom("journal")
    .select("fields")
    .where(HAS_SUBJECT)
    .where("subject", "=", id)
    .where("version", ">", 0)
    .where("is_lost", "=", 0)
    .orderBy("position")
    .execute();
  const entries = rows.map(
    ({ fields }) => readJournalEntry(JSON.parse(fields)) as IssuanceEntry | VoucherEntry,
  );
  return entries.slice(entries.findLastIndex(({ line }) => line.startsWith(`${first}|`)));
}
