/** Blanks what people have written of issuances and their vouchers: in the journal, in the rows, and in the words. */
import { issuanceIdOf, type VoucherSnapshot, voucherIdOf } from "@tallystick/protocol";
import { blankEntry, blankTerms } from "../ledger/blank-entry.ts";
import type { Database } from "./database.ts";
import { inChunks } from "./heads.ts";
import { HAS_SUBJECT } from "./partial-indexes.ts";
import type { IssuanceTable, JournalTable, MarkTable, VoucherTable } from "./schema.ts";
import { spacedWords, wordRows } from "./words.ts";

/** What a lost row, which never leaves the store, is marked with. */
const BLANKED_LOST = 1;

/** Those of some issuances that can't be blanked yet: they, or what the store's journals have of them, are in the store. */
export async function inStore(
  database: Database,
  issuanceIds: readonly string[],
  marks: ReadonlyMap<number, MarkTable>,
): Promise<Set<string>> {
  const there = new Set<string>();
  const vouchers = issuanceIds.map(voucherIdOf);
  for (const [table, ids] of [
    ["issuances", issuanceIds],
    ["vouchers", vouchers],
  ] as const) {
    const query = database.selectFrom(table).select("id").where("id", "in", ids);
    const rows = await query.where("is_lost", "=", 0).where("retired_at", "<=", 0).execute();
    for (const { id } of rows) there.add(table === "vouchers" ? issuanceIdOf(id) : id);
  }
  const lasts = await database
    .selectFrom("journal")
    .select(["partition", "subject"])
    .select((row) => row.fn.max("position").as("position"))
    .where(HAS_SUBJECT)
    .where("subject", "in", [...issuanceIds, ...vouchers])
    .groupBy(["partition", "subject"])
    .execute();
  for (const { partition, subject, position } of lasts)
    if (position > (marks.get(partition)?.trimmed ?? 0))
      there.add(subject.startsWith("v") ? issuanceIdOf(subject) : subject);
  return there;
}

/** Within a transaction. */
export async function blankSubjects(transaction: Database, issuanceIds: readonly string[]): Promise<void> {
  const vouchers = issuanceIds.map(voucherIdOf);
  const entries = await transaction
    .selectFrom("journal")
    .select(["partition", "position", "fields"])
    .where(HAS_SUBJECT)
    .where("subject", "in", [...issuanceIds, ...vouchers])
    .execute();
  for (const entry of entries) await blankInJournal(transaction, entry);
  const rows = await transaction.selectFrom("issuances").selectAll().where("id", "in", issuanceIds).execute();
  for (const row of rows) await blankIssuance(transaction, row);
  const terms = await transaction.selectFrom("vouchers").selectAll().where("id", "in", vouchers).execute();
  for (const row of terms) await blankVoucher(transaction, row);
}

/** Blanks an entry. @returns whether there was anything to be blanked. */
export async function blankInJournal(
  transaction: Database,
  { partition, position, fields }: Pick<JournalTable, "partition" | "position" | "fields">,
): Promise<boolean> {
  const blanked = JSON.stringify(blankEntry(JSON.parse(fields)));
  if (blanked === fields) return false;
  await transaction
    .updateTable("journal")
    .set({ fields: blanked })
    .where("partition", "=", partition)
    .where("position", "=", position)
    .execute();
  return true;
}

async function blankIssuance(transaction: Database, row: IssuanceTable): Promise<void> {
  const { memo, ...snapshot } = JSON.parse(row.snapshot);
  const words = new Set(wordRows(row).map(nameOf));
  const gone = wordRows({ ...row, memo }).filter((each) => !words.has(nameOf(each)));
  for (const some of inChunks(gone))
    for (const { party, word, id } of some)
      await transaction
        .deleteFrom("words")
        .where("party", "=", party)
        .where("word", "=", word)
        .where("id", "=", id)
        .execute();
  await transaction
    .updateTable("issuances")
    .set({ ...blanked(row), snapshot: JSON.stringify({ ...snapshot, forgotten: true }) })
    .where("id", "=", row.id)
    .where("first", "=", row.first)
    .execute();
}

async function blankVoucher(transaction: Database, row: VoucherTable): Promise<void> {
  const { memo: _, ...snapshot }: VoucherSnapshot = JSON.parse(row.snapshot);
  const drawings = snapshot.drawings.map(({ reason: __, ...drawing }) => drawing);
  await transaction
    .updateTable("vouchers")
    .set({
      ...blanked({ ...row, id: issuanceIdOf(row.id) }),
      snapshot: JSON.stringify({ ...snapshot, drawings, forgotten: true }),
      terms: blankTerms(row.terms),
    })
    .where("id", "=", row.id)
    .where("first", "=", row.first)
    .execute();
}

/** One that comes to be in the store again, and leaves it again, is blanked again. */
function blanked(row: IssuanceTable): Pick<IssuanceTable, "words" | "forgotten"> {
  return { words: spacedWords(row), forgotten: row.is_lost === 1 ? BLANKED_LOST : row.retired_at };
}

function nameOf({ party, word }: { party: string; word: string }): string {
  return `${party} ${word}`;
}
