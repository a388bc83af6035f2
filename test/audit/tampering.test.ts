// time limit: 240 s
// A table of ways to alter a store: each is found, by the rule that it breaks and by no other, and the audit goes on.
import { setTimeout } from "node:timers/promises";
import type { Redis } from "ioredis";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { audit } from "../../server/audit/audit.ts";
import { AUDIT_RULES, type AuditRule } from "../../server/audit/findings.ts";
import {
  accountKeys,
  accountsKey,
  bookKey,
  issuanceKeys,
  missingKey,
  openMember,
  partitionKeys,
  requestKey,
  SIGNING_KEYS_KEY,
  voucherKey,
} from "../../server/ledger/keys.ts";
import { pack, unpack } from "../../server/ledger/packing.ts";
import { startLedger, type TestLedger } from "../ledger/start-ledger.ts";
import { VOUCHER_RULES } from "./voucher-rules.ts";

const tampering = suite("an altered store");
const NUMBER = "6222020200112233";
const OTHER = "6222020200445566";
const EMPTY = "6222020200778899";
const PUBLIC_KEY = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

let book: TestLedger;
let client: Redis;
/** The issuances of a book: one of each kind that matters. */
let ids: { issued: string; proposed: string; verified: string; declined: string; fenced: string };

tampering.before.each(async () => {
  book = await startLedger();
  client = book.redis.client();
  for (const number of [NUMBER, OTHER, EMPTY]) {
    const body = { kind: "funds", holder: "Acme Ltd", currency: "CNY", balance: 1_000_00 } as const;
    await book.accounts.put({ party: "acme", number }, body);
  }
  await book.accounts.adjust({ party: "acme", number: NUMBER }, { amount: 500, reference: "deposit-1" });
  ids = {
    issued: await reach("issued", ["agree", "open", "submit", "accept"]),
    proposed: await reach("proposed", []),
    verified: await reach("verified", ["agree", "open", "submit"]),
    declined: await reach("declined", ["decline"]),
    fenced: await reach("fenced", []),
  };
  await book.ledger.fences.fence(ids.fenced, { party: "acme", version: 9 });
  await book.ledger.publishedKeys.publish({ x: PUBLIC_KEY, until: Date.now() + 3_600_000 });
});
tampering.after.each(() => book.stop());

type Step = "agree" | "open" | "submit" | "accept" | "decline";

async function reach(commandId: string, steps: readonly Step[]): Promise<string> {
  const { ledger } = book;
  const offer = { payer: "acme", amount: 1000, currency: "CNY", review: "every", memo: "steel" } as const;
  const made = await ledger.requestPayer({ party: "shop" }, { commandId, ...offer });
  assert.ok(made.kind === "done");
  const { issuanceId } = made.snapshot;
  const [shop, acme] = [{ party: "shop" }, { party: "acme" }];
  for (const step of steps) {
    const intent = { commandId: `${commandId}-${step}`, issuanceId };
    const account = { number: NUMBER, holder: "Acme Ltd" };
    const take = {
      agree: () => ledger.execute("payer:agree", acme, intent),
      open: () => ledger.execute("issuance:open", shop, intent),
      submit: () => ledger.execute("account:submit", acme, { ...intent, account }),
      accept: () => ledger.execute("issuance:accept", shop, intent),
      decline: () => ledger.execute("payer:decline", acme, intent),
    };
    // No two events have the same time.
    await setTimeout(2);
    assert.is((await take[step]()).kind, "done");
  }
  return issuanceId;
}

const home = () => book.ledger.partitionOf("acme");
const shops = () => book.ledger.partitionOf("shop");
const account = (number = NUMBER) => accountKeys({ partition: home(), party: "acme", number });
const record = (id: string) => issuanceKeys(id)[0];
const { deadlines, journal, open, fences, confirmed } = partitionKeys;

/** Sets one part of a packed field of a record. */
async function setPart(id: string, field: "o" | "s" | "a", position: number, value: string): Promise<void> {
  const parts = unpack((await client.hget(record(id), field)) ?? "");
  await client.hset(record(id), field, pack(parts.with(position, value)));
}

/** Sets one part of a voucher's terms, or of how it stands. */
async function setVoucherPart(id: string, field: "o" | "s", position: number, value: string): Promise<void> {
  const parts = unpack((await client.hget(voucherKey(id), field)) ?? "");
  await client.hset(voucherKey(id), field, pack(parts.with(position, value)));
}
const setTerm = (id: string, position: number, value: string) => setVoucherPart(id, "o", position, value);
const setStanding = (id: string, position: number, value: string) => setVoucherPart(id, "s", position, value);

