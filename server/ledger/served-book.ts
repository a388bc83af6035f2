/** What the ledger asks of the watch over its book. */
export interface ServedBook {
  /** The book's id, which the scripts compare that make something out of nothing. */
  readonly id: string;
  /** @throws NotServedError when the partition of this key must not be served. */
  check(key: string): void;
}
