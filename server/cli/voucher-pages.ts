/** Every voucher of the book, or of one party, a page at a time, so that a list of any length takes little memory. */
import { hasVoucherEnded, type VoucherSnapshot, type VoucherState } from "@tallystick/protocol";
import type { Ledger } from "../ledger/ledger.ts";

/** How many are read and aligned at once. */
const PAGE = 200;

export interface VoucherChoice {
  /** Only those that this party takes part in, newest first; those of all payers, by payer, when absent. */
  party?: string | undefined;
  /** Only those in this state; those that live when absent. */
  state?: VoucherState | undefined;
}

export async function* voucherPages(
  ledger: Ledger,
  choice: VoucherChoice,
): AsyncGenerator<VoucherSnapshot[]> {
  const { party, state } = choice;
  for await (const entries of party === undefined
    ? bookEntries(ledger, state)
    : partyEntries(ledger, party, state)) {
    const found = await Promise.all(entries.map(({ voucherId }) => ledger.vouchers.read(voucherId)));
    yield found.flatMap((reading, index) => {
      if (reading.kind !== "found") return [];
      const { snapshot } = reading;
      const { payer } = entries[index] as Entry;
      const isWanted = state === undefined ? !hasVoucherEnded(snapshot.state) : snapshot.state === state;
      return isWanted && (payer === undefined || payer === snapshot.payer) ? [snapshot] : [];
    });
  }
}

/** A voucher, and whose entry it is where only the payer's counts. */
interface Entry {
  voucherId: string;
  payer?: string;
}

async function* partyEntries(
  { voucherIndex }: Ledger,
  party: string,
  state: VoucherState | undefined,
): AsyncGenerator<Entry[]> {
  let before: string | undefined;
  do {
    const page = await voucherIndex.list({ party, state, before, limit: PAGE });
    if (!page) return;
    yield page.vouchers;
    before = page.next;
  } while (before !== undefined);
}

/** A voucher has an entry of each of its parties: it is taken at its payer's. */
async function* bookEntries(ledger: Ledger, state: VoucherState | undefined): AsyncGenerator<Entry[]> {
  const { voucherIndex, partitions } = ledger;
  // What has ended is among those that live until a hub has moved its entries.
  const indexes =
    state !== undefined && hasVoucherEnded(state) ? (["live", "ended"] as const) : (["live"] as const);
  for (const index of indexes)
    for (let partition = 0; partition < partitions; partition++) {
      let after: string | undefined;
      do {
        const page = await voucherIndex.entries(index, { partition, after, limit: PAGE });
        yield page.entries.map(({ party, voucherId }) => ({ voucherId, payer: party }));
        after = page.next;
      } while (after !== undefined);
    }
}