/** Writes a partition's journal anew, its entries altered or left out. */
async function rewriteJournal(alter: (fields: string[]) => string[] | undefined): Promise<void> {
  const key = journal(home());
  const entries = await client.xrange(key, "-", "+");
  await client.del(key);
  for (const [id, fields] of entries) {
    const written = alter(fields);
    if (written) await client.xadd(key, id, ...(written as [string, string]));
  }
}

const eventIs = (type: string) => (fields: string[]) => fields[3]?.split("|")[1] === type;
const memberOf = async (id: string, party: string): Promise<string> => {
  const indexedAt = unpack((await client.hget(record(id), "o")) ?? "")[7] ?? "";
  return openMember({ party, indexedAt, issuanceId: id });
};
const NOWHERE = "AAAAAAAAAAAAAAAA";

type Row = [what: string, tamper: () => Promise<unknown>, ...rules: AuditRule[]];
const ROWS: Row[] = [
  // Vouchers
  [
    "a voucher's currency",
    () => setTerm(ids.issued, 4, "USD"),
    "voucher_currency",
    "terms_unlike_journal",
    "log_altered",
  ],
  [
    "a voucher's kind of account",
    () => setTerm(ids.issued, 10, "credit"),
    "voucher_account",
    "terms_unlike_journal",
    "log_altered",
  ],
  [
    "a voucher's issuer",
    () => setTerm(ids.issued, 0, "thief"),
    "voucher_party",
    "terms_unlike_journal",
    "log_altered",
    "voucher_unlisted",
  ],
  [
    "a voucher's time",
    () => setTerm(ids.issued, 7, "1"),
    "voucher_time",
    "terms_unlike_journal",
    "log_altered",
    "voucher_unlisted",
    "voucher_entry_of_nothing",
  ],
  [
    "a voucher's memo",
    () => setTerm(ids.issued, 5, "gold"),
    "voucher_memo",
    "terms_unlike_journal",
    "log_altered",
  ],
  [
    "a voucher's memo that is gone",
    () => setTerm(ids.issued, 5, ""),
    "voucher_memo",
    "terms_unlike_journal",
    "log_altered",
  ],
  [
    "a voucher's last digits",
    () => setTerm(ids.issued, 11, "0000"),
    "voucher_account",
    "terms_unlike_journal",
    "log_altered",
  ],
  ["a voucher's state", () => setStanding(ids.issued, 1, "accepted"), "state_unlike_log"],
  [
    "a voucher's amount",
    () => setTerm(ids.issued, 3, "9"),
    "voucher_amount",
    "terms_unlike_journal",
    "log_altered",
    "standing_unlike_log",
  ],
  ["a voucher that may leave", () => client.expire(voucherKey(ids.issued), 1000), "ttl_unexpected"],
  [
    "a voucher that is gone",
    () => client.del(voucherKey(ids.issued)),
    "voucher_missing",
    "freeze_without_voucher",
    "deadline_of_nothing",
    "voucher_entry_of_nothing",
  ],
  [
    "a voucher and its freeze, moved to another account",
    async () => {
      await setTerm(ids.issued, 9, OTHER);
      await setTerm(ids.issued, 11, OTHER.slice(-4));
      await client.hdel(account().freezes, ids.issued);
      await client.hset(account(OTHER).freezes, ids.issued, "1000");
      await client.hset(account().account, "frozen", "0");
      await client.hset(account(OTHER).account, "frozen", "1000");
    },
    "voucher_account",
    "frozen_unlike_journal",
    "log_altered",
    "terms_unlike_journal",
  ],
  [
    "a voucher of an issuance that has none",
    () => client.copy(voucherKey(ids.issued), voucherKey(ids.proposed)),
    "voucher_unexpected",
    "voucher_without_freeze",
    "voucher_without_issuance",
    "deadline_missing",
    "journal_lacks_events",
    "voucher_unlisted",
  ],
  [
    "issuance, voucher and freeze gone together",
    async () => {
      await client.del(record(ids.issued), voucherKey(ids.issued));
      await client.hdel(account().freezes, ids.issued);
      await client.hset(account().account, "frozen", "0");
    },
    "issuance_missing",
    "voucher_missing",
    "frozen_unlike_journal",
    "deadline_of_nothing",
    "voucher_entry_of_nothing",
  ],
  [
    "issuance, voucher and freeze gone together, after its issuer's index was pruned",
    async () => {
      await book.ledger.openIssuances.pruneEnded();
      await client.del(record(ids.issued), voucherKey(ids.issued));
      await client.hdel(account().freezes, ids.issued);
      await client.hset(account().account, "frozen", "0");
    },
    "issuance_missing",
    "voucher_missing",
    "frozen_unlike_journal",
    "deadline_of_nothing",
    "voucher_entry_of_nothing",
    "request_of_nothing",
  ],
  // Accounts and freezes
  [
    "a total that is no number",
    () => client.hset(account(EMPTY).account, "total", "abc"),
    "account_total",
    "account_unlike_journal",
    "money_not_conserved",
  ],
  [
    "a total of half a cent",
    () => client.hset(account(EMPTY).account, "total", "12500.5"),
    "account_total",
    "account_unlike_journal",
    "money_not_conserved",
  ],
  [
    "a total below zero",
    () => client.hset(account(EMPTY).account, "total", "-5"),
    "account_total",
    "account_unlike_journal",
    "frozen_above_total",
    "money_not_conserved",
  ],
  [
    "a total that no number can hold exactly",
    () => client.hset(account(EMPTY).account, "total", "9007199254740993"),
    "account_total",
    "account_unlike_journal",
    "money_not_conserved",
  ],
  [
    "a total that is another",
    () => client.hset(account(EMPTY).account, "total", "100001"),
    "account_unlike_journal",
    "money_not_conserved",
  ],
  [
    "an account that holds credit now",
    () => client.hset(account(EMPTY).account, "kind", "credit"),
    "account_unlike_journal",
    "money_not_conserved",
  ],
  [
    "an account that is active again",
    async () => {
      await book.accounts.setStatus({ party: "acme", number: EMPTY }, "blocked");
      await client.hset(account(EMPTY).account, "status", "active");
    },
    "account_unlike_journal",
  ],
  [
    "a kind that there is not",
    () => client.hset(account(EMPTY).account, "kind", "gold"),
    "account_malformed",
    "account_unlike_journal",
    "money_not_conserved",
  ],
  [
    "a frozen sum that is no number",
    () => client.hset(account().account, "frozen", "abc"),
    "account_malformed",
    "frozen_unlike_freezes",
    "frozen_unlike_journal",
  ],
  ["another holder", () => client.hset(account().account, "holder", "Thief"), "account_name"],
  [
    "an account without a field",
    () => client.hdel(account().account, "frozen"),
    "account_malformed",
    "frozen_unlike_journal",
  ],
  ["an account that may leave", () => client.expire(account().account, 1000), "ttl_unexpected"],
  [
    "an account that is not in its party's list",
    () => client.zrem(accountsKey(home(), "acme"), NUMBER),
    "account_unlisted",
  ],
  [
    "a list that names an account that is not there",
    () => client.zadd(accountsKey(home(), "acme"), 0, "99999999"),
    "list_entry_of_nothing",
  ],
  [
    "an account in a wrong partition",
    async () => {
      const partition = (home() + 1) % 16;
      const keys = accountKeys({ partition, party: "acme", number: EMPTY });
      await client.copy(account(EMPTY).account, keys.account);
      await client.zadd(accountsKey(partition, "acme"), 0, EMPTY);
      // Where something else has been written before, there is a journal.
      const party = [
        "a",
        "b",
        "c",
        "d",
        "e",
        "f",
        "g",
        "h",
        "i",
        "j",
        "k",
        "l",
        "m",
        "n",
        "o",
        "p",
        "q",
        "r",
      ].find((name) => book.ledger.partitionOf(name) === partition);
      assert.ok(party);
      await book.accounts.put(
        { party, number: EMPTY },
        { kind: "funds", holder: "X", currency: "EUR", balance: 1 },
      );
    },
    "wrong_partition",
    "account_unlike_journal",
    "money_not_conserved",
  ],
  [
    "an account that is gone",
    () => client.del(account(EMPTY).account),
    "account_missing",
    "list_entry_of_nothing",
    "money_not_conserved",
  ],
  [
    "freezes without their account",
    () => client.hset(account("11112222").freezes, ids.issued, "1000"),
    "freeze_without_account",
  ],
  [
    "a freeze that is no number",
    () => client.hset(account().freezes, ids.issued, "abc"),
    "freeze_malformed",
    "frozen_unlike_freezes",
    "voucher_amount",
  ],
  [
    "a freeze that is gone",
    () => client.hdel(account().freezes, ids.issued),
    "frozen_unlike_freezes",
    "voucher_without_freeze",
  ],
  [
    "a freeze of nothing",
    () => client.hset(account(OTHER).freezes, "nothing", "5"),
    "freeze_malformed",
    "frozen_unlike_freezes",
  ],
  [
    "a freeze that is forgotten, with what is frozen",
    async () => {
      await client.hdel(account().freezes, ids.issued);
      await client.hset(account().account, "frozen", "0");
    },
    "voucher_without_freeze",
    "frozen_unlike_journal",
  ],
  [
    "less than nothing that is frozen",
    () => client.hset(account().account, "frozen", "-5"),
    "frozen_negative",
    "frozen_unlike_freezes",
    "frozen_unlike_journal",
  ],
  [
    "an adjustment that is remembered otherwise",
    () => client.hset(account().adjustments, "deposit-1", "700 100700 0"),
    "adjustment_unlike_journal",
  ],
  [
    "an adjustment that never was",
    () => client.hset(account().adjustments, "deposit-2", "700 100700 0"),
    "adjustment_unlike_journal",
    "adjustment_missing",
  ],
  ["an adjustment that is forgotten", () => client.del(account().adjustments), "adjustment_missing"],
  // Issuances
  [
    "the offer's amount",
    () => setPart(ids.verified, "o", 2, "900000"),
    "offer_unlike_journal",
    "log_altered",
  ],
  ["the offer's currency", () => setPart(ids.proposed, "o", 3, "USD"), "offer_unlike_journal", "log_altered"],
  ["the offer's memo", () => setPart(ids.proposed, "o", 4, "gold"), "offer_unlike_journal", "log_altered"],
  ["the offer's review", () => setPart(ids.verified, "o", 5, "none"), "offer_unlike_journal", "log_altered"],
  ["when the offer was made", () => setPart(ids.proposed, "o", 6, "1"), "standing_unlike_log", "log_altered"],
  ["the state", () => setPart(ids.verified, "s", 1, "changing"), "state_unlike_log"],
  ["the digest", () => setPart(ids.verified, "s", 2, "000000000000"), "digest_unlike_log"],
  [
    "the deadline",
    async () => {
      const deadline = unpack((await client.hget(record(ids.proposed), "s")) ?? "")[3];
      await setPart(ids.proposed, "s", 3, String(Number(deadline) + 60_000));
    },
    "deadline_unlike_log",
  ],
  ["how often the account was changed", () => setPart(ids.verified, "s", 4, "5"), "standing_unlike_log"],
  ["the account that is shown", () => setPart(ids.verified, "s", 6, "0000"), "standing_unlike_log"],
  ["when it ended", () => setPart(ids.declined, "s", 7, "1"), "standing_unlike_log"],
  ["the account that stands", () => setPart(ids.verified, "a", 1, OTHER), "account_unlike_log"],
  ["how many accounts were refused", () => setPart(ids.verified, "a", 0, "3"), "account_unlike_log"],
  ["a record that is no record", () => client.hset(record(ids.proposed), "s", "1"), "issuance_malformed"],
  [
    "a record with a field that none has",
    () => client.hset(record(ids.proposed), "z", "1"),
    "issuance_malformed",
  ],
  [
    "an event in the log",
    async () => {
      const line = (await client.hget(record(ids.verified), "2")) as string;
      await client.hset(record(ids.verified), "2", line.replace("|p|", "|i|"));
    },
    "log_altered",
    "journal_unlike_log",
  ],
  [
    "an event that is gone from the log",
    () => client.hdel(record(ids.verified), "4"),
    "log_incomplete",
    "account_unlike_log",
    "digest_unlike_log",
    "state_unlike_log",
    "standing_unlike_log",
    "deadline_unlike_log",
    "answer_malformed",
  ],
  [
    "an answer that names a version that there is not",
    () => client.hset(record(ids.proposed), "p:later", "abcdefgh 7"),
    "answer_malformed",
  ],
  ["an answer that is gone", () => client.hdel(record(ids.verified), "p:verified-agree"), "answer_missing"],
  ["an open issuance that may leave", () => client.expire(record(ids.proposed), 1000), "ttl_unexpected"],
  ["an ended issuance that stays", () => client.persist(record(ids.declined)), "ttl_missing"],
  [
    "an open issuance that is gone",
    () => client.del(record(ids.proposed)),
    "issuance_missing",
    "deadline_of_nothing",
    "open_of_nothing",
  ],
  // Queues and indexes
  ["a deadline that is gone", () => client.zrem(deadlines(home()), ids.proposed), "deadline_missing"],
  ["a deadline that is later", () => client.zadd(deadlines(home()), "inf", ids.proposed), "deadline_late"],
  [
    "a deadline of what has ended",
    () => client.zadd(deadlines(home()), 1, ids.declined),
    "deadline_after_end",
  ],
  [
    "a deadline of nothing",
    () => client.zadd(deadlines(home()), 1, `${home()}-${NOWHERE}`),
    "deadline_of_nothing",
  ],
  [
    "a deadline of something else",
    () => client.zadd(deadlines(home()), 1, "whatever"),
    "deadline_of_nothing",
  ],
  [
    "what is kept of a missing issuance",
    () => client.set(missingKey(ids.declined), "abc"),
    "missing_malformed",
  ],
  ["a signing key that is none", () => client.zadd(SIGNING_KEYS_KEY, 1, "AAAA"), "signing_key_malformed"],
  [
    "a signing key without a time",
    () => client.zadd(SIGNING_KEYS_KEY, "inf", PUBLIC_KEY),
    "signing_key_malformed",
  ],
  ["signing keys that may leave", () => client.expire(SIGNING_KEYS_KEY, 1000), "ttl_unexpected"],
  [
    "signing keys in a partition that does not have them",
    () => client.zadd("ts:{3}:signing-keys", 1, PUBLIC_KEY),
    "wrong_partition",
  ],
  ["a fence that is none", () => client.zadd(fences(home()), 1, ids.proposed), "fence_of_nothing"],
  [
    "an open issuance in no index of its payer's",
    async () => client.zrem(open(home()), await memberOf(ids.proposed, "acme")),
    "open_unlisted",
  ],
  [
    "an open issuance in no index of its issuer's",
    async () => client.zrem(open(shops()), await memberOf(ids.proposed, "shop")),
    "open_unlisted",
  ],
  [
    "an ended issuance in its payer's index",
    async () => client.zadd(open(home()), 0, await memberOf(ids.declined, "acme")),
    "open_of_nothing",
  ],
  [
    "an index entry of nothing",
    () => client.zadd(open(home()), 0, `acme:1:${home()}-${NOWHERE}`),
    "open_of_nothing",
  ],
  ["an index entry that is none", () => client.zadd(open(home()), 0, "acme"), "open_of_nothing"],
  [
    "an index entry of another party",
    async () => client.zadd(open(home()), 0, (await memberOf(ids.proposed, "acme")).replace("acme", "thief")),
    "open_of_nothing",
  ],
  ["a request of nothing", () => client.set(`ts:{3}:request:${NOWHERE}`, "3:1"), "request_of_nothing"],
  ["a request that is none", () => client.set(`ts:{3}:request:${NOWHERE}`, "abc"), "request_malformed"],
  [
    "a request that may leave before its issuance",
    () => client.expire(requestKey(shops(), ids.proposed), 1000),
    "ttl_unexpected",
  ],
  [
    "a request that stays after its issuance",
    async () => {
      await book.ledger.openIssuances.pruneEnded();
      await client.persist(requestKey(shops(), ids.declined));
    },
    "ttl_missing",
  ],
  // Journals
  ["a journal that is gone", () => client.del(journal(home())), "journal_gone"],
  [
    "a journal that was cut",
    () => client.xtrim(journal(home()), "MAXLEN", 15),
    "journal_cut",
    "in_unlike_journal",
    "account_unlike_journal",
    "adjustment_missing",
    "adjustment_unlike_journal",
    "money_not_conserved",
  ],
  [
    "an event that the journal has not",
    () =>
      rewriteJournal((fields) =>
        eventIs("account.verified")(fields) && fields[1] === ids.verified ? undefined : fields,
      ),
    "journal_lacks_events",
    "account_unlike_log",
  ],
  [
    "an event that the journal has otherwise",
    () =>
      rewriteJournal((fields) =>
        eventIs("payer.declined")(fields) ? fields.map((field) => field.replace("|p|", "|i|")) : fields,
      ),
    "journal_unlike_log",
  ],
  [
    "an issuance that the journal has not",
    () => rewriteJournal((fields) => (fields[1] === ids.proposed ? undefined : fields)),
    "journal_lacks_events",
  ],
  [
    "an amount that the journal has otherwise",
    () =>
      rewriteJournal((fields) =>
        fields[1] === ids.proposed ? fields.map((field) => (field === "1000" ? "2000" : field)) : fields,
      ),
    "offer_unlike_journal",
  ],
  [
    "an adjustment in the journal that does not add up",
    () => rewriteJournal((fields) => fields.map((field) => (field === "100500" ? "100600" : field))),
    "journal_arithmetic",
    "account_unlike_journal",
    "adjustment_unlike_journal",
  ],
  [
    "an entry of the journal that is none",
    () => client.xadd(journal(home()), "*", "event", "whatever"),
    "journal_malformed",
  ],
  [
    "an entry of the journal without a number",
    () =>
      client.xadd(journal(home()), "*", "event", "account.put", "party", "x", "account", "y", "total", "1.5"),
    "journal_malformed",
  ],
  // Markers and keys
  ["a partition without its marker", () => client.del(bookKey(5)), "marker_missing"],
  ["partition 0 without its marker", () => client.del(bookKey(0)), "marker_missing"],
  ["a partition of another book", () => client.hset(bookKey(5), "id", "another"), "marker_foreign"],
  ["a partition of another cut", () => client.hset(bookKey(5), "partitions", "8"), "marker_foreign"],
  ["a marker that may leave", () => client.expire(bookKey(5), 1000), "ttl_unexpected"],
  ["a lease that stays", () => client.set("ts:{0}:sweep", "somebody"), "ttl_missing"],
  ["a key that no book has", () => client.set("ts:{3}:secret", "1"), "unknown_key"],
  ["a key without a partition", () => client.set("ts:account", "1"), "unknown_key"],
  ["a key of a partition that there is not", () => client.set("ts:{99}:confirmed", "1"), "unknown_key"],
  [
    "an account of a party that can't be",
    () => client.hset("ts:{3}:account:A B:1", "total", "1"),
    "unknown_key",
  ],
];

