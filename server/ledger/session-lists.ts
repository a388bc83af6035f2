/** What a terminal is told when its session begins, in one round trip to the store where nothing is open. */
import { isUnavailable } from "../redis/availability.ts";
import { homeOf, type LedgerContext } from "./context.ts";
import { type OpenEntry, parseOpenMember, partitionKeys } from "./keys.ts";
import type { FirstOpen, OpenIssuances, OpenPage } from "./open-issuances.ts";
import type { VoucherIndex, VoucherPage } from "./voucher-index.ts";

export interface SessionStart {
  open: OpenPage;
  vouchers: VoucherPage;
  /** The clock of the server that has the party's lists, milliseconds; absent while it does not answer. */
  at: number | undefined;
}

/** The indexes as they were read. */
interface Found {
  at: number;
  open: FirstOpen;
  vouchers: OpenEntry[];
}

/** Nothing can be told now, and there may be something. */
const AWAY: SessionStart = {
  open: { open: [], more: true },
  vouchers: { vouchers: [], more: true },
  at: undefined,
};

export class SessionLists {
  readonly #context: LedgerContext;
  readonly #open: OpenIssuances;
  readonly #vouchers: VoucherIndex;

  constructor(context: LedgerContext, open: OpenIssuances, vouchers: VoucherIndex) {
    this.#context = context;
    this.#open = open;
    this.#vouchers = vouchers;
  }

  /**
   * The newest of a party's issuances that have not ended, and of its vouchers that live. What can't be told for sure now
   * is left out, and there is more then: a session begins in any case.
   */
  async read(party: string, limits: { issuances: number; vouchers: number }): Promise<SessionStart> {
    let found: Found;
    try {
      found = await this.#find(party, limits);
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      return AWAY;
    }
    const { page, leftOut } = await this.#open.listAtHand({ party, limit: limits.issuances }, found.open);
    // What was issued just now leaves the first list for the second, which is read once more then.
    const first = leftOut ? undefined : found.vouchers;
    return { open: page, vouchers: await this.#listVouchers(party, limits.vouchers, first), at: found.at };
  }

  async #listVouchers(party: string, limit: number, first: OpenEntry[] | undefined): Promise<VoucherPage> {
    try {
      const page = await this.#vouchers.list({ party, limit }, first);
      return page ?? { vouchers: [], more: false };
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      return AWAY.vouchers;
    }
  }

  /** One more of each than is wanted tells whether there are more. */
  async #find(party: string, limits: { issuances: number; vouchers: number }): Promise<Found> {
    const partition = homeOf(this.#context, party);
    const { open, liveVouchers, journal } = partitionKeys;
    const [at, entry = "", count, ...members] = await this.#context.scripts.run(
      "list-session",
      [open(partition), liveVouchers(partition), journal(partition)],
      [`(${party};`, `[${party}:`, limits.issuances + 1, limits.vouchers + 1],
    );
    const entries = members.map(parseOpenMember);
    return {
      at: Number(at),
      open: { mark: { partition, entry }, entries: entries.slice(0, Number(count)) },
      vouchers: entries.slice(Number(count)),
    };
  }
}
