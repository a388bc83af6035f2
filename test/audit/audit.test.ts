/** The audit finds each way in which a book can be out of balance, and only those. */
import { setTimeout } from "node:timers/promises";
import type { Redis } from "ioredis";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { audit } from "../../server/audit/audit.ts";
import { startLedger, type TestLedger } from "../ledger/start-ledger.ts";
import { ACCOUNT, putAccount, reachIn } from "./issuances.ts";
import { BENEFICIARY, CREDIT, ISSUER, PAYER, TO, VoucherBook } from "./vouchers.ts";

const audits = suite("audit");

let book: TestLedger;
let client: Redis;
audits.before.each(async () => {
  book = await startLedger();
  client = book.redis.client();
  await putAccount(book, 1_000_00);
});
audits.after.each(() => book.stop());

const reach = (commandId: string, state: "proposed" | "issued") => reachIn(book, commandId, state);

/** The one key of the store that matches. */
async function key(pattern: string): Promise<string> {
  const keys = await client.keys(pattern);
  assert.is(keys.length, 1, `${pattern}: ${keys}`);
  return keys[0] as string;
}

audits("what came into a partition may be more than one account can hold", async () => {
  for (const number of ["LARGE-1", "LARGE-2", "LARGE-3"])
    await book.accounts.put(
      { party: "acme", number },
      { kind: "funds", holder: "Large", currency: "CNY", balance: Number.MAX_SAFE_INTEGER },
    );
  assert.equal((await audit(book)).findings, []);
});

audits("a book in balance has no findings, and everything in it was counted", async () => {
  await reach("one", "issued");
  await reach("two", "proposed");
  assert.equal(await audit(book), {
    accounts: 1,
    freezes: 1,
    issuances: 2,
    vouchers: 1,
    forgotten: 0,
    findings: [],
  });
});

type Tamper = (issuanceId: string) => Promise<unknown>;
const accountKey = () => key(`*:account:acme:${ACCOUNT.number}`);
const TAMPERINGS: [what: string, tamper: Tamper, subject: RegExp, problem: RegExp][] = [
  [
    "frozen that is not the sum of the freezes",
    async () => client.hincrby(await accountKey(), "frozen", 1),
    /^acme\/6222020200112233$/,
    /frozen is 1001, but its 1 freezes sum up to 1000/,
  ],
  [
    "more frozen than there is",
    async () => client.hset(await accountKey(), "total", "999"),
    /^acme\/6222020200112233$/,
    /frozen is 1000, more than its balance or limit of 999/,
  ],
  [
    "frozen below zero",
    async () => client.hset(await accountKey(), "frozen", "-5"),
    /^acme\/6222020200112233$/,
    /frozen is -5, below zero/,
  ],
  [
    "a freeze without a voucher",
    async (id) => client.del(await key(`*:voucher:v${id}`)),
    /^acme\/6222020200112233$/,
    /1000 is frozen for .*, which has no voucher/,
  ],
  [
    "a voucher without a freeze",
    async (id) => client.hdel(await key("*:freezes"), id),
    /^v\d+-/,
    /nothing is frozen for it in acme\/6222020200112233/,
  ],
  [
    "a voucher of another amount than its freeze",
    async (id) => {
      const record = await key(`*:voucher:v${id}`);
      const standing = (await client.hget(record, "s")) as string;
      await client.hset(record, "s", standing.replace("\x1f1000\x1f", "\x1f999\x1f"));
    },
    /^v\d+-/,
    /1000 is frozen for it .*, but 999 of it is drawable/,
  ],
  [
    "freezes without an account",
    async () => client.del(await accountKey()),
    /^acme\/6222020200112233$/,
    /there are freezes, but no account/,
  ],
  [
    "a voucher whose issuance is gone",
    async (id) => client.del(await key(`*:issuance:${id}`)),
    /^v\d+-/,
    /its issuance is missing, not issued/,
  ],
  [
    "an event that was lost",
    async (id) => client.hdel(await key(`*:issuance:${id}`), "4"),
    /^\d+-/,
    /its version is 4, but its log has 3 events/,
  ],
  [
    "an event that was changed",
    async (id) => client.hset(await key(`*:issuance:${id}`), "4", "000000000000|voucher.issued|p|issued|1||"),
    /^\d+-/,
    /its digest is not its last event's/,
  ],
  [
    "an event in the middle that was changed",
    async (id) => {
      const record = await key(`*:issuance:${id}`);
      const line = (await client.hget(record, "2")) as string;
      await client.hset(record, "2", line.replace("|p|", "|i|"));
    },
    /^\d+-/,
    /event 2 of its log is not the one that was written/,
  ],
  [
    "an amount of the offer that was edited",
    async (id) => {
      const record = await key(`*:issuance:${id}`);
      const offer = (await client.hget(record, "o")) as string;
      await client.hset(record, "o", offer.replace("\x1f1000\x1f", "\x1f900000\x1f"));
    },
    /^\d+-/,
    /event 1 of its log, or its offer, is not the one that was written/,
  ],
  [
    "another account that stands",
    async (id) => {
      const record = await key(`*:issuance:${id}`);
      const account = (await client.hget(record, "a")) as string;
      await client.hset(record, "a", account.replace(ACCOUNT.number, "6222020200445566"));
    },
    /^\d+-/,
    /the account that stands is not the one in its log/,
  ],
  [
    "another account in its log",
    async (id) => {
      const record = await key(`*:issuance:${id}`);
      const line = (await client.hget(record, "4")) as string;
      await client.hset(record, "4", line.replace(ACCOUNT.number, "6222020200445566"));
    },
    /^\d+-/,
    /event 4 of its log is not the one that was written/,
  ],
  [
    "another salt",
    async (id) => {
      const record = await key(`*:issuance:${id}`);
      const offer = (await client.hget(record, "o")) as string;
      await client.hset(record, "o", offer.replace(/[\w-]{16}$/, "A".repeat(16)));
    },
    /^\d+-/,
    /event 1 of its log, or its offer, is not the one that was written/,
  ],
];
for (const [what, tamper, subject, problem] of TAMPERINGS) {
  audits(`finds ${what}`, async () => {
    await tamper(await reach("one", "issued"));
    const { findings } = await audit(book);
    const found = findings.find((finding) => subject.test(finding.subject) && problem.test(finding.problem));
    assert.ok(found, JSON.stringify(findings));
  });
}

