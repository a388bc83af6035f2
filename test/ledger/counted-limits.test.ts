/** What issuers have open is counted in the store: exactly, given back by every end, the same in one step and in two. */
import type { CommandPayloads } from "@tallystick/protocol";
import type { Redis } from "ioredis";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { audit } from "../../server/audit/audit.ts";
import { pairMember, partitionKeys } from "../../server/ledger/keys.ts";
import { Ledger } from "../../server/ledger/ledger.ts";
import type { Outcome } from "../../server/ledger/outcome.ts";
import { freshId } from "../helpers/raw-terminal.ts";
import { startLedger, type TestLedger } from "./start-ledger.ts";

const counted = suite("what is counted");

const SHOP = { party: "shop" };
const ACME = { party: "acme" };
const BANK = { party: "bank" };
const ACCOUNT = { number: "6222020200112233", holder: "Acme Ltd" };
const LIMITS = { openPerPair: 3, openPerIssuer: 5, untouchedPerPair: 2, probesPerPair: 1000 };

let book: TestLedger;
let client: Redis;
/** As on one server, and as in a cluster; and another hub's, which knows nothing of what the first has ended. */
let ledgers: { ledger: Ledger; other: Ledger }[];
counted.before.each(async () => {
  book = await startLedger({ limits: LIMITS });
  client = book.redis.client();
  const ledger = (isSpread: boolean) => new Ledger({ ...book.options, isSpread });
  ledgers = [false, true].map((isSpread) => ({ ledger: ledger(isSpread), other: ledger(isSpread) }));
  const homes = [SHOP, ACME, BANK].map(({ party }) => book.ledger.partitionOf(party));
  assert.is(new Set(homes).size, 3, "each party is in a partition of its own");
});
counted.after.each(() => book.stop());

/** Takes out what is in the book but its name and its accounts. */
async function beginAgain(): Promise<void> {
  const keys = (await client.keys("*")).filter((key) => !key.endsWith(":book"));
  if (keys.length > 0) await client.del(keys);
  const body = { kind: "funds", holder: ACCOUNT.holder, currency: "CNY", balance: 1_000_000 } as const;
  await book.accounts.put({ ...ACME, number: ACCOUNT.number }, body);
}

type Request = Partial<CommandPayloads["payer:request"]>;
function request(ledger: Ledger, more: Request = {}): Promise<Outcome> {
  const offer = { payer: "acme", amount: 10, currency: "CNY" };
  return ledger.requestPayer(SHOP, { commandId: freshId(), ...offer, ...more });
}

async function made(ledger: Ledger, more: Request = {}): Promise<string> {
  const outcome = await request(ledger, more);
  assert.ok(outcome.kind === "done", JSON.stringify(outcome));
  return outcome.snapshot.issuanceId;
}

function isRefused(outcome: Outcome, limit: string, most: number): void {
  assert.ok(outcome.kind === "refused" && outcome.code === "too_many_open", JSON.stringify(outcome));
  assert.equal(outcome.details, { limit, most });
}

/** Brings an issuance to a state of its own, and to its end. */
const ENDS: { [how: string]: (ledger: Ledger, issuanceId: string) => Promise<unknown> } = {
  "the payer's agreement": (ledger, issuanceId) =>
    ledger.execute("payer:agree", ACME, { issuanceId, commandId: freshId() }),
  "the payer's refusal": (ledger, issuanceId) =>
    ledger.execute("payer:decline", ACME, { issuanceId, commandId: freshId() }),
  "a cancellation": (ledger, issuanceId) =>
    ledger.execute("issuance:cancel", SHOP, { issuanceId, commandId: freshId() }),
  "a deadline": async (ledger, issuanceId) => {
    const [record] = await client.keys(`*issuance:${issuanceId}`);
    const standing = (await client.hget(record as string, "s")) ?? "";
    const { snapshot } = (await ledger.read(issuanceId, {})) as { snapshot: { deadline: number } };
    await client.hset(record as string, "s", standing.replace(String(snapshot.deadline), "1"));
    assert.is((await ledger.expire(issuanceId)).kind, "done");
  },
  "an operator's decision under a fence": async (ledger, issuanceId) => {
    await ledger.fences.fence(issuanceId, { party: "acme", version: 9 });
    assert.is((await ledger.fences.decide(issuanceId, { decision: "cancel" })).kind, "done");
  },
};

