/** A book in which everything has happened is made anew from its journals, and goes on; what is begun and not ended is not served. */
import { rejects } from "node:assert/strict";
import type { Redis } from "ioredis";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { audit } from "../../server/audit/audit.ts";
import { lookAtBook } from "../../server/ledger/begin-again.ts";
import { openBook } from "../../server/ledger/book.ts";
import { bookKey, partitionKeys } from "../../server/ledger/keys.ts";
import { Ledger } from "../../server/ledger/ledger.ts";
import { restoreBook } from "../../server/restore/restore.ts";
import type { JournalSource } from "../../server/restore/source.ts";
import { BENEFICIARY, FROM, ISSUER, PAYER } from "../audit/vouchers.ts";
import { recordScripts, type ScriptCall } from "../ledger/recorded-store.ts";
import { startLedger, type TestLedger } from "../ledger/start-ledger.ts";
import { type Eventful, fillEventfully, KEY } from "./eventful-book.ts";
import { livingSource } from "./living-source.ts";
import { openRestored } from "./open-restored.ts";
import { assertSameBook } from "./same-book.ts";

const restores = suite("a book made anew");

let living: TestLedger;
let other: TestLedger;
let was: Redis;
let is: Redis;
let source: JournalSource;
let eventful: Eventful;
const calls: ScriptCall[] = [];
restores.before(async () => {
  [living, other] = await Promise.all([startLedger(), startLedger()]);
  was = living.redis.client();
  is = other.redis.client();
  const options = { ...living.options, store: recordScripts(living.store, calls) };
  const ledger = new Ledger(options);
  eventful = await fillEventfully({ ...living, ledger, accounts: ledger.accounts, options });
  source = await livingSource(was, living.options.partitions);
});
restores.before.each(async () => {
  await is.flushall();
});
restores.after(async () => {
  await living.stop();
  await other.stop();
});

const restore = (from: JournalSource = source) =>
  restoreBook({ store: other.store, source: from, retentionMs: living.options.retentionMs });
const PARTITIONS = 16;

restores("is the one that it was, key by key, and the audit holds", async () => {
  const restored = await restore();
  assert.is(restored?.vouchers, (await was.keys("*:voucher:*")).length);
  await assertSameBook(was, is, PARTITIONS);
  assert.equal((await audit(await openRestored(other, living.options))).findings, []);
});

restores("stays for as long as it would have, and no longer", async () => {
  await restore();
  for (const key of await was.keys("*")) {
    const [before, after] = await Promise.all([was.pttl(key), is.pttl(key)]);
    const isKept = /:(issuance|missing|write):/.test(key);
    if (isKept)
      assert.ok(before < 0 ? after < 0 : Math.abs(before - after) < 5000, `${key}: ${before}, ${after}`);
  }
  await is.flushall();
  await restoreBook({ store: other.store, source, retentionMs: 0 });
  assert.equal(
    (await is.keys("*:issuance:*")).filter((key) => key.endsWith(eventful.verified)).length,
    1,
    "what is open stays",
  );
  const ended = (await was.keys("*:issuance:*")).length - (await is.keys("*:issuance:*")).length;
  assert.ok(ended > 0, "what ended without a voucher has left");
  assert.equal((await audit(await openRestored(other, living.options))).findings, []);
});

/** Commands and writes whose repeat is answered from what is stored. */
const REPEATED =
  /^(agree-payer|open-issuance|submit-account|change-account|decline-payer|draw-voucher|void-voucher|put-account|adjust-account|repay-account|set-account-status|show-account|redirect-settlement|resume-voucher|decide-fence|credit-account|close-settlement|report-settlement|request-payer)$/;

restores("answers whatever was sent before as it was answered", async () => {
  await restore();
  await other.ledger.prepare();
  const { ledger } = await openRestored(other, living.options);
  const names = new Map(
    [...REPEATED.source.matchAll(/[a-z]+-[a-z-]+/g)].map(([name]) => [ledger.script(name).sha, name]),
  );
  const met = new Set<string>();
  for (const { sha, keys, args } of calls) {
    const name = names.get(sha);
    if (name === undefined) continue;
    const [before, after] = await Promise.all(
      [was, is].map((client) => client.evalsha(sha, keys.length, ...keys, ...args)),
    );
    assert.equal(after, before, `${name} ${JSON.stringify(args)}`);
    met.add(name);
  }
  assert.equal(
    [...names.values()].filter((name) => !met.has(name)),
    [],
  );
  await assertSameBook(was, is, PARTITIONS);
});

