/**
 * Guarantees 1 and 7, read straight from the store: what is frozen, the freezes and the vouchers agree, and no money is
 * made or lost on its way.
 */
import { hasVoucherEnded, type VoucherState } from "@tallystick/protocol";
import * as assert from "uvu/assert";
import { unpack } from "../../server/ledger/packing.ts";
import { readSettlement } from "../../server/ledger/settlement-record.ts";
import { readTerms } from "../../server/ledger/voucher-record.ts";
import type { Store } from "../../server/redis/connect.ts";
import type { TestHub } from "../helpers/hub.ts";

export interface Books {
  /** Vouchers in the store. */
  vouchers: number;
  /** Sum of all accounts' frozen amounts, minor units. */
  frozen: number;
  /**
   * Per currency: balances + clearing - used - what was credited and is not closed yet. Nothing changes it but what
   * operators put into funds accounts or take out, what is repaid, and what is paid outside.
   */
  held: Record<string, bigint>;
}

/** Checks the whole store. @throws when an account, a freeze or a voucher does not fit the others. */
export async function checkBooks({ running }: Pick<TestHub, "running">): Promise<Books> {
  return checkStore(running.store);
}

export async function checkStore(store: Store): Promise<Books> {
  const keys = await store.keys("ts:*");
  const held: Record<string, bigint> = {};
  const hold = (currency: string, amount: number | string) => {
    held[currency] = (held[currency] ?? 0n) + BigInt(amount);
  };
  const freezes = new Map<string, number>();
  let vouchers = 0;
  const marks = keys.filter((name) => name.includes(":credits:"));
  for (const key of keys.filter((name) => name.includes(":voucher:"))) {
    const voucher = await readVoucher(store, key);
    vouchers += 1;
    if (voucher.frozen > 0) freezes.set(voucher.issuanceId, voucher.frozen);
    hold(voucher.currency, -(await creditedNotClosed(store, voucher, marks)));
  }
  for (const key of keys.filter((name) => name.endsWith(":sums"))) {
    for (const [field, sum] of Object.entries(await store.hgetall(key))) {
      const [kind, currency = ""] = field.split(":");
      if (kind === "clearing") hold(currency, sum);
    }
  }
  let frozen = 0;
  let count = 0;
  for (const key of keys.filter((name) => /:account:[^:]+:[^:]+$/.test(name))) {
    const account = await store.hgetall(key);
    const entries = Object.entries(await store.hgetall(`${key}:freezes`));
    const sum = entries.reduce((all, [, amount]) => all + Number(amount), 0);
    assert.is(Number(account.frozen), sum, `${key} is frozen to the sum of its freezes`);
    const used = Number(account.used ?? 0);
    assert.ok(sum + used <= Number(account.total), `${key} has no more frozen and used than it holds`);
    for (const [issuanceId, amount] of entries)
      assert.is(freezes.get(issuanceId), Number(amount), `a voucher of ${issuanceId}`);
    frozen += sum;
    count += entries.length;
    hold(account.currency ?? "", account.kind === "funds" ? (account.total ?? "0") : -used);
  }
  assert.is(count, freezes.size, "each voucher that holds money has one freeze");
  return { vouchers, frozen, held };
}

interface FoundVoucher {
  id: string;
  issuanceId: string;
  currency: string;
  frozen: number;
  record: Record<string, string>;
}

async function readVoucher(store: Store, key: string): Promise<FoundVoucher> {
  const record = await store.hgetall(key);
  const id = key.slice(key.lastIndexOf(":") + 1);
  const terms = readTerms(id, record.o ?? "");
  assert.ok(terms, key);
  const stands = unpack(record.s ?? "");
  const [honoured = 0, released = 0, pending = 0, remaining = 0] = stands.slice(3, 7).map(Number);
  assert.is(honoured + released + pending + remaining, terms.amount, `${key} is whole`);
  if (hasVoucherEnded(stands[1] as VoucherState)) assert.is(pending + remaining, 0, `${key} has ended`);
  return { id, issuanceId: id.slice(1), currency: terms.currency, frozen: pending + remaining, record };
}

/** What was paid into accounts by settlements that are still open; a settlement is paid once at the most. */
async function creditedNotClosed(
  store: Store,
  voucher: FoundVoucher,
  marks: readonly string[],
): Promise<number> {
  let sum = 0;
  for (const [field, packed] of Object.entries(voucher.record)) {
    if (!field.startsWith("z:")) continue;
    const settlement = readSettlement(packed);
    assert.ok(settlement, `${voucher.id} ${field}`);
    const { state, attempt, amount, mode, note } = settlement;
    const paid: string[] = [];
    // Each attempt's mark is in the partition of whoever was to be paid.
    for (const key of marks.filter((name) => name.endsWith(`:${voucher.id}.${field.slice(2)}`))) {
      const attempts = Object.entries(await store.hgetall(key));
      paid.push(...attempts.flatMap(([number, mark]) => (mark.split("|")[1] === "done" ? [number] : [])));
    }
    if (state === "failed" || (state === "settled" && note !== "")) assert.equal(paid, []);
    else if (state === "settled" && mode === "book") assert.equal(paid, [String(attempt)]);
    else assert.ok(paid.length === 0 || (paid.length === 1 && paid[0] === String(attempt)));
    if (state === "open") sum += paid.length * amount;
  }
  return sum;
}
