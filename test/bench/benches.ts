/** The benchmarks by name. Each measures what it compares in turn and answers rows of the table. */

import { benchBusyBook } from "./busy-book.ts";
import { benchAcceptors } from "./connecting.ts";
import { benchIdleTerminals } from "./idle-terminals.ts";
import { benchRelay, benchSync } from "./negotiation.ts";
import type { Row } from "./report.ts";
import { benchScripts, benchStoreMemory } from "./store.ts";

/** How much is measured: everything is as large as the budgets say, or small enough for a smoke test. */
export interface Size {
  rounds: number;
  pairs: number;
  negotiations: number;
  terminals: number;
  openIssuances: number[];
}

export const FULL: Size = {
  rounds: 5,
  pairs: 200,
  negotiations: 5000,
  terminals: 5000,
  openIssuances: [100, 10_000, 100_000],
};
export const SMOKE: Size = { rounds: 1, pairs: 4, negotiations: 20, terminals: 20, openIssuances: [10, 50] };

export const BENCHES: { readonly [name: string]: (size: Size) => Promise<Row[]> } = {
  relay: benchRelay,
  fsync: benchSync,
  idle: benchIdleTerminals,
  memory: benchStoreMemory,
  book: benchBusyBook,
  scripts: benchScripts,
  connect: benchAcceptors,
};
