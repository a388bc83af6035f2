/** What came into a partition by currency: exact beyond what a number can hold, and never so much that the store fails. */
import { type AccountPut, MAX_AMOUNT } from "@tallystick/protocol";
import type { Redis } from "ioredis";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { AccountOutcome } from "../../server/ledger/accounts.ts";
import { accountKeys, partitionKeys } from "../../server/ledger/keys.ts";
import { everythingIn } from "./everything.ts";
import { startLedger, type TestLedger } from "./start-ledger.ts";

const sums = suite("what came into a partition");

let book: TestLedger;
let client: Redis;
sums.before.each(async () => {
  book = await startLedger();
  client = book.redis.client();
});
sums.after.each(() => book.stop());

const PARTY = "acme";
const home = () => book.ledger.partitionOf(PARTY);
const sumsKey = () => partitionKeys.sums(home());
const cameIn = () => client.hgetall(sumsKey());

function put(number: string, amount: number, { currency = "CNY", kind = "funds" } = {}) {
  const described = { holder: "Acme Ltd", currency };
  const body: AccountPut =
    kind === "funds"
      ? { ...described, kind: "funds", balance: amount }
      : { ...described, kind: "credit", limit: amount };
  return book.accounts.put({ party: PARTY, number }, body);
}

const adjust = (number: string, amount: number, reference: string) =>
  book.accounts.adjust({ party: PARTY, number }, { amount, reference });
const repay = (number: string, amount: number, reference: string) =>
  book.accounts.repay({ party: PARTY, number }, { amount, reference });

/** As drawings leave a line of credit. */
async function use(number: string, used: number): Promise<void> {
  const { account } = accountKeys({ partition: home(), party: PARTY, number });
  await client.hset(account, "used", used);
}

async function done(outcome: Promise<AccountOutcome>): Promise<void> {
  const { kind } = await outcome;
  assert.is(kind, "done");
}

async function refusedAs(code: string, outcome: Promise<AccountOutcome>): Promise<void> {
  const answer = await outcome;
  assert.is(answer.kind === "refused" && answer.code, code);
}

sums("is what funds accounts were set to and adjusted by, whatever they were before", async () => {
  await done(put("1", 100));
  assert.equal(await cameIn(), { "in:CNY": "100" });
  await done(put("1", 70));
  await done(put("2", 5));
  await done(adjust("2", -2, "out"));
  await done(adjust("2", -2, "out"));
  assert.equal(await cameIn(), { "in:CNY": "73" });
  await done(put("1", 70, { currency: "USD" }));
  assert.equal(await cameIn(), { "in:CNY": "3", "in:USD": "70" });
  await done(put("1", 9, { kind: "credit" }));
  await done(adjust("1", 9, "more"));
  assert.equal(await cameIn(), { "in:CNY": "3", "in:USD": "0" });
  await done(put("1", 8));
  assert.equal(await cameIn(), { "in:CNY": "11", "in:USD": "0" });
});

sums("grows by what is repaid, and not by limits", async () => {
  await done(put("1", 100, { kind: "credit" }));
  await use("1", 60);
  await done(repay("1", 25, "wire-1"));
  await done(repay("1", 25, "wire-1"));
  await refusedAs("exceeds_remaining", repay("1", 36, "wire-2"));
  assert.equal(await cameIn(), { "in:CNY": "25" });
});

sums("is exact beyond 2^53", async () => {
  for (const number of ["1", "2", "3"]) await done(put(number, MAX_AMOUNT));
  await done(put("4", 4, { kind: "credit" }));
  await use("4", 4);
  await done(repay("4", 3, "wire-1"));
  await done(adjust("1", -1, "out"));
  await done(put("2", 1));
  assert.equal(await cameIn(), { "in:CNY": String(2n * BigInt(MAX_AMOUNT) + 3n) });
});

sums("is refused where the store could not count it any more, and nothing is written then", async () => {
  await done(put("1", 10));
  await done(put("2", 10, { currency: "USD" }));
  await done(put("3", 10, { kind: "credit" }));
  await use("3", 10);
  for (const sum of [2n ** 62n, 2n ** 63n - 1n]) {
    await client.hset(sumsKey(), "in:CNY", String(sum));
    const before = await everythingIn(client);
    await refusedAs("invalid_request", put("1", MAX_AMOUNT));
    await refusedAs("invalid_request", put("2", MAX_AMOUNT));
    await refusedAs("invalid_request", put("4", MAX_AMOUNT));
    await refusedAs("invalid_request", adjust("1", MAX_AMOUNT - 10, "in"));
    assert.equal(await everythingIn(client), before);
  }
  await refusedAs("invalid_request", repay("3", 10, "wire-1"));
  // What leaves makes room, and other currencies and limits have their own.
  await done(put("1", 9));
  await done(put("3", MAX_AMOUNT, { kind: "credit" }));
  await done(put("4", MAX_AMOUNT, { currency: "JPY" }));
  assert.is((await cameIn())["in:CNY"], String(2n ** 63n - 2n));
});

sums("is refused as well where as much has left as the store can count", async () => {
  await done(put("1", MAX_AMOUNT));
  await client.hset(sumsKey(), "in:CNY", String(-(2n ** 63n)));
  const before = await everythingIn(client);
  await refusedAs("invalid_request", put("1", 0));
  await refusedAs("invalid_request", put("1", 0, { currency: "USD" }));
  await refusedAs("invalid_request", put("1", 0, { kind: "credit" }));
  await refusedAs("invalid_request", adjust("1", -MAX_AMOUNT, "out"));
  assert.equal(await everythingIn(client), before);
});

sums.run();
