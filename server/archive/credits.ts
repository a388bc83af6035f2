/** What was paid into accounts for settlements, as the journals of those accounts' partitions have it. */
import { readJournalEntry } from "../ledger/journal-entry.ts";
import type { CreditMark } from "../ledger/retiring.ts";
import type { JournalPlace } from "../ledger/stream-entries.ts";
import type { Database } from "./database.ts";
import { HAS_SUBJECT } from "./partial-indexes.ts";

/** What came of an attempt; it was paid, or refused. */
export interface ArchivedCredit extends CreditMark, JournalPlace {
  isPaid: boolean;
  /** Why it was refused; `done` when it was paid. */
  code: string;
}

/** Those of one settlement, or of all of a voucher's. */
export async function readCredits(database: Database, id: string): Promise<ArchivedCredit[]> {
  const query = database
    .selectFrom("journal")
    .select(["partition", "entry", "fields"])
    .where("is_lost", "=", 0)
    .where(HAS_SUBJECT);
  // A settlement's id is its voucher's, a full stop and a number; after the full stop comes the slash.
  const found = id.includes(".")
    ? query.where("subject", "=", id)
    : query.where("subject", ">", `${id}.`).where("subject", "<", `${id}/`);
  const rows = await found.execute();
  return rows.flatMap(({ partition, entry, fields }) => {
    const said = readJournalEntry(JSON.parse(fields));
    if (said?.kind !== "account.credited" && said?.kind !== "credit.refused") return [];
    const { settlementId, attempt, digest } = said;
    const isPaid = said.kind === "account.credited";
    const code = said.kind === "account.credited" ? "done" : said.reason;
    return [{ partition, entry, fields, settlementId, attempt, digest, isPaid, code }];
  });
}
