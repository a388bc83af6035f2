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

/** How many partitions one script looks at, so that it stays short. */
const LOOKED_AT_ONCE = 64;

export class DeadlineQueue {
  readonly #context: LedgerContext;
  /** All partitions, in groups of which each is looked at together. Those of a cluster have a slot each, and no script has two. */
  readonly groups: readonly (readonly number[])[];

  constructor(context: LedgerContext) {
    this.#context = context;
    const all = Array.from({ length: context.partitions }, (_, partition) => partition);
    const size = context.isSpread ? 1 : LOOKED_AT_ONCE;
    this.groups = all.flatMap((partition) =>
      partition % size === 0 ? [all.slice(partition, partition + size)] : [],
    );
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
   * Those of a group in which there may be something to do: an idle hub asks a few times a second, and not each
   * partition. One that is not served is among them, so that it fails by itself.
   */
  async findDue(group: readonly number[]): Promise<number[]> {
    const [served, others] = this.#parted(group);
    if (served.length < 2) return [...group];
    const keys = served.flatMap((partition) => [
      partitionKeys.deadlines(partition),
      partitionKeys.undone(partition),
      partitionKeys.silence(partition),
    ]);
    const [, ...places] = await this.#context.scripts.run("find-due", keys, [], {});
    return [...others, ...places.map((place) => served[Number(place) - 1] as number)];
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

  /** The partitions that are served, and those that are not. */
  #parted(group: readonly number[]): [served: number[], others: number[]] {
    const served: number[] = [];
    const others: number[] = [];
    for (const partition of group) {
      try {
        this.#context.book.check(partitionKeys.deadlines(partition));
        served.push(partition);
      } catch {
        others.push(partition);
      }
    }
    return [served, others];
  }
}