restores("goes on", async () => {
  await restore();
  const { ledger, accounts } = await openRestored(other, living.options);
  const issued = await ledger.execute(
    "issuance:accept",
    { party: ISSUER },
    { commandId: "go-on-1", issuanceId: eventful.verified },
  );
  assert.ok(issued.kind === "done" && issued.snapshot.state === "issued");
  const decided = await ledger.fences.decide(eventful.fencedIssuance, { decision: "resume" });
  assert.is(decided.kind, "done");
  assert.is((await ledger.fences.vouchers.resume(eventful.fencedVoucher)).kind, "done");
  assert.is(await ledger.settlements.redirect(eventful.failed, { party: PAYER, number: FROM }), undefined);
  const refused = await ledger.vouchers.execute(
    "drawing:refuse",
    { party: ISSUER },
    { commandId: "go-on-2", voucherId: eventful.waiting, drawingId: "2", reason: "late" },
  );
  assert.is(refused.kind, "done");
  const page = await ledger.voucherIndex.list({ party: BENEFICIARY, limit: 50 });
  assert.ok(page?.vouchers.some(({ voucherId }) => voucherId === eventful.waiting));
  const adjusted = await accounts.adjust({ party: PAYER, number: FROM }, { amount: 5, reference: "go-on" });
  assert.is(adjusted.kind, "done");
  assert.equal((await audit({ store: other.store, ledger })).findings, []);
});

restores("is put off by no time in which nobody could refuse a drawing", async () => {
  await restore();
  const { ledger } = await openRestored(other, living.options);
  const silence = partitionKeys.silence(ledger.partitionOf(PAYER));
  const [before, after] = await Promise.all([was, is].map((client) => client.hgetall(silence)));
  assert.is(after?.outages, before?.outages);
  // The time of the restore is one in which no hub was there.
  assert.ok(Number(after?.swept) <= (await ledger.now()));
});

restores("is restored into an empty store alone", async () => {
  await is.set("another:program", "1");
  await restore();
  await rejects(restore, /the store holds the book .*: a book is restored into an empty store alone/);
  await is.flushall();
  await is.hset(partitionKeys.sums(3), "in:CNY", "5");
  await rejects(restore, /the store holds 1 keys of a book: a book is restored into an empty store alone/);
  assert.equal(await is.keys("*"), [partitionKeys.sums(3)]);
});

const body = { kind: "funds", holder: "X", currency: "EUR", balance: 1 } as const;
const beginOther = () => openBook(other.store, PARTITIONS).then(() => openRestored(other, living.options));

restores("takes the place of a book in which nothing has happened, as a hub begins it", async () => {
  const { ledger } = await beginOther();
  const key = { x: KEY, until: (await ledger.now()) + 7_200_000 };
  await ledger.publishedKeys.publish(key);
  await restore();
  await assertSameBook(was, is, PARTITIONS);
});

restores("takes the place of no book in which anything has happened", async () => {
  const { accounts, ledger } = await beginOther();
  const name = { party: "somebody", number: "1" };
  assert.is((await accounts.put(name, body)).kind, "done");
  await rejects(restore, /the store holds the book /);
  assert.ok(await ledger.accounts.get(name));
});

/** The other store, which somebody writes to before a command on a partition's marker goes through. */
function interruptedAt(partition: number, write: () => Promise<unknown>): TestLedger["store"] {
  return new Proxy(other.store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      if (name !== "evalsha") return value.bind(target);
      return async (sha: string, count: number, key: string, ...args: string[]) => {
        if (key === bookKey(partition)) await write();
        return Reflect.apply(value, target, [sha, count, key, ...args]);
      };
    },
  });
}

restores("leaves a book alone that comes into use at the last moment", async () => {
  const { accounts, ledger } = await beginOther();
  const home = PARTITIONS - 1;
  const party = "abcdefghijklmnopqrstuvwxyz".split("").find((letter) => ledger.partitionOf(letter) === home);
  assert.ok(party);
  const name = { party, number: "1" };
  const put = () => accounts.put(name, body);
  const { retentionMs } = living.options;
  const store = interruptedAt(home, put);
  await rejects(() => restoreBook({ store, source, retentionMs }), /has come into use just now/);
  assert.ok(await ledger.accounts.get(name));
  const findings = (await audit(await openRestored(other, living.options))).findings;
  assert.equal(findings, []);
});

