/**
 * Scripts that write of themselves, without a command: they must make nothing in a partition that was emptied, or that
 * is another book's, since the hub's last look.
 */
import { NotServedError } from "./book-watch.ts";
import type { LedgerContext } from "./context.ts";

/** @throws NotServedError when the script found that the partition is not this book's. */
export async function runInBook(
  { scripts }: LedgerContext,
  name: string,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<string[]> {
  const reply = await scripts.run(name, keys, args);
  if (reply[0] === "rejected" && reply[1] === "unavailable")
    throw new NotServedError("the store does not hold this book here; nothing was written");
  return reply;
}