/** Every kind of key, as a value of another type; the audit goes on, and finds that. */
const KEYS: [what: string, key: () => string][] = [
  ["an account", () => account().account],
  ["freezes", () => account().freezes],
  ["adjustments", () => account().adjustments],
  ["a list of accounts", () => accountsKey(home(), "acme")],
  ["an issuance", () => record(ids.verified)],
  ["a voucher", () => voucherKey(ids.issued)],
  ["a journal", () => journal(home())],
  ["a queue of deadlines", () => deadlines(home())],
  ["a list of fences", () => fences(home())],
  ["an index", () => open(home())],
  ["a request", () => requestKey(shops(), ids.proposed)],
  ["a marker", () => bookKey(5)],
  ["a confirmation", () => confirmed(5)],
];

const rulesNow = async (): Promise<AuditRule[]> => {
  const { findings } = await audit(book);
  return [...new Set(findings.map(({ rule }) => rule))].sort();
};

tampering("has no findings before it is altered, nor when what ended is pruned", async () => {
  assert.equal((await audit(book)).findings, []);
  await book.ledger.openIssuances.pruneEnded();
  assert.equal((await audit(book)).findings, []);
});

for (const [what, tamper, ...rules] of ROWS) {
  tampering(`is found: ${what}`, async () => {
    await tamper();
    const { findings } = await audit(book);
    assert.equal(
      [...new Set(findings.map(({ rule }) => rule))].sort(),
      [...rules].sort(),
      JSON.stringify(findings, null, 1),
    );
  });
}

for (const [what, key] of KEYS) {
  for (const type of ["list", "set"] as const) {
    tampering(`is found: ${what} that is a ${type}`, async () => {
      await client.del(key());
      if (type === "list") await client.lpush(key(), "1");
      else await client.sadd(key(), "1");
      assert.ok((await rulesNow()).includes("wrong_type"));
    });
  }
}

tampering("is found at every place at once, and the audit comes to its end", async () => {
  for (const key of await client.keys("ts:*")) {
    await client.del(key);
    await client.set(key, "abc");
  }
  const rules = await rulesNow();
  assert.ok(rules.includes("wrong_type") && rules.includes("marker_missing"), rules.join(" "));
});

tampering("each rule of the audit is met by one of these", () => {
  const met = new Set(ROWS.flatMap(([, , ...rules]) => rules));
  const unmet = (Object.keys(AUDIT_RULES) as AuditRule[]).filter((rule) => !met.has(rule));
  assert.equal(unmet.sort(), ["wrong_type", ...VOUCHER_RULES].sort());
  assert.ok(ROWS.length >= 80);
});

tampering.run();
