// time limit: 480 s
// about 12 s
// A table of ways to alter a book with drawings and settlements between two partitions: each is found, by its rule.
import type { Redis } from "ioredis";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { audit } from "../../server/audit/audit.ts";
import type { AuditRule } from "../../server/audit/findings.ts";
import { accountKeys, marksKey, openMember, partitionKeys, voucherKeys } from "../../server/ledger/keys.ts";
import { pack, unpack } from "../../server/ledger/packing.ts";
import { startLedger, type TestLedger } from "../ledger/start-ledger.ts";
import { VOUCHER_RULES } from "./voucher-rules.ts";
import { BENEFICIARY, CREDIT, FROM, ISSUER, PAYER, TO, VoucherBook } from "./vouchers.ts";

const tampering = suite("an altered book of vouchers");

let book: TestLedger;
let client: Redis;
/** Vouchers: one that was drawn on, one with a drawing that waits, one that nobody has touched, one that was released. */
let ids: { drawn: string; waits: string; untouched: string; ended: string };
/** Settlements of the first: one in each situation. */
let settlements: { settled: string; credited: string; open: string; failed: string };

tampering.before.each(async () => {
  book = await startLedger();
  client = book.redis.client();
  const vouchers = new VoucherBook(book);
  await vouchers.begin();
  const drawn = await vouchers.issue();
  const draw = (amount: number, number = TO) => vouchers.draw(drawn, amount, number);
  settlements = {
    settled: await draw(100),
    credited: await draw(200),
    open: await draw(300),
    failed: await draw(50, "DE-9999"),
  };
  await vouchers.settle(settlements.settled);
  await vouchers.credit(settlements.credited);
  await vouchers.settle(settlements.failed);
  const waits = await vouchers.issue({ approval: { by: "payer", within: 600 } });
  await vouchers.draw(waits, 400);
  const ended = await vouchers.issue({ from: CREDIT });
  await vouchers.settle(await vouchers.draw(ended, 600));
  await vouchers.take("voucher:release", BENEFICIARY, ended, {});
  await book.accounts.repay({ party: PAYER, number: CREDIT }, { amount: 150, reference: "repaid-1" });
  ids = { drawn, waits, untouched: await vouchers.issue(), ended };
});
tampering.after.each(() => book.stop());

const home = () => book.ledger.partitionOf(PAYER);
const theirs = () => book.ledger.partitionOf(BENEFICIARY);
const record = (id: string) => voucherKeys(id).voucher;
const account = (number = FROM) => accountKeys({ partition: home(), party: PAYER, number });
const marks = (settlementId: string) => marksKey(theirs(), settlementId);
const field = (settlementId: string) => `z:${settlementId.split(".")[1]}`;
const { deadlines, undone, openSettlements, failedSettlements, liveVouchers, endedVouchers, sums, silence } =
  partitionKeys;

/** Alters a field of a hash. */
async function alter(key: string, name: string, change: (text: string) => string): Promise<void> {
  const text = await client.hget(key, name);
  assert.ok(text !== null, name);
  assert.is.not(change(text), text);
  await client.hset(key, name, change(text));
}

const setPart = (id: string, name: "o" | "s", position: number, value: string) =>
  alter(record(id), name, (text) => pack(unpack(text).with(position, value)));
/** Alters a part of a settlement, or of a mark. */
const part = (position: number, value: string) => (text: string) =>
  text.split("|").with(position, value).join("|");
const setSettlement = (settlementId: string, position: number, value: string) =>
  alter(record(ids.drawn), field(settlementId), part(position, value));

/** A party's entry of an index of vouchers. */
async function memberOf(id: string, party: string): Promise<string> {
  const indexedAt = unpack((await client.hget(record(id), "o")) ?? "")[7] ?? "";
  return openMember({ party, indexedAt, issuanceId: id });
}
const NOWHERE = "AAAAAAAAAAAAAAAA";