counted("one issuer's requests to one payer, up to the limit and not beyond; others are free", async () => {
  for (const { ledger } of ledgers) {
    await beginAgain();
    for (let each = 0; each < 3; each++) await made(ledger);
    const keys = (await client.keys("*")).sort();
    isRefused(await request(ledger), "OPEN_PER_PAIR", 3);
    assert.equal((await client.keys("*")).sort(), keys, "a refusal leaves nothing");
    await made(ledger, { payer: "bank" });
    assert.is(
      (await ledger.requestPayer(BANK, { commandId: "b", payer: "acme", amount: 1, currency: "CNY" })).kind,
      "done",
    );
    // To oneself nobody's answer is waited for.
    await made(ledger, { payer: "shop" });
    assert.equal((await audit(book)).findings, []);
  }
});

for (const [how, end] of Object.entries(ENDS)) {
  counted(`there is room again after ${how}, for the same commandId too`, async () => {
    for (const { ledger } of ledgers) {
      await beginAgain();
      const first = await made(ledger, { commandId: "first" });
      await made(ledger);
      await made(ledger);
      isRefused(await request(ledger, { commandId: "again" }), "OPEN_PER_PAIR", 3);
      // A repeat of what was made is answered as it was.
      const repeat = await request(ledger, { commandId: "first" });
      assert.ok(repeat.kind === "done" && repeat.repeated);
      await end(ledger, first);
      await made(ledger, { commandId: "again" });
      isRefused(await request(ledger), "OPEN_PER_PAIR", 3);
      assert.equal((await audit(book)).findings, []);
    }
  });
}

counted("what one issuer has open in all, whoever pays, and itself", async () => {
  for (const { ledger, other } of ledgers) {
    await beginAgain();
    const ids: string[] = [];
    for (const payer of ["acme", "bank", "shop", "globex"]) ids.push(await made(ledger, { payer }));
    ids.push(await made(ledger, { commandId: "last" }));
    const keys = (await client.keys("*")).sort();
    isRefused(await request(ledger, { payer: "initech", commandId: "one more" }), "OPEN_PER_ISSUER", 5);
    assert.equal((await client.keys("*")).sort(), keys, "a refusal leaves nothing");
    const repeat = await request(ledger, { commandId: "last" });
    assert.ok(repeat.kind === "done" && repeat.repeated);
    // Of what is requested of it, none counts.
    for (const party of ["bank", "globex"])
      assert.is(
        (await ledger.requestPayer({ party }, { commandId: "x", payer: "shop", amount: 1, currency: "CNY" }))
          .kind,
        "done",
      );
    // It ends at one hub, and the other has room at once.
    const issuanceId = ids[2] as string;
    await ledger.execute("issuance:cancel", SHOP, { issuanceId, commandId: freshId() });
    await made(other, { payer: "initech", commandId: "one more" });
    isRefused(await request(other, { payer: "bank" }), "OPEN_PER_ISSUER", 5);
    await ledger.openIssuances.pruneEnded();
    isRefused(await request(ledger, { payer: "bank" }), "OPEN_PER_ISSUER", 5);
    assert.equal((await audit(book)).findings, []);
  }
});

counted("what nobody pruned, since its hub died, is found when there is no room", async () => {
  for (const { ledger, other } of ledgers) {
    await beginAgain();
    for (const payer of ["acme", "bank", "globex", "initech", "hooli"]) {
      const issuanceId = await made(ledger, { payer });
      await ledger.execute("payer:decline", { party: payer }, { issuanceId, commandId: freshId() });
    }
    for (let each = 0; each < 3; each++) await made(other);
    assert.equal((await audit(book)).findings, []);
  }
});

counted("an index that its server has lost counts again once it is made good", async () => {
  const [, { ledger } = { ledger: book.ledger }] = ledgers;
  await beginAgain();
  for (const payer of ["acme", "bank", "globex", "initech", "hooli"]) await made(ledger, { payer });
  const home = ledger.partitionOf("shop");
  await client.del(partitionKeys.open(home), partitionKeys.requested(home));
  for (let partition = 0; partition < ledger.partitions; partition++)
    await ledger.indexRepair.step(partition, (error) => assert.unreachable(String(error)));
  isRefused(await request(ledger, { payer: "umbrella" }), "OPEN_PER_ISSUER", 5);
});