restores("is begun again where a book that it replaces was marked by half", async () => {
  await beginOther();
  const { retentionMs } = living.options;
  const dying = interruptedAt(5, () => Promise.reject(new Error("the store is away")));
  await rejects(() => restoreBook({ store: dying, source, retentionMs }), /the store is away/);
  await rejects(() => openBook(other.store, PARTITIONS), /is being restored|parts of different books/);
  await restore();
  await assertSameBook(was, is, PARTITIONS);
});

/** A source that dies in a partition. */
function dying(partition: number): JournalSource {
  return {
    ...source,
    entriesOf: async function* (each) {
      for await (const entry of source.entriesOf(each)) {
        yield entry;
        if (each === partition) throw new Error("the source has died");
      }
    },
  };
}

restores("is not served until all of it is there, and is begun again", async () => {
  const home = living.ledger.partitionOf(PAYER);
  await rejects(() => restore(dying(home)), /the source has died/);
  const begun =
    /the book \S+ is being restored, or that has not come to its end: run tallystick restore again/;
  await rejects(() => openBook(other.store, PARTITIONS), begun);
  await rejects(() => lookAtBook(other.store, PARTITIONS), begun);
  assert.is(await is.hget(bookKey(0), "id"), null);
  // Whatever had been written is no part of it.
  await is.set(`ts:{${home}}:issuance:rest`, "1");
  const foreign: JournalSource = { ...source, bookId: "another" };
  await rejects(() => restore(foreign), /holds a part of the book .*, which was being restored/);
  await restore();
  await assertSameBook(was, is, PARTITIONS);
});

/** The store dies before a partition is said to be the book's. */
function dyingAt(partition: number): TestLedger["store"] {
  return new Proxy(other.store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      if (name !== "evalsha" && name !== "eval") return value.bind(target);
      return (sha: string, count: number, key: string, ...args: string[]) => {
        if (key === bookKey(partition) && args[0]?.split("\x1f").length === 4)
          throw new Error("the store is away");
        return Reflect.apply(value, target, [sha, count, key, ...args]);
      };
    },
  });
}

restores("only comes to its end when all of it was there before", async () => {
  const options = { source, retentionMs: living.options.retentionMs };
  await rejects(() => restoreBook({ store: dyingAt(3), ...options }), /the store is away/);
  await rejects(() => openBook(other.store, PARTITIONS), /is being restored/);
  assert.is(await is.hget(bookKey(4), "id"), source.bookId);
  // A hub may have served what is the book's already: nothing is taken out again.
  await is.hset(partitionKeys.sums(4), "in:EUR", "1");
  assert.is(await restore(), undefined);
  assert.is(await is.hget(partitionKeys.sums(4), "in:EUR"), "1");
  await is.hdel(partitionKeys.sums(4), "in:EUR");
  await assertSameBook(was, is, PARTITIONS);
});

restores("is refused where a part of it was lost again before its end", async () => {
  const options = { source, retentionMs: living.options.retentionMs };
  await rejects(() => restoreBook({ store: dyingAt(3), ...options }), /the store is away/);
  await is.hdel(bookKey(2), "restored");
  await rejects(restore, /partition 2 has lost what was restored of the book /);
});

restores("is refused where its journal is none", async () => {
  const home = living.ledger.partitionOf(PAYER);
  const altered = (alter: (fields: readonly string[]) => readonly string[] | undefined): JournalSource => ({
    ...source,
    entriesOf: async function* (partition) {
      for await (const { id, fields } of source.entriesOf(partition)) {
        const written = partition === home ? alter(fields) : fields;
        if (written) yield { id, fields: written };
      }
    },
  });
  await rejects(
    () => restore(altered((fields) => (fields.includes("account.adjusted") ? ["event", "x"] : fields))),
    /entry \S+ of partition \d+ is not one of a book/,
  );
  await rejects(
    () => restore(altered((fields) => (fields.includes("offer") ? undefined : fields))),
    /entry \S+ of partition \d+ does not follow those before it/,
  );
});

restores.run();