type Row = [what: string, tamper: () => Promise<unknown>, ...rules: AuditRule[]];
const ROWS: Row[] = [
  // The record and its log
  ["a record that is no record", () => client.hset(record(ids.drawn), "s", "1"), "voucher_malformed"],
  ["a field that none has", () => client.hset(record(ids.drawn), "zz", "1"), "voucher_malformed"],
  ["the word that drawings wait for", () => setPart(ids.waits, "o", 6, "issuer:600"), "voucher_approval"],
  ["the salt", () => setPart(ids.waits, "o", 12, "A".repeat(16)), "voucher_salt"],
  ["what was honoured", () => setPart(ids.drawn, "s", 3, "1"), "standing_unlike_log"],
  [
    "what remains",
    () => setPart(ids.drawn, "s", 6, "351"),
    "standing_unlike_log",
    "voucher_amount",
    "freeze_unlike_voucher",
  ],
  ["how many were drawn", () => setPart(ids.drawn, "s", 7, "1"), "standing_unlike_log"],
  [
    "when something comes next",
    () => setPart(ids.drawn, "s", 10, "1"),
    "deadline_unlike_log",
    "deadline_late",
  ],
  ["its digest", () => setPart(ids.drawn, "s", 2, "000000000000"), "digest_unlike_log"],
  ["an answer that is gone", () => dropAnswers(ids.waits), "answer_missing"],
  ["an event", () => alter(record(ids.drawn), "3", (line) => line.replace("|b|", "|p|")), "log_altered"],
  ["an event that is gone", () => client.hdel(record(ids.drawn), "3"), "log_incomplete"],
  ["a drawing that waits no more", () => client.hset(record(ids.waits), "w", ""), "waiting_unlike_log"],
  [
    "a drawing that waits for another account",
    () => alter(record(ids.waits), "w", (text) => text.replace(TO, "DE-6666")),
    "waiting_unlike_log",
  ],
  [
    "a freeze that is another",
    () => client.hincrby(account().freezes, ids.drawn.slice(1), 1),
    "freeze_unlike_voucher",
  ],
  ["a deadline that is gone", () => client.zrem(deadlines(home()), ids.drawn), "deadline_missing"],
  ["a deadline after the end", () => client.zadd(deadlines(home()), 1, ids.ended), "deadline_after_end"],
  // Settlements
  [
    "a settlement that is none",
    () => client.hset(record(ids.drawn), field(settlements.open), "open"),
    "settlement_malformed",
  ],
  [
    "a settlement that is gone",
    () => client.hdel(record(ids.drawn), field(settlements.open)),
    "settlement_missing",
  ],
  [
    "a settlement's amount",
    () => setSettlement(settlements.open, 4, "301"),
    "settlement_unlike_log",
    "settlement_unlike_journal",
  ],
  [
    "a settlement's account",
    () => setSettlement(settlements.open, 7, "DE-6666"),
    "settlement_unlike_log",
    "settlement_unlike_journal",
  ],
  ["a settlement of nothing", () => copySettlement("1"), "settlement_unlike_log"],
  ["a settlement's holder", () => setSettlement(settlements.open, 9, "Thief"), "settlement_unlike_journal"],
  [
    "an open settlement that is not listed",
    () => client.zrem(openSettlements(home()), settlements.open),
    "settlement_unlisted",
  ],
  [
    "a failed settlement that is not listed",
    () => client.zrem(failedSettlements(home()), settlements.failed),
    "settlement_unlisted",
  ],
  ["a settlement that no hub finds", () => client.zrem(undone(home()), settlements.open), "undone_missing"],
  [
    "something undone that is done",
    () => client.zadd(undone(home()), 1, settlements.settled),
    "undone_of_nothing",
  ],
  [
    "something undone that is nothing",
    () => client.zadd(undone(home()), 1, `v${home()}-${NOWHERE}`),
    "undone_of_nothing",
  ],
  [
    "a list that has another's state",
    () => client.zadd(openSettlements(home()), 1, settlements.failed),
    "undone_of_nothing",
  ],
  // Credits
  ["a mark that is gone", () => client.del(marks(settlements.settled)), "credit_missing", "mark_missing"],
  [
    "a refusal whose mark is gone",
    () => client.del(marks(settlements.failed)),
    "credit_missing",
    "mark_missing",
  ],
  [
    "a mark of another past",
    () => alter(marks(settlements.credited), "1", part(0, "0123456789ab")),
    "credit_orphaned",
    "mark_unlike_journal",
  ],
  [
    "a mark of a drawing that never was",
    () => client.rename(marks(settlements.credited), marks(`${ids.untouched}.2`)),
    "credit_orphaned",
    "mark_unlike_journal",
    "mark_missing",
  ],
  [
    "a mark of another amount",
    () => alter(marks(settlements.credited), "1", part(2, "201")),
    "credit_unlike_settlement",
    "mark_unlike_journal",
  ],
  ["a mark of an attempt that was not made", () => copyMark("2"), "credit_orphaned", "mark_unlike_journal"],
  [
    "a mark that is none",
    () => client.hset(marks(settlements.settled), "1", "done"),
    "mark_malformed",
    "credit_missing",
  ],
  // Sums
  [
    "clearing",
    () => client.hincrby(sums(home()), "clearing:CNY", 1),
    "clearing_unlike_journal",
    "money_not_conserved",
  ],
  [
    "clearing that is gone",
    () => client.hdel(sums(home()), "clearing:CNY"),
    "clearing_unlike_journal",
    "money_not_conserved",
  ],
  ["what came in", () => client.hincrby(sums(home()), "in:CNY", 1), "in_unlike_journal"],
  ["all sums", () => client.del(sums(home())), "clearing_unlike_journal", "in_unlike_journal"],
  ["a sum that none has", () => client.hset(sums(home()), "gold", "1"), "sums_malformed"],
  ["how many drawings wait", () => client.hincrby(silence(home()), "waiting", 1), "silence_unlike_journal"],
  ["that any drawing waits", () => client.del(silence(home())), "silence_unlike_journal"],
  ["when hubs were away", () => client.hset(silence(home()), "outages", "soon"), "silence_malformed"],
  // Accounts
  [
    "what was used",
    () => client.hincrby(account(CREDIT).account, "used", 1),
    "account_unlike_journal",
    "money_not_conserved",
  ],
  [
    "more used and frozen than the limit",
    () => client.hset(account(CREDIT).account, "used", "100001"),
    "frozen_above_total",
  ],
  [
    "a repayment",
    () => client.hset(account(CREDIT).repayments, "repaid-1", "151 100000 0 450"),
    "adjustment_unlike_journal",
  ],
  ["a repayment that is forgotten", () => client.del(account(CREDIT).repayments), "adjustment_missing"],
  [
    "a repayment that never was",
    () => client.hset(account(CREDIT).repayments, "repaid-2", "1 100000 0 449"),
    "adjustment_missing",
  ],
  // Indexes
  [
    "a voucher that its beneficiary does not find",
    async () => client.zrem(liveVouchers(theirs()), await memberOf(ids.untouched, BENEFICIARY)),
    "voucher_unlisted",
  ],
  [
    "a voucher that its payer does not find",
    async () => client.zrem(liveVouchers(home()), await memberOf(ids.untouched, PAYER)),
    "voucher_unlisted",
  ],
  [
    "a voucher that lives among those that have ended",
    async () => client.zadd(endedVouchers(home()), 0, await memberOf(ids.untouched, PAYER)),
    "voucher_entry_of_nothing",
  ],
  [
    "an entry of nothing",
    () => client.zadd(liveVouchers(home()), 0, `${PAYER}:1:v${home()}-${NOWHERE}`),
    "voucher_entry_of_nothing",
  ],
  ["an entry that is none", () => client.zadd(liveVouchers(home()), 0, ISSUER), "voucher_entry_of_nothing"],
];

