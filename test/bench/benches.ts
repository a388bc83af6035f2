/** The benchmarks by name. Each measures what it compares in turn and answers rows of the table. */

import { benchArchive } from "./archive.ts";
import { benchAtRest } from "./at-rest.ts";
import { benchAccounts, benchBusyBook, benchParty } from "./busy-book.ts";
import { benchCluster, benchHubs } from "./cluster.ts";
import { benchAcceptors } from "./connecting.ts";
import { benchConsole } from "./console.ts";
import { benchDrawings } from "./drawings.ts";
import { benchFloods, benchOverload } from "./floods.ts";
import { benchGrownArchive, benchGrowth } from "./growth.ts";
import { benchHistory } from "./history.ts";
import { benchIdleTerminals } from "./idle-terminals.ts";
import { benchRelay, benchSync } from "./negotiation.ts";
import { benchPostgres } from "./postgres.ts";
import { benchRates } from "./rates.ts";
import type { Row } from "./report.ts";
import { benchRestart } from "./restart.ts";
import { benchRetiring } from "./retiring.ts";
import type { Size } from "./size.ts";
import { benchSpread } from "./spread.ts";
import { benchClient } from "./store-client.ts";
import { benchStoreMemory } from "./store-memory.ts";
import { benchScripts } from "./store-scripts.ts";

/** Those that fill databases for a long time: they run when they are named. */
export const LONG: ReadonlySet<string> = new Set(["history", "retiring", "growth", "grown-archive"]);

export const BENCHES: { readonly [name: string]: (size: Size) => Promise<Row[]> } = {
  relay: benchRelay,
  rates: benchRates,
  fsync: benchSync,
  drawings: benchDrawings,
  console: benchConsole,
  archive: benchArchive,
  history: benchHistory,
  retiring: benchRetiring,
  growth: benchGrowth,
  "grown-archive": benchGrownArchive,
  postgres: benchPostgres,
  idle: benchIdleTerminals,
  rest: benchAtRest,
  memory: benchStoreMemory,
  book: benchBusyBook,
  accounts: benchAccounts,
  party: benchParty,
  scripts: benchScripts,
  client: benchClient,
  hubs: benchHubs,
  cluster: benchCluster,
  spread: benchSpread,
  connect: benchAcceptors,
  restart: benchRestart,
  floods: benchFloods,
  overload: benchOverload,
};
