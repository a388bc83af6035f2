/** The hub's lists, asked for a page at a time. */
import type { WaitOptions } from "./abortable.ts";
import { idOf } from "./kind.ts";
import type { Outbox } from "./outbox.ts";
import type { ListedVoucher, OpenIssuance, VoucherQueryPayloads } from "./wire.ts";

interface Lists {
  "issuance:list": OpenIssuance;
  "voucher:list": ListedVoucher;
}

/** Which of the party's vouchers to list: those that live, unless a state is given. */
export type VoucherFilter = Omit<VoucherQueryPayloads["voucher:list"], "before">;

/** Yields the lines of a list, newest first. */
export async function* pagesOf<N extends keyof Lists>(
  outbox: Outbox,
  name: N,
  options?: WaitOptions,
  filter?: VoucherFilter,
): AsyncGenerator<Lists[N], void, undefined> {
  let before: string | undefined;
  for (let more = true; more; ) {
    const { answer } = await outbox.ask<keyof Lists>(name, { ...filter, before }, options);
    const lines: (OpenIssuance | ListedVoucher)[] = "open" in answer ? answer.open : answer.vouchers;
    yield* lines as Lists[N][];
    more = answer.more;
    const last = lines.at(-1);
    before = last && idOf(last);
  }
}
