/** The archive of a ledger without a hub or a thread around it, so that each step is the test's own. */

import type { Difference } from "../../server/archive/compare-partition.ts";
import { type Database, openDatabase } from "../../server/archive/database.ts";
import { Follower, type FollowerOptions } from "../../server/archive/follower.ts";
import { pair } from "../../server/archive/pair.ts";
import { parseArchiveUrl } from "../../server/archive-url.ts";
import type { TestLedger } from "../ledger/start-ledger.ts";

export interface TestArchive {
  readonly database: Database;
  /** A reader of its own; each takes the lease from nobody, so that only one can step. */
  follower(options?: Partial<FollowerOptions>): Follower;
  /** What was to be fenced so far. */
  readonly fenced: Difference[];
  /** What an operator was told. */
  readonly said: string[];
  close(): Promise<void>;
}

const HOUR_MS = 3_600_000;

/** Opens an archive for a ledger. Whoever opens it closes it. */
export async function startArchive(book: TestLedger, url: string): Promise<TestArchive> {
  const address = parseArchiveUrl(url);
  if (address.kind === "none") throw new Error("there is nothing to start");
  const { database, close } = await openDatabase(address);
  const { store, options } = book;
  const bookId = options.book.id;
  const { partitions, retentionMs } = options;
  await pair({ store, bookId, partitions, database, place: url });
  const fenced: Difference[] = [];
  const said: string[] = [];
  return {
    database,
    fenced,
    said,
    follower: (more = {}) =>
      new Follower({
        store,
        database,
        bookId,
        partitions,
        retentionMs,
        retireAfterMs: HOUR_MS,
        rememberMs: 24 * HOUR_MS,
        barrier: undefined,
        fence: async (differences) => void fenced.push(...differences),
        say: (_level, _fields, message) => said.push(message),
        ...more,
      }),
    close,
  };
}

/** Steps until nothing is left to be read; answers how many entries were committed. */
export async function catchUp(follower: Follower): Promise<number> {
  let committed = 0;
  for (;;) {
    const step = await follower.step();
    committed += step.committed;
    if (!step.isFollowing) throw new Error("another reader has the lease");
    if (step.isCaughtUp && step.committed === 0) return committed;
  }
}
