/** What the ledger asks of the watch over its book. */
export interface ServedBook {
  /** The book's id, which the scripts compare that make something out of nothing. */
  readonly id: string;
  /** @throws NotServedError when the partition of this key must not be served. */
  check(key: string): void;
  /**
   * Asks the store itself, before it is told that it has nothing: it may have lost all since the last look.
   *
   * @throws NotServedError when the partition of this key is not this book's; the client's error when nobody knows.
   */
  confirm(key: string): Promise<void>;
}
