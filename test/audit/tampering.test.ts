// time limit: 480 s
// about 32 s, mostly waiting
// A table of ways to alter a store: each is found, by the rule that it breaks and by no other, and the audit goes on.
import type { Redis } from "ioredis";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { audit } from "../../server/audit/audit.ts";
import { AUDIT_RULES, type AuditRule } from "../../server/audit/findings.ts";
import { accountsKey, bookKey, partitionKeys, requestKey, voucherKey } from "../../server/ledger/keys.ts";
import { startLedger, type TestLedger } from "../ledger/start-ledger.ts";
import { ACCOUNTS } from "./alterations/accounts.ts";
import { INDEXES } from "./alterations/indexes.ts";
import { ISSUANCES } from "./alterations/issuances.ts";
import { JOURNALS } from "./alterations/journals.ts";
import { KEYS } from "./alterations/keys.ts";
import { type Alteration, beginSampleBook, type SampleBook } from "./alterations/sample-book.ts";
import { VOUCHERS } from "./alterations/vouchers.ts";
import { VOUCHER_RULES } from "./voucher-rules.ts";

const tampering = suite("an altered store");
const ALTERATIONS: Alteration[] = [VOUCHERS, ACCOUNTS, ISSUANCES, INDEXES, JOURNALS, KEYS].flat();

let started: TestLedger;
let client: Redis;
let book: SampleBook;
tampering.before(async () => {
  started = await startLedger();
  client = started.redis.client();
});
tampering.before.each(async () => {
  book = await beginSampleBook(started, client);
});
tampering.after(() => started.stop());

/** Every kind of key, as a value of another type; the audit goes on, and finds that. */
const TYPED: [what: string, key: (book: SampleBook) => string][] = [
  ["an account", ({ account }) => account().account],
  ["freezes", ({ account }) => account().freezes],
  ["adjustments", ({ account }) => account().adjustments],
  ["a list of accounts", ({ home }) => accountsKey(home(), "acme")],
  ["an issuance", ({ record, ids }) => record(ids.verified)],
  ["a voucher", ({ ids }) => voucherKey(ids.issued)],
  ["a journal", ({ home }) => partitionKeys.journal(home())],
  ["a queue of deadlines", ({ home }) => partitionKeys.deadlines(home())],
  ["a list of fences", ({ home }) => partitionKeys.fences(home())],
  ["an index", ({ home }) => partitionKeys.open(home())],
  ["a request", ({ shops, ids }) => requestKey(shops(), ids.proposed)],
  ["a marker", () => bookKey(5)],
  ["a confirmation", () => partitionKeys.confirmed(5)],
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

for (const [what, alter, ...rules] of ALTERATIONS) {
  tampering(`is found: ${what}`, async () => {
    await alter(book);
    const { findings } = await audit(book);
    assert.equal(
      [...new Set(findings.map(({ rule }) => rule))].sort(),
      [...rules].sort(),
      JSON.stringify(findings, null, 1),
    );
  });
}

for (const [what, keyOf] of TYPED) {
  for (const type of ["list", "set"] as const) {
    tampering(`is found: ${what} that is a ${type}`, async () => {
      const key = keyOf(book);
      await client.del(key);
      if (type === "list") await client.lpush(key, "1");
      else await client.sadd(key, "1");
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
  const met = new Set(ALTERATIONS.flatMap(([, , ...rules]) => rules));
  const unmet = (Object.keys(AUDIT_RULES) as AuditRule[]).filter((rule) => !met.has(rule));
  // What an archive has otherwise is looked for in `archive/retire.test.ts`.
  assert.equal(unmet.sort(), ["archive_unlike_journal", "wrong_type", ...VOUCHER_RULES].sort());
  assert.ok(ALTERATIONS.length >= 80);
});

tampering.run();
