/** What an operator does is done once, however often it is sent, and answered the same. */
import { databaseTime } from "../archive/clock.ts";
import type { Database } from "../archive/database.ts";

/** How long a write is remembered, milliseconds. */
export const REMEMBERED_MS = 24 * 3_600_000;

/** The id of one intent. */
export interface OneWrite {
  writeId: string;
}

/** An intent, and the endpoint that it is about. */
interface WriteOn extends OneWrite {
  id: string;
}

/**
 * Does a write in a transaction of its own, unless it was done. The transaction begins with a write: an SQLite that was
 * read first may no longer be written.
 *
 * @param run answers undefined where there is nothing to be done; that is not remembered.
 */
export async function once<T extends object>(
  database: Database,
  { writeId, id }: WriteOn,
  run: (transaction: Database, now: number) => Promise<T | undefined>,
): Promise<T | undefined> {
  const now = await databaseTime(database);
  return database.transaction().execute(async (transaction) => {
    const { numInsertedOrUpdatedRows } = await transaction
      .insertInto("webhook_writes")
      .values({ id: writeId, webhook: id, at: now, answer: "" })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirstOrThrow();
    const write = (answer: string) =>
      transaction.updateTable("webhook_writes").set({ answer }).where("id", "=", writeId).execute();
    if (numInsertedOrUpdatedRows === 0n) {
      const query = transaction.selectFrom("webhook_writes").select("answer").where("id", "=", writeId);
      return JSON.parse((await query.executeTakeFirstOrThrow()).answer) as T;
    }
    const answer = await run(transaction, now);
    if (answer) await write(JSON.stringify(answer));
    else await transaction.deleteFrom("webhook_writes").where("id", "=", writeId).execute();
    return answer;
  });
}

/** No secret stays of an endpoint that is deleted: what was done to it is answered without from then on. */
export async function forgetSecrets(transaction: Database, id: string): Promise<void> {
  const writes = await transaction
    .selectFrom("webhook_writes")
    .select(["id", "answer"])
    .where("webhook", "=", id)
    .where("answer", "<>", "")
    .execute();
  for (const { id: writeId, answer } of writes) {
    const { secret, ...rest } = JSON.parse(answer) as { secret?: string };
    if (secret === undefined) continue;
    const told = JSON.stringify(rest);
    await transaction.updateTable("webhook_writes").set({ answer: told }).where("id", "=", writeId).execute();
  }
}