async function dropAnswers(id: string): Promise<void> {
  const fields = (await client.hkeys(record(id))).filter((name) => name.startsWith("b:"));
  await client.hdel(record(id), ...fields);
}

async function copySettlement(version: string): Promise<void> {
  const text = (await client.hget(record(ids.drawn), field(settlements.open))) ?? "";
  await client.hset(record(ids.drawn), `z:${version}`, text);
}

async function copyMark(attempt: string): Promise<void> {
  const text = (await client.hget(marks(settlements.settled), "1")) ?? "";
  await client.hset(marks(settlements.settled), attempt, text);
}

tampering("has no findings before it is altered", async () => {
  assert.equal((await audit(book)).findings, []);
});

for (const [what, tamper, ...rules] of ROWS) {
  tampering(`is found: ${what}`, async () => {
    await tamper();
    const { findings } = await audit(book);
    const found = new Set(findings.map(({ rule }) => rule));
    for (const rule of rules) assert.ok(found.has(rule), `${rule}: ${JSON.stringify(findings, null, 1)}`);
  });
}

const KEYS: [what: string, key: () => string][] = [
  ["the queue of things undone", () => undone(home())],
  ["a list of open settlements", () => openSettlements(home())],
  ["a list of failed settlements", () => failedSettlements(home())],
  ["an index of vouchers", () => liveVouchers(home())],
  ["sums", () => sums(home())],
  ["silence", () => silence(home())],
  ["marks", () => marks(settlements.settled)],
  ["repayments", () => account(CREDIT).repayments],
];
for (const [what, key] of KEYS) {
  tampering(`is found: ${what} that is a list`, async () => {
    await client.del(key());
    await client.lpush(key(), "1");
    const { findings } = await audit(book);
    assert.ok(findings.some(({ rule }) => rule === "wrong_type"));
  });
}

tampering("is found wherever a record is larger than any can be, without a long read", async () => {
  const fields = Array.from({ length: 5000 }, (_, index) => [`b:${index}`, "x"]).flat();
  await client.hset(record(ids.drawn), fields);
  await client.hset(marks(settlements.settled), fields);
  await client.hset(sums(home()), fields);
  const rules = new Set((await audit(book)).findings.map(({ rule }) => rule));
  for (const rule of ["voucher_malformed", "mark_malformed", "sums_malformed"] as const)
    assert.ok(rules.has(rule), rule);
});

tampering("each rule of vouchers is met by one of these", () => {
  const met = new Set(ROWS.flatMap(([, , ...rules]) => rules));
  assert.equal(
    VOUCHER_RULES.filter((rule) => !met.has(rule)),
    [],
  );
});

tampering.run();
