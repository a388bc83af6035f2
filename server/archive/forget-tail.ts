/** Takes what a store has lost out of the archive's picture of the book. Its rows stay, and say that they are lost. */
import { isVoucherId } from "@tallystick/protocol";
import { readJournalEntry } from "../ledger/journal-entry.ts";
import { Batch } from "./batch.ts";
import { takeTurn, writeBatch } from "./commit.ts";
import type { Database } from "./database.ts";
import { Heads } from "./heads.ts";
import { subjectsAfter } from "./lost-tail.ts";
import { HAS_SUBJECT } from "./partial-indexes.ts";
import { storedEntry } from "./read-entry.ts";
import type { AccountTable, MarkTable } from "./schema.ts";

/** Commits on top of the commit with this number; from here on the partition is read after its `entry`. */
export async function forgetTail(
  database: Database,
  commits: number,
  mark: MarkTable,
  parting: { position: number; entry: string },
): Promise<void> {
  const { partition } = mark;
  await database.transaction().execute(async (transaction) => {
    await takeTurn(transaction, commits);
    const subjects = await subjectsAfter(transaction, partition, parting.position);
    const accounts = await transaction
      .selectFrom("statements")
      .select(["party", "number"])
      .distinct()
      .where("partition", "=", partition)
      .where("position", ">", parting.position)
      .where("is_lost", "=", 0)
      .execute();
    for (const table of ["journal", "statements"] as const) {
      await transaction
        .updateTable(table)
        .set({ is_lost: 1 })
        .where("partition", "=", partition)
        .where("position", ">", parting.position)
        .where("is_lost", "=", 0)
        .execute();
    }
    // What was blanked may be in the store again, and leave it on another past.
    await transaction.updateTable("forgets").set({ pending: 1 }).execute();
    for (const subject of subjects) await rebuildSubject(transaction, subject);
    for (const account of accounts) await rebuildAccount(transaction, account);
    await transaction
      .updateTable("marks")
      .set({ entry: parting.entry })
      .where("partition", "=", partition)
      .execute();
  });
}

/** Makes the rows of an issuance or a voucher anew from the events that are left. */
async function rebuildSubject(transaction: Database, id: string): Promise<void> {
  const table = isVoucherId(id) ? "vouchers" : "issuances";
  const entries = await transaction
    .selectFrom("journal")
    .selectAll()
    .where(HAS_SUBJECT)
    .where("subject", "=", id)
    .where("version", ">", 0)
    .where("is_lost", "=", 0)
    .orderBy("position")
    .execute();
  // Whatever is left of it is in the store, where it may have been taken out of after what was lost.
  await transaction.updateTable(table).set({ is_lost: 1, retired_at: 0 }).where("id", "=", id).execute();
  if (entries.length === 0) return;
  const rebuilt = new Batch(new Heads(), new Map(), 0);
  for (const { partition, entry, fields } of entries)
    rebuilt.add(storedEntry(partition, entry, JSON.parse(fields)));
  await writeBatch(transaction, rebuilt.ofSubjects());
}

/** Puts an account back to what the last line of its statement says that is left. */
async function rebuildAccount(
  transaction: Database,
  { party, number }: Pick<AccountTable, "party" | "number">,
): Promise<void> {
  const lines = (types: readonly string[]) =>
    transaction
      .selectFrom("statements")
      .innerJoin("journal", (join) =>
        join
          .onRef("journal.partition", "=", "statements.partition")
          .onRef("journal.position", "=", "statements.position"),
      )
      .selectAll("statements")
      .select("journal.fields")
      .where("party", "=", party)
      .where("number", "=", number)
      .where("statements.is_lost", "=", 0)
      .$if(types.length > 0, (query) => query.where("type", "in", types))
      .orderBy("statements.position", "desc")
      .limit(1)
      .executeTakeFirst();
  const known = await transaction
    .selectFrom("accounts")
    .select("holder")
    .where("party", "=", party)
    .where("number", "=", number)
    .executeTakeFirst();
  const [last, put, status] = [await lines([]), await lines(["account.put"]), await lines(SETS_STATUS)];
  await transaction.deleteFrom("accounts").where("party", "=", party).where("number", "=", number).execute();
  const made = put && readJournalEntry(JSON.parse(put.fields));
  if (!last || made?.kind !== "account.put") return;
  const { partition, kind, currency, total, used, frozen } = last;
  // The name that it had before may have been forgotten.
  const holder = made.holder || known?.holder || "";
  const account = { party, number, partition, holder, kind, currency, total, used, frozen };
  await transaction
    .insertInto("accounts")
    .values({ ...account, status: statusAfter(status?.type, made) })
    .execute();
}

/** The entries after which it is known whether an account is blocked. */
const SETS_STATUS = ["account.put", "account.blocked", "account.unblocked"];

function statusAfter(type: string | undefined, put: { status: string }): string {
  if (type === "account.put" || type === undefined) return put.status;
  return type === "account.blocked" ? "blocked" : "active";
}
