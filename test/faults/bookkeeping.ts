/** Ledgers of a run's own, past the hubs: for a look at the book, and to do what a hub does alone. */
import type { CommandPayloads } from "@tallystick/protocol";
import type { AuditedBook } from "../../server/audit/findings.ts";
import { readMarkers } from "../../server/ledger/book.ts";
import { BookWatch } from "../../server/ledger/book-watch.ts";
import { Ledger } from "../../server/ledger/ledger.ts";
import { connectRedis, type Store } from "../../server/redis/connect.ts";
import { PARTITIONS, RESPOND_WITHIN, WAIT_WITHIN } from "./settings.ts";

/** @param url where the store is now. */
export function bookkeeping(url: () => string) {
  const stores = new Set<Store>();
  const connect = () => {
    const store = connectRedis(url(), { name: "faults" });
    store.on("error", () => undefined);
    stores.add(store);
    return store;
  };
  return {
    open: async (): Promise<AuditedBook> => {
      const store = connect();
      return { store, ledger: await ledgerOf(store) };
    },
    commitRequest: async (
      issuer: string,
      offer: CommandPayloads["payer:request"],
    ): Promise<string | undefined> => {
      const store = connect();
      const ledger = await ledgerOf(store);
      const made = await ledger.requestPayer({ party: issuer }, offer);
      stores.delete(store);
      store.disconnect();
      return made.kind === "done" ? made.snapshot.issuanceId : undefined;
    },
    close: () => {
      for (const store of stores) store.disconnect();
    },
  };
}

async function ledgerOf(store: Store): Promise<Ledger> {
  const { id = "" } = await readMarkers(store, PARTITIONS);
  const book = new BookWatch({ store, book: { id, partitions: PARTITIONS, isNew: false, blank: [] } });
  return new Ledger({
    store,
    book,
    partitions: PARTITIONS,
    respondWithinMs: RESPOND_WITHIN * 1000,
    waitMs: WAIT_WITHIN * 1000,
    retentionMs: 3_600_000,
    maxValidFor: 365 * 24 * 3600,
    settle: "book",
    fencesPerParty: 10_000_000,
  });
}
