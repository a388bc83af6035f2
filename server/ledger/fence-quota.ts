/**
 * How many fences, of issuances and of vouchers, one party can have listed: whoever asks for thousands would bury those
 * that an operator must see. They are counted in the party's own partition, before what is in another is fenced; an entry that is left over,
 * or whose fence was decided about, is found by looking at it.
 */
import { isUnavailable } from "../redis/availability.ts";
import { homeOf, type LedgerContext } from "./context.ts";
import { bookKey, causedFencesKey } from "./keys.ts";
import { runInBook } from "./run-in-book.ts";

/**
 * It counts from now on; it counted before; there is no room; the party's partition, where it is counted, does not
 * answer. A fence is made in any case, in the partition of what is fenced.
 */
export type Reserved = "new" | "counted" | "full" | "away";

export class FenceQuota {
  readonly #context: LedgerContext;
  /** Whether a fence of an issuance or a voucher is still open. */
  readonly #isOpen: (id: string) => Promise<boolean>;

  constructor(context: LedgerContext, isOpen: (id: string) => Promise<boolean>) {
    this.#context = context;
    this.#isOpen = isOpen;
  }

  /** Counts a fence that the party is about to cause, unless it would be one too many. The same counts once. */
  async reserve(party: string, id: string): Promise<Reserved> {
    try {
      const [reserved, ...left] = await this.#tryToReserve(party, id);
      if (reserved !== "full") return reserved;
      const isOver = await Promise.all(left.map((other) => this.#isOver(other)));
      const over = left.filter((_, index) => isOver[index]);
      if (over.length === 0) return "full";
      await this.release(party, ...over);
      return (await this.#tryToReserve(party, id))[0];
    } catch (error) {
      if (isUnavailable(error)) return "away";
      throw error;
    }
  }

  /** They no longer count. What can't be said now is found out when the party has no more room. */
  async release(party: string, ...ids: string[]): Promise<void> {
    try {
      await this.#context.store.zrem(this.#keyOf(party), ...ids);
    } catch (error) {
      if (!isUnavailable(error)) throw error;
    }
  }

  /** One whose server does not answer counts on. */
  async #isOver(id: string): Promise<boolean> {
    try {
      return !(await this.#isOpen(id));
    } catch (error) {
      if (isUnavailable(error)) return false;
      throw error;
    }
  }

  /** With `full` come some of the party's that may be over. */
  async #tryToReserve(party: string, id: string): Promise<[Reserved, ...string[]]> {
    const { book, fencesPerParty } = this.#context;
    const keys = [this.#keyOf(party), bookKey(homeOf(this.#context, party))];
    const reply = await runInBook(this.#context, "reserve-fence", keys, [id, fencesPerParty, book.id]);
    return reply as [Reserved, ...string[]];
  }

  #keyOf(party: string): string {
    return causedFencesKey(homeOf(this.#context, party), party);
  }
}
