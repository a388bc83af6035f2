/** Puts issuances into a store directly, through the ledger. */
import { Ledger } from "../../server/ledger/ledger.ts";
import { connectRedis, type Store } from "../../server/redis/connect.ts";

const DAY_MS = 24 * 3600 * 1000;
const AT_ONCE = 200;

/** A ledger on a store, for as long as `use` takes. */
export async function withLedger<T>(
  url: string,
  use: (ledger: Ledger, store: Store) => Promise<T>,
): Promise<T> {
  const store = connectRedis(url, { name: "bench", autoPipelining: false });
  const options = { partitions: 256, respondWithinMs: DAY_MS, waitMs: DAY_MS, retentionMs: DAY_MS };
  try {
    return await use(new Ledger({ store, ...options }), store);
  } finally {
    store.disconnect();
  }
}

/** Does something `count` times, some at once. */
export async function times(count: number, act: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const work = async () => {
    while (next < count) await act(next++);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, count) }, work));
}

/** Makes issuances that wait for parties of their own. */
export function openDirectly(url: string, count: number): Promise<void> {
  return withLedger(url, (ledger) =>
    times(count, (index) =>
      ledger.requestPayer(
        { party: `waiting-issuer-${index % 1000}` },
        { commandId: `fill-${index}`, payer: `waiting-payer-${index % 5000}`, amount: 100, currency: "CNY" },
      ),
    ),
  );
}
