/** The queues of deadlines, one in each partition, and the lease of whoever looks at them for all hubs. */
import type { LedgerContext } from "./context.ts";
import { partitionKeys, SWEEP_KEY } from "./keys.ts";

export class DeadlineQueue {
  readonly #context: LedgerContext;

  constructor(context: LedgerContext) {
    this.#context = context;
  }

  /** Takes or keeps the lease; false while another holds it. */
  async holdLease(holder: string, leaseMs: number): Promise<boolean> {
    const { store } = this.#context;
    if ((await store.set(SWEEP_KEY, holder, "PX", leaseMs, "NX")) === "OK") return true;
    if ((await store.get(SWEEP_KEY)) !== holder) return false;
    await store.pexpire(SWEEP_KEY, leaseMs);
    return true;
  }

  /**
   * The issuances of each partition whose deadline may have passed, the earliest first, at most `limit` of each.
   * A queue may name an earlier time than the issuance's own; its script knows.
   *
   * @param now the store's clock, milliseconds since the epoch.
   */
  due(now: number, limit: number): Promise<string[][]> {
    const { store, partitions } = this.#context;
    return Promise.all(
      Array.from({ length: partitions }, (_, partition) =>
        store.zrangebyscore(partitionKeys.deadlines(partition), 0, now, "LIMIT", 0, limit),
      ),
    );
  }
}
