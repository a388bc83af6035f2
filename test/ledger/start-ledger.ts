/** A ledger on a Redis of its own, without a hub around it. */
import { Accounts } from "../../server/ledger/accounts.ts";
import { Ledger, type LedgerOptions } from "../../server/ledger/ledger.ts";
import { connectRedis, type Store } from "../../server/redis/connect.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";

export interface TestLedger {
  readonly redis: TestRedis;
  readonly store: Store;
  readonly ledger: Ledger;
  readonly accounts: Accounts;
  stop(): Promise<void>;
}

/** Starts a ledger. Whoever starts it stops it. */
export async function startLedger(options: Partial<LedgerOptions> = {}): Promise<TestLedger> {
  const redis = await startRedis();
  const store = connectRedis(redis.url, { name: "tallystick-test" });
  const ledger = new Ledger({
    store,
    partitions: 16,
    respondWithinMs: 300_000,
    waitMs: 900_000,
    retentionMs: 600_000,
    ...options,
  });
  return {
    redis,
    store,
    ledger,
    accounts: new Accounts(ledger),
    stop: async () => {
      store.disconnect();
      await redis.stop();
    },
  };
}
