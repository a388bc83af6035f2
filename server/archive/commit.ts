/** Writes a batch: rows and marks of all partitions, in one transaction, or nothing. */
import { sql } from "kysely";
import type { BatchRows } from "./batch.ts";
import type { Database } from "./database.ts";
import { insertRows } from "./insert-rows.ts";
import type { WordTable } from "./schema.ts";

/** Somebody else has committed since this reader read how far the archive is. Nothing was written. */
export class StaleReaderError extends Error {
  override name = "StaleReaderError";
}

/**
 * Takes the next commit's number. Whoever has read the one before and is the first to take the next may write; a row that
 * all commits change is their one lock.
 *
 * @throws StaleReaderError when another was first.
 */
export async function takeTurn(database: Database, commits: number): Promise<void> {
  const { numUpdatedRows } = await database
    .updateTable("archive")
    .set({ commits: commits + 1 })
    .where("id", "=", 1)
    .where("commits", "=", commits)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows !== 1n) throw new StaleReaderError(`commit ${commits + 1} is another reader's`);
}

/**
 * Commits a batch on top of the commit with this number.
 *
 * @throws StaleReaderError; the driver's error when the database is away.
 */
export async function commitBatch(database: Database, commits: number, batch: BatchRows): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    await takeTurn(transaction, commits);
    await writeBatch(transaction, batch);
  });
}

/** What an event changes of a row. */
const SUBJECT_CHANGES = {
  key: ["id", "first"],
  update: ["state", "version", "digest", "ended_at", "is_lost", "snapshot"],
};
const ACCOUNT_CHANGES = {
  key: ["party", "number"],
  update: ["holder", "kind", "currency", "status", "total", "used", "frozen"],
};
const MARK_CHANGES = { key: ["partition"], update: ["entry", "position"] };

/** Writes the rows of a batch within a transaction. */
export async function writeBatch(transaction: Database, batch: BatchRows): Promise<void> {
  await insertRows(transaction, "journal", batch.journal);
  await insertRows(transaction, "issuances", batch.issuances, SUBJECT_CHANGES);
  await insertRows(transaction, "vouchers", batch.vouchers, SUBJECT_CHANGES);
  // Rows that are next to each other in the index are written one after the other.
  await insertRows(transaction, "words", batch.words.toSorted(byKey), "do nothing");
  await insertRows(transaction, "accounts", batch.accounts, ACCOUNT_CHANGES);
  await insertRows(transaction, "statements", batch.statements);
  await insertForgets(transaction, batch);
  await insertRows(transaction, "marks", batch.changedMarks, MARK_CHANGES);
}

function byKey(a: WordTable, b: WordTable): number {
  if (a.party !== b.party) return a.party < b.party ? -1 : 1;
  if (a.word !== b.word) return a.word < b.word ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}

async function insertForgets(transaction: Database, batch: BatchRows): Promise<void> {
  for (const { until, said, ...row } of batch.forgets) {
    await transaction
      .insertInto("forgets")
      .values({ ...row, until, said })
      .onConflict((conflict) =>
        conflict.column("party").doUpdateSet((known) => ({
          until: sql`case when excluded.until > forgets.until then excluded.until else forgets.until end`,
          said: sql`forgets.said + excluded.said`,
          pending: known.ref("excluded.pending"),
        })),
      )
      .execute();
  }
}
