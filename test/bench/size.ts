/** How much a benchmark measures. */

/** How much is measured: everything is as large as the budgets say, or small enough for a smoke test. */
export interface Size {
  rounds: number;
  pairs: number;
  negotiations: number;
  terminals: number;
  /** How long a hub at rest is watched in each round, milliseconds. */
  restMs: number;
  openIssuances: number[];
  /** How long each flood is watched, and the one of 8 times what the hub carries, seconds. */
  floodSeconds: number;
  /** What is asked for in a second at the most: what was measured in a moment says little of what a hub carries. */
  crowdMost: number;
  crowdSeconds: number;
  /** Few and many accounts of one party. */
  accounts: [few: number, many: number];
  /** Few and many open issuances of one party. */
  openOfOneParty: [few: number, many: number];
  /** Few and many issuances in an archive. */
  archived: [few: number, many: number];
  /** How many accounts and live vouchers a book has that has grown, and how many issuances its archive. */
  grown: number;
  grownArchive: number;
  /** How many pages of history are read in each round. */
  pages: number;
  /** How many negotiations come to an end and leave the store. */
  finished: number;
}

export const FULL: Size = {
  rounds: 5,
  pairs: 200,
  negotiations: 5000,
  terminals: 5000,
  restMs: 10_000,
  floodSeconds: 60,
  crowdMost: Number.POSITIVE_INFINITY,
  crowdSeconds: 60,
  openIssuances: [100, 10_000, 100_000],
  accounts: [10, 100_000],
  openOfOneParty: [1, 1000],
  archived: [10_000, 1_000_000],
  grown: 1_000_000,
  grownArchive: 1_000_000,
  pages: 400,
  finished: 100_000,
};
export const SMOKE: Size = {
  rounds: 1,
  pairs: 4,
  negotiations: 20,
  terminals: 20,
  restMs: 300,
  floodSeconds: 0.4,
  crowdMost: 500,
  crowdSeconds: 0.4,
  openIssuances: [10, 50],
  accounts: [2, 20],
  openOfOneParty: [1, 10],
  archived: [20, 60],
  grown: 20,
  grownArchive: 20,
  pages: 5,
  finished: 20,
};
