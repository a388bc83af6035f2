/**
 * The index of vouchers that live and that their beneficiaries have not touched, by beneficiary and issuer, by which they
 * are counted at a request (`UNTOUCHED_PER_PAIR`). It is in the beneficiary's partition, and so entered with the telling,
 * and what was touched is taken out a moment later; the vouchers themselves are the truth.
 */
import type { VoucherSnapshot } from "@tallystick/protocol";
import { homeOf, type LedgerContext } from "./context.ts";
import { groupBy } from "./group-by.ts";
import { type PairEntry, pairMember, parsePairMember, partitionKeys, rangeOf } from "./keys.ts";
import { readVoucherStandings, type VoucherStanding } from "./voucher-standings.ts";

/** How many that were touched are remembered; the rest is found when the index is walked. */
const MOST_NOTED = 100_000;
/** How many are looked at to find room. */
const LOOKED_AT_ONCE = 25;

type Parties = Pick<VoucherStanding, "voucherId" | "issuer" | "beneficiary">;

/** A voucher's member of the index; empty when it is in none. */
export function untouchedMember(voucher: Parties & Pick<VoucherStanding, "state">): string {
  return voucher.state === "issued" && voucher.beneficiary !== voucher.issuer
    ? pairMember(entryOf(voucher))
    : "";
}

export class Untouched {
  readonly #context: LedgerContext;
  /** What was touched and is in the index yet. */
  #touched: PairEntry[] = [];

  constructor(context: LedgerContext) {
    this.#context = context;
  }

  /** Something has happened to a voucher: what its beneficiary has touched, or has ended, leaves with the next round. */
  note(voucher: Pick<VoucherSnapshot, "voucherId" | "issuer" | "beneficiary" | "state">): void {
    if (voucher.state === "issued" || voucher.beneficiary === voucher.issuer) return;
    if (this.#touched.length < MOST_NOTED) this.#touched.push(entryOf(voucher));
  }

  /** Takes out what was touched. It may be late or never happen: what can't be done now waits for the next time. */
  async dropTouched(failed: (error: unknown) => void = () => undefined): Promise<void> {
    const noted = this.#touched;
    this.#touched = [];
    await this.#drop(noted, (entries, error) => {
      failed(error);
      this.#touched.push(...entries);
    });
  }

  /** True when there may be room for one more of a pair than there was. */
  async makeRoom({ of, by }: Omit<PairEntry, "id">): Promise<boolean> {
    const hadTouched = this.#touched.some((each) => each.of === of && each.by === by);
    await this.dropTouched();
    const key = partitionKeys.untouched(homeOf(this.#context, of));
    const { store } = this.#context;
    const range = rangeOf(of, by);
    // Any of them may be over, so that all have their turn.
    const skip = Math.floor(Math.random() * ((await store.zlexcount(key, ...range)) - LOOKED_AT_ONCE + 1));
    const members = await store.zrangebylex(key, ...range, "LIMIT", Math.max(0, skip), LOOKED_AT_ONCE);
    return (await this.dropWrong(members)) > 0 || hadTouched;
  }

  /** Takes out those that don't belong there; answers how many. */
  async dropWrong(members: readonly string[]): Promise<number> {
    const entries = members.map(parsePairMember);
    const all = await readVoucherStandings(
      this.#context,
      entries.map(({ id }) => id),
    );
    const wrong = entries.filter((entry, index) => {
      const found = all[index];
      return found !== "away" && (!found || untouchedMember(found) !== pairMember(entry));
    });
    await this.#drop(wrong, (_, error) => {
      throw error;
    });
    return wrong.length;
  }

  /** Partitions fail apart from each other. */
  async #drop(
    entries: readonly PairEntry[],
    failed: (entries: PairEntry[], error: unknown) => void,
  ): Promise<void> {
    const byPartition = groupBy(entries, ({ of }) => homeOf(this.#context, of));
    const { store } = this.#context;
    await Promise.all(
      [...byPartition].map(([partition, all]) =>
        store
          .zrem(partitionKeys.untouched(partition), ...all.map(pairMember))
          .catch((error: unknown) => failed(all, error)),
      ),
    );
  }
}

function entryOf({ voucherId, issuer, beneficiary }: Parties): PairEntry {
  return { of: beneficiary, by: issuer, id: voucherId };
}
