/** The hub's lists, asked for a page at a time. */
import type { WaitOptions } from "./abortable.ts";
import { idOf, type Noun } from "./kind.ts";
import type { Outbox } from "./outbox.ts";
import type { ListedVoucher, OpenIssuance, VoucherQueryPayloads } from "./wire.ts";

/** A line of the list of issuances, or of vouchers. */
export type Line<N extends Noun> = { issuance: OpenIssuance; voucher: ListedVoucher }[N];

/** Which of the party's vouchers to list: those that live, unless a state is given. */
export type VoucherFilter = Omit<VoucherQueryPayloads["voucher:list"], "before">;

/** Yields the lines of a list, newest first. */
export async function* pagesOf<N extends Noun>(
  outbox: Outbox,
  noun: N,
  options?: WaitOptions,
  filter?: VoucherFilter,
): AsyncGenerator<Line<N>, void, undefined> {
  let before: string | undefined;
  do {
    const page = await outbox.ask<`${Noun}:list`>(`${noun}:list`, { ...filter, before }, options);
    const lines: Line<Noun>[] = "open" in page ? page.open : page.vouchers;
    yield* lines as Line<N>[];
    // A page of vouchers may be empty though there is more, and says where the next begins.
    before = page.more ? ((page as { next?: string }).next ?? idOf(lines.at(-1) as Line<Noun>)) : undefined;
  } while (before);
}
