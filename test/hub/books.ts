/** Guarantee 1, read straight from the store: what is frozen, the freezes, and the vouchers agree. */
import * as assert from "uvu/assert";
import type { TestHub } from "../helpers/hub.ts";

export interface Books {
  /** Vouchers in the store. */
  vouchers: number;
  /** Sum of all accounts' frozen amounts, minor units. */
  frozen: number;
}

/** Checks the whole store. @throws when an account, a freeze or a voucher does not fit the others. */
export async function checkBooks(hub: TestHub): Promise<Books> {
  const { store } = hub.running;
  const keys = await store.keys("ts:*");
  const accounts = keys.filter((key) => /:account:[^:]+:[^:]+$/.test(key));
  const vouchers = new Map<string, string>();
  for (const key of keys.filter((name) => name.includes(":voucher:"))) {
    const { amount = "", status } = await store.hgetall(key);
    assert.is(status, "issued", key);
    vouchers.set(key.slice(key.indexOf(":voucher:v") + ":voucher:v".length), amount);
  }
  let frozen = 0;
  let freezes = 0;
  for (const key of accounts) {
    const account = await store.hgetall(key);
    const held = Object.entries(await store.hgetall(`${key}:freezes`));
    const sum = held.reduce((all, [, amount]) => all + Number(amount), 0);
    assert.is(Number(account.frozen), sum, `${key} is frozen to the sum of its freezes`);
    assert.ok(sum <= Number(account.total), `${key} has no more frozen than it holds`);
    for (const [issuanceId, amount] of held)
      assert.is(vouchers.get(issuanceId), amount, `a voucher of ${issuanceId}`);
    frozen += sum;
    freezes += held.length;
  }
  assert.is(freezes, vouchers.size, "each voucher has one freeze");
  return { vouchers: vouchers.size, frozen };
}
