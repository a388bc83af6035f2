/** Writes a batch: rows and marks of all partitions, in one transaction, or nothing. */
import { type Insertable, sql } from "kysely";
import type { BatchRows } from "./batch.ts";
import type { Database } from "./database.ts";
import { inChunks } from "./heads.ts";
import type { ArchiveSchema } from "./schema.ts";

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

/** Writes the rows of a batch within a transaction. */
export async function writeBatch(transaction: Database, batch: BatchRows): Promise<void> {
  for (const rows of inChunks(batch.journal)) await transaction.insertInto("journal").values(rows).execute();
  for (const table of ["issuances", "vouchers"] as const) {
    for (const rows of inChunks<ArchiveSchema[typeof table]>(batch[table])) {
      await transaction
        .insertInto(table)
        .values(rows as Insertable<ArchiveSchema["vouchers"]>[])
        .onConflict((conflict) =>
          conflict.columns(["id", "first"]).doUpdateSet((row) => ({
            state: row.ref("excluded.state"),
            version: row.ref("excluded.version"),
            digest: row.ref("excluded.digest"),
            ended_at: row.ref("excluded.ended_at"),
            is_lost: row.ref("excluded.is_lost"),
            snapshot: row.ref("excluded.snapshot"),
          })),
        )
        .execute();
    }
  }
  for (const rows of inChunks(batch.words)) {
    await transaction
      .insertInto("words")
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
  for (const rows of inChunks(batch.accounts)) {
    await transaction
      .insertInto("accounts")
      .values(rows)
      .onConflict((conflict) =>
        conflict.columns(["party", "number"]).doUpdateSet((row) => ({
          holder: row.ref("excluded.holder"),
          kind: row.ref("excluded.kind"),
          currency: row.ref("excluded.currency"),
          status: row.ref("excluded.status"),
          total: row.ref("excluded.total"),
          used: row.ref("excluded.used"),
          frozen: row.ref("excluded.frozen"),
        })),
      )
      .execute();
  }
  for (const rows of inChunks(batch.statements))
    await transaction.insertInto("statements").values(rows).execute();
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
  for (const rows of inChunks(batch.changedMarks)) {
    await transaction
      .insertInto("marks")
      .values(rows)
      .onConflict((conflict) =>
        conflict.column("partition").doUpdateSet((row) => ({
          entry: row.ref("excluded.entry"),
          position: row.ref("excluded.position"),
        })),
      )
      .execute();
  }
}
