/** Puts issuances and accounts into a store directly, through the ledger. */
import { openBook } from "../../server/ledger/book.ts";
import { BookWatch } from "../../server/ledger/book-watch.ts";
import { Ledger, type LedgerOptions } from "../../server/ledger/ledger.ts";
import { connectRedis, type Store } from "../../server/redis/connect.ts";

const DAY_MS = 24 * 3600 * 1000;
const AT_ONCE = 200;

/** A ledger on a store, for as long as `use` takes. */
export async function withLedger<T>(
  url: string,
  use: (ledger: Ledger, store: Store) => Promise<T>,
  settings: Partial<LedgerOptions> = {},
): Promise<T> {
  const store = connectRedis(url, { name: "bench" });
  const options = {
    partitions: 256,
    respondWithinMs: DAY_MS,
    waitMs: DAY_MS,
    retentionMs: DAY_MS,
    maxValidFor: 365 * 24 * 3600,
    settle: "book" as const,
    fencesPerParty: 20,
  };
  try {
    const { partitions } = { ...options, ...settings };
    const book = new BookWatch({ store, book: await openBook(store, partitions) });
    return await use(new Ledger({ store, book, ...options, ...settings }), store);
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

export interface Waiting {
  /** The issuer of all of them; several of their own unless given. */
  issuer?: string | undefined;
  /** The payer of all of them; several of their own unless given. */
  payer?: string | undefined;
}

/** Makes issuances that wait for their payers. */
export function openDirectly(url: string, count: number, { issuer, payer }: Waiting = {}): Promise<void> {
  return withLedger(url, (ledger) =>
    times(count, (index) =>
      ledger.requestPayer(
        { party: issuer ?? `waiting-issuer-${index % 1000}` },
        {
          commandId: `fill-${index}`,
          payer: payer ?? `waiting-payer-${index % 5000}`,
          amount: 100,
          currency: "CNY",
        },
      ),
    ),
  );
}

/** Gives a party more accounts, half of them with numbers below and half above those of the benchmarks. */
export function addAccounts(url: string, party: string, count: number): Promise<void> {
  const body = { holder: "Acme Ltd", kind: "funds", currency: "CNY", balance: 1_000_000 } as const;
  return withLedger(url, (ledger) => {
    const { accounts } = ledger;
    return times(count, (index) =>
      accounts.put({ party, number: `${index % 2 ? "7" : "5"}${String(index).padStart(15, "0")}` }, body),
    );
  });
}
