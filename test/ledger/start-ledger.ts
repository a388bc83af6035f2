/** A ledger on a Redis of its own, without a hub around it. */
import type { Accounts } from "../../server/ledger/accounts.ts";
import { openBook } from "../../server/ledger/book.ts";
import { BookWatch } from "../../server/ledger/book-watch.ts";
import { Ledger, type LedgerOptions } from "../../server/ledger/ledger.ts";
import { connectRedis, type Store } from "../../server/redis/connect.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";

export interface TestLedger {
  readonly redis: TestRedis;
  readonly store: Store;
  readonly ledger: Ledger;
  readonly accounts: Accounts;
  /** What the ledger was made with, to make another of the same book. */
  readonly options: LedgerOptions;
  stop(): Promise<void>;
}

/** Starts a ledger. Whoever starts it stops it. */
export async function startLedger(options: Partial<LedgerOptions> = {}): Promise<TestLedger> {
  const redis = await startRedis();
  const store = connectRedis(redis.url, { name: "tallystick-test" });
  const { partitions = 16 } = options;
  const all: LedgerOptions = {
    store,
    book: new BookWatch({ store, book: await openBook(store, partitions) }),
    partitions,
    respondWithinMs: 300_000,
    waitMs: 900_000,
    retentionMs: 600_000,
    maxValidFor: 365 * 24 * 3600,
    settle: "book",
    fencesPerParty: 20,
    ...options,
  };
  const ledger = new Ledger(all);
  return {
    redis,
    store,
    ledger,
    accounts: ledger.accounts,
    options: all,
    stop: async () => {
      store.disconnect();
      await redis.stop();
    },
  };
}
