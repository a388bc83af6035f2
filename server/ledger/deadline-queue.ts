/** The queues of deadlines, one in each partition, and the lease of whoever looks at them for all hubs. */
import type { LedgerContext } from "./context.ts";
import { partitionKeys, SWEEP_KEY } from "./keys.ts";

/** What time, or a hub that died, has left to be done in a partition. */
export interface Due {
  /** Issuances and vouchers whose time may have come. */
  due: string[];
  /** Settlements to be carried out, and vouchers whose beneficiary is to be told. */
  undone: string[];
}

/** The absence of all hubs is one from so long on, milliseconds. */
const OUTAGE_MS = 60_000;
/** And from so many sweeps on that did not come: another hub takes the lease of one that died after a few. */
const OUTAGE_SWEEPS = 8;

/** From how long on nobody is taken to have been there, where hubs sweep in this interval; both milliseconds. */
export function outageAfter(sweepIntervalMs: number): number {
  return Math.max(OUTAGE_MS, OUTAGE_SWEEPS * sweepIntervalMs);
}

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
   * What a sweep finds in a partition: the earliest first. Its own server's clock
   * decides, as it does in the script that ends them: servers' clocks differ. A queue may name an earlier time than
   * the issuance's own; that script knows.
   *
   * @param page.skip how many to pass over, of those that come first.
   */
  async due(partition: number, { skip, limit }: { skip: number; limit: number }): Promise<Due> {
    const keys = [
      partitionKeys.deadlines(partition),
      partitionKeys.undone(partition),
      partitionKeys.silence(partition),
      partitionKeys.journal(partition),
    ];
    const { scripts, outageMs } = this.#context;
    const [, ...found] = await scripts.run("due-deadlines", keys, [skip, limit, outageMs], {});
    const isUndone = (entry: string) => entry.startsWith("!");
    return {
      due: found.filter((entry) => !isUndone(entry)),
      undone: found.filter(isUndone).map((entry) => entry.slice(1)),
    };
  }
}