audits("a book with vouchers in every situation has no findings", async () => {
  const vouchers = new VoucherBook(book);
  const { ledger } = book;
  await vouchers.begin();
  await vouchers.issue({ untold: true });
  await vouchers.issue({ beneficiary: "shop" });
  await vouchers.take("voucher:accept", BENEFICIARY, await vouchers.issue(), {});
  await vouchers.take("voucher:reject", BENEFICIARY, await vouchers.issue(), { reason: "late | again" });
  await vouchers.take("voucher:withdraw", ISSUER, await vouchers.issue(), {});
  await vouchers.take("voucher:release", BENEFICIARY, await vouchers.issue(), { amount: 400 });
  await vouchers.take("voucher:release", BENEFICIARY, await vouchers.issue(), {});
  // Paid out, in flight, not yet begun, and refused where it was to be paid.
  const onDemand = await vouchers.issue();
  await vouchers.settle(await vouchers.draw(onDemand, 100));
  await vouchers.credit(await vouchers.draw(onDemand, 200));
  await vouchers.draw(onDemand, 300);
  const failed = await vouchers.draw(onDemand, 400, "DE-9999");
  await vouchers.settle(failed);
  assert.equal((await audit(book)).findings, []);
  await ledger.settlements.redirect(failed, { party: BENEFICIARY, number: "DE-8888" });
  await vouchers.settle(failed);
  assert.equal((await audit(book)).findings, []);
  await ledger.settlements.redirect(failed, { party: BENEFICIARY, number: TO });
  await vouchers.settle(failed);
  const outside = await vouchers.draw(await vouchers.issue({ from: CREDIT }), 700, "DE-9999");
  await vouchers.settle(outside);
  await ledger.settlements.report(outside, "settled", "wire-1");
  // Under approval: waits, was honoured, was refused, was refused by an operator.
  const approval = { by: "payer", within: 60 } as const;
  const waits = await vouchers.issue({ approval });
  const drawn = await Promise.all(
    [1, 2, 3].map(async () => (await vouchers.draw(waits, 100)).split(".")[1] ?? ""),
  );
  await vouchers.take("drawing:approve", PAYER, waits, { drawingId: drawn[0] ?? "" });
  await vouchers.take("drawing:refuse", PAYER, waits, { drawingId: drawn[1] ?? "", reason: "twice" });
  assert.equal((await audit(book)).findings, []);
  await ledger.vouchers.void(waits, { reason: "a | b", reference: "void-1" });
  assert.equal((await audit(book)).findings, []);
  // Silence and expiry.
  const short = await vouchers.issue({ approval: { by: "payer", within: 1 }, validFor: 2 });
  await vouchers.draw(short, 600);
  const untouched = await vouchers.issue({ validFor: 2 });
  await setTimeout(2100);
  for (const voucherId of [short, untouched]) {
    while ((await ledger.vouchers.advance(voucherId)).kind === "done")
      assert.equal((await audit(book)).findings, []);
  }
  const result = await audit(book);
  assert.equal(result.findings, []);
  assert.is(result.vouchers, 12);
});

audits("finds an issuance that waits without a deadline", async () => {
  const id = await reach("one", "proposed");
  await client.zrem(await key("*:deadlines"), id);
  const { findings } = await audit(book);
  assert.equal(findings, [
    { subject: id, problem: "it is proposed, but no deadline is armed", rule: "deadline_missing" },
  ]);
});

audits("finds a deadline that is armed too late", async () => {
  const id = await reach("one", "proposed");
  const queue = await key("*:deadlines");
  const deadline = Number(await client.zscore(queue, id));
  await client.zadd(queue, deadline + 1, id);
  const { findings } = await audit(book);
  const problem = `its deadline is ${deadline}, but ${deadline + 1} is armed`;
  assert.equal(findings, [{ subject: id, problem, rule: "deadline_late" }]);
});

audits.run();
