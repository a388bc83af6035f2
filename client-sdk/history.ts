/** What the hub's archive finds, asked for a page at a time. */
import type { WaitOptions } from "./abortable.ts";
import type { Outbox } from "./outbox.ts";
import type { HistoryQueryPayloads, Snapshot, VoucherSnapshot } from "./wire.ts";

/** Which of the party's issuances to find; all of them, unless it says something. Times are milliseconds. */
export type IssuanceSearch = Omit<HistoryQueryPayloads["issuance:find"], "after" | "limit">;
/** Which of the party's vouchers to find. */
export type VoucherSearch = Omit<HistoryQueryPayloads["voucher:find"], "after" | "limit">;

interface Finds {
  "issuance:find": [IssuanceSearch, Snapshot];
  "voucher:find": [VoucherSearch, VoucherSnapshot];
}

/** Yields what is found, newest first. A page may come back empty though more are behind it. */
export async function* find<N extends keyof Finds>(
  outbox: Outbox,
  name: N,
  search?: Finds[N][0],
  options?: WaitOptions,
): AsyncGenerator<Finds[N][1], void, undefined> {
  let after: string | undefined;
  do {
    const answer = await outbox.ask<keyof Finds>(name, { ...search, after } as object, options);
    yield* "issuances" in answer ? answer.issuances : answer.vouchers;
    after = answer.next;
  } while (after);
}
