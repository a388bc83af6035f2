/**
 * An operator's word that a party is to be forgotten. It is said in the journal of each partition, since what a party takes
 * part in is in those of its payers: the archive blanks what has ended, and what was said of it has left the journals by then.
 */
import type { LedgerContext } from "./context.ts";
import { bookKey, partitionKeys, writeKey } from "./keys.ts";
import { runInBook } from "./run-in-book.ts";
import { freshWriteId, writeDigest } from "./write-ids.ts";

/** How many partitions are told at once. */
const AT_ONCE = 32;

/**
 * Says it in all partitions; said again it does no harm.
 *
 * @returns when, by the store's clock, milliseconds: what began before is meant.
 * @throws NotServedError, or what says that the store is away: some partitions may know it then, and it is to be said again.
 */
export async function sayForgotten(
  context: LedgerContext,
  party: string,
  writeId = freshWriteId(context.author),
): Promise<number> {
  const partitions = Array.from({ length: context.partitions }, (_, partition) => partition);
  let last = 0;
  for (let first = 0; first < partitions.length; first += AT_ONCE) {
    const said = partitions.slice(first, first + AT_ONCE).map(async (partition) => {
      const keys = [bookKey(partition), writeKey(partition, writeId), partitionKeys.journal(partition)];
      const args = [context.book.id, party, writeDigest("forget", party)];
      const [, at] = await runInBook(context, "forget-party", keys, args);
      return Number(at);
    });
    last = Math.max(last, ...(await Promise.all(said)));
  }
  return last;
}
