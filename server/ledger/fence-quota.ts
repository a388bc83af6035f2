/**
 * How many fences one party can have listed: whoever asks for thousands would bury those that an operator must see.
 * They are counted in the party's own partition, before an issuance in another is fenced; an entry that is left over,
 * or whose fence was decided about, is found by looking at it.
 */
import { homeOf, type LedgerContext } from "./context.ts";
import { causedFencesKey } from "./keys.ts";

/** It counts from now on; it counted before; there is no room. */
export type Reserved = "new" | "counted" | "full";

export class FenceQuota {
  readonly #context: LedgerContext;
  /** Whether a fence of an issuance is still open. */
  readonly #isOpen: (issuanceId: string) => Promise<boolean>;

  constructor(context: LedgerContext, isOpen: (issuanceId: string) => Promise<boolean>) {
    this.#context = context;
    this.#isOpen = isOpen;
  }

  /** Counts a fence that the party is about to cause, unless it would be one too many. The same counts once. */
  async reserve(party: string, issuanceId: string): Promise<Reserved> {
    const [reserved, ...left] = await this.#tryToReserve(party, issuanceId);
    if (reserved !== "full") return reserved;
    const isOver = await Promise.all(left.map(async (id) => !(await this.#isOpen(id))));
    const over = left.filter((_, index) => isOver[index]);
    if (over.length === 0) return "full";
    await this.release(party, ...over);
    return (await this.#tryToReserve(party, issuanceId))[0];
  }

  /** They no longer count. */
  async release(party: string, ...issuanceIds: string[]): Promise<void> {
    await this.#context.store.zrem(this.#keyOf(party), ...issuanceIds);
  }

  /** With `full` come some of the party's that may be over. */
  async #tryToReserve(party: string, issuanceId: string): Promise<[Reserved, ...string[]]> {
    const { scripts, fencesPerParty } = this.#context;
    const reply = await scripts.run("reserve-fence", [this.#keyOf(party)], [issuanceId, fencesPerParty]);
    return reply as [Reserved, ...string[]];
  }

  #keyOf(party: string): string {
    return causedFencesKey(homeOf(this.#context, party), party);
  }
}