/** Issues a voucher to the bank. */
async function issue(ledger: Ledger, more: Request = {}): Promise<string> {
  const issuanceId = await made(ledger, { beneficiary: "bank", review: "none", ...more });
  const intent = () => ({ issuanceId, commandId: freshId() });
  await ledger.execute("payer:agree", ACME, intent());
  await ledger.execute("issuance:open", SHOP, intent());
  const issued = await ledger.execute("account:submit", ACME, { ...intent(), account: ACCOUNT });
  assert.ok(issued.kind === "done" && issued.snapshot.voucher);
  const voucherId = `v${issuanceId}`;
  const { issuedAt } = issued.snapshot.voucher;
  const { beneficiary } = issued.snapshot;
  // What a hub does at once, and the sweep when it could not.
  if (beneficiary !== "acme")
    await ledger.voucherIndex.enter({ voucherId, issuedAt, issuer: "shop", beneficiary, state: "issued" });
  await ledger.settlements.drop(voucherId);
  return voucherId;
}

const TOUCHES: { [how: string]: (ledger: Ledger, voucherId: string) => Promise<unknown> } = {
  acceptance: (ledger, voucherId) =>
    ledger.vouchers.execute("voucher:accept", BANK, { voucherId, commandId: freshId() }),
  rejection: (ledger, voucherId) =>
    ledger.vouchers.execute("voucher:reject", BANK, { voucherId, commandId: freshId() }),
  withdrawal: (ledger, voucherId) =>
    ledger.vouchers.execute("voucher:withdraw", SHOP, { voucherId, commandId: freshId() }),
  release: (ledger, voucherId) =>
    ledger.vouchers.execute("voucher:release", BANK, { voucherId, commandId: freshId() }),
  voiding: (ledger, voucherId) => ledger.vouchers.void(voucherId, { reason: "x", reference: "void-1" }),
};
for (const [how, touch] of Object.entries(TOUCHES)) {
  counted(`vouchers that a beneficiary has not touched: there is room after ${how}`, async () => {
    for (const { ledger, other } of ledgers) {
      await beginAgain();
      const first = await issue(ledger);
      await issue(ledger);
      // A request without another beneficiary, or to another one, is free.
      await made(ledger);
      await made(ledger, { beneficiary: "globex" });
      const keys = (await client.keys("*")).sort();
      isRefused(await request(ledger, { beneficiary: "bank", commandId: "third" }), "UNTOUCHED_PER_PAIR", 2);
      assert.equal((await client.keys("*")).sort(), keys, "a refusal leaves nothing");
      assert.equal((await audit(book)).findings, []);
      await touch(ledger, first);
      await issue(other, { commandId: "third" });
      isRefused(await request(other, { beneficiary: "bank" }), "UNTOUCHED_PER_PAIR", 2);
      assert.equal((await audit(book)).findings, []);
    }
  });
}

counted("a payer that is beneficiary as well is another beneficiary", async () => {
  for (const { ledger } of ledgers) {
    await beginAgain();
    for (let each = 0; each < 2; each++) await issue(ledger, { beneficiary: "acme" });
    isRefused(await request(ledger, { beneficiary: "acme" }), "UNTOUCHED_PER_PAIR", 2);
    assert.equal((await audit(book)).findings, []);
  }
});

counted("what is in the index of untouched vouchers by mistake leaves with the walk", async () => {
  const { ledger } = book;
  await beginAgain();
  const voucherId = await issue(ledger);
  await ledger.vouchers.execute("voucher:accept", BANK, { voucherId, commandId: freshId() });
  const home = ledger.partitionOf("bank");
  const nothing = `v${ledger.partitionOf("acme")}-AAAAAAAAAAAAAAAA`;
  await client.zadd(partitionKeys.untouched(home), 0, pairMember({ of: "bank", by: "shop", id: nothing }));
  assert.equal(
    (await audit(book)).findings.map(({ rule }) => rule),
    ["counted_of_nothing"],
  );
  await ledger.indexRepair.step(home, (error) => assert.unreachable(String(error)));
  assert.is(await client.zcard(partitionKeys.untouched(home)), 0);
  assert.equal((await audit(book)).findings, []);
});

counted.run();
