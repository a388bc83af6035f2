// time limit: 800 s
// about 22 s
/** What has ended leaves the store: whatever dies or goes back meanwhile, it is in the one or in the other, and whole. */
import { setTimeout as sleep } from "node:timers/promises";
import { issuanceIdOf } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { AsksArchive } from "../../server/archive/archive.ts";
import { ArchiveAwayError } from "../../server/archive/asked-thread.ts";
import { askDirectly } from "../../server/archive/open-existing.ts";
import { audit } from "../../server/audit/audit.ts";
import { Journal } from "../../server/audit/journal.ts";
import { ARCHIVE_LEASE_KEY, partitionKeys, retiredKey } from "../../server/ledger/keys.ts";
import { loadScripts } from "../../server/ledger/load-scripts.ts";
import { partitionOfVoucher } from "../../server/ledger/settlements.ts";
import { paidBefore } from "../../server/vouchers/paid-before.ts";
import { AMOUNT, BENEFICIARY, ISSUER, PAYER, TO } from "../audit/vouchers.ts";
import { rememberStore } from "../helpers/rewind.ts";
import type { TestLedger } from "../ledger/start-ledger.ts";
import { PLACE_NAMES, type Places, placeOf, startPlaces } from "./places.ts";
import {
  type Context,
  decline,
  findings,
  honour,
  isInStore,
  retire,
  retiredAt,
  SOON,
  withBook,
} from "./retiring-book.ts";
import { catchUp } from "./start-archive.ts";

const tests = suite("retiring");

let places: Places;
tests.before(async () => {
  places = await startPlaces();
});
tests.after(() => places.stop());

/** A store that dies with a script: before it is sent, or after it was done. */
function dying(store: TestLedger["store"], name: string, when: "before" | "after"): TestLedger["store"] {
  const sha = loadScripts().get(name)?.sha;
  let isDead = false;
  return new Proxy(store, {
    get: (target, property) => {
      const value = Reflect.get(target, property, target);
      if (typeof value !== "function") return value;
      if (property !== "evalsha" && property !== "eval") return value.bind(target);
      return async (given: string, ...args: never[]) => {
        const isIt = given === sha || given === loadScripts().get(name)?.source;
        if (isDead || (isIt && when === "before")) {
          isDead = true;
          throw new Error(`died at ${name}`);
        }
        const reply = await (value as (...all: unknown[]) => Promise<unknown>).call(target, given, ...args);
        if (!isIt || reply === undefined) return reply;
        isDead = true;
        throw new Error(`died at ${name}`);
      };
    },
  });
}

const STEPS = [
  "retire-issuance",
  "retire-voucher",
  "index-vouchers",
  "retire-marks",
  "prune-requests",
  "trim-journal",
];

for (const name of PLACE_NAMES) {
  const test = (title: string, run: (context: Context) => Promise<void>) =>
    tests(
      `${title} (${name})`,
      withBook(() => placeOf(places, name), run),
    );

  test("takes out what has ended and is paid, and leaves all else", async (context) => {
    const { book, vouchers } = context;
    const [declined, honoured] = [await decline(context, "a"), await honour(context)];
    const unpaid = await honour(context, { isPaid: false });
    const living = await vouchers.issue();
    await retire(context, { retireAfterMs: 3_600_000 });
    for (const id of [declined, honoured]) assert.ok(await isInStore(book, id), "it is too early");
    await retire(context);
    for (const id of [declined, honoured]) {
      assert.not(await isInStore(book, id));
      assert.ok(Number(await retiredAt(context, id)) > 0);
    }
    for (const id of [unpaid, living]) {
      assert.ok(await isInStore(book, id));
      assert.is(await retiredAt(context, id), 0);
    }
    assert.equal(await book.store.keys("*credits*"), []);
    for (const index of await book.store.keys("*vouchers:*"))
      assert.not.match((await book.store.zrange(index, "0", "-1")).join(), new RegExp(honoured));
    const journal = partitionKeys.journal(partitionOfVoucher(honoured));
    assert.is(await book.store.xlen(journal), 1, "the entry at the mark stays");
    assert.equal(await findings(context), []);
    await vouchers.settle(`${unpaid}.2`);
    await retire(context);
    assert.not(await isInStore(book, unpaid));
    assert.equal(await findings(context), []);
  });

  test("does not make a request twice while its commandId is remembered, and does so after that", async (context) => {
    const { ledger, store } = context.book;
    const id = await decline(context, "same");
    await retire(context, { rememberMs: 1_000 });
    assert.ok((await store.pttl(retiredKey(id))) > 0);
    const offer = { commandId: "same", payer: PAYER, amount: 3, currency: "CNY" } as const;
    const again = await ledger.requestPayer({ party: ISSUER }, offer);
    assert.ok(again.kind === "refused" && again.isRetired);
    while ((await store.exists(retiredKey(id))) > 0) await sleep(20);
    await sleep(50);
    assert.is(await decline(context, "same"), id);
    await retire(context);
    assert.equal(await findings(context), []);
    const rows = await context.archive.database
      .selectFrom("issuances")
      .selectAll()
      .where("id", "=", id)
      .execute();
    assert.is(rows.filter(({ retired_at }) => retired_at > 0).length, 2);
  });

  for (const step of STEPS) {
    // What the database has to do with it is seen by one of the two.
    for (const when of name === "SQLite" ? (["before", "after"] as const) : (["after"] as const)) {
      test(`goes on where a hub has died ${when} ${step}`, async (context) => {
        const { book, archive } = context;
        const ids = [await decline(context, "a"), await honour(context)];
        await sleep(5);
        const store = dying(book.store, step, when);
        const died = await catchUp(archive.follower({ ...SOON, store })).catch((error: Error) => error);
        assert.match(String(died), /died at/);
        await retire(context);
        assert.equal([archive.fenced, archive.said], [[], []]);
        for (const id of ids) assert.not(await isInStore(book, id));
        assert.equal(await book.store.keys("*credits*"), []);
        assert.equal(await findings(context), []);
      });
    }
  }

  test("does no harm where two readers take it out at once", async (context) => {
    const { book, archive } = context;
    const ids = [await decline(context, "a"), await honour(context)];
    const [one, other] = [archive.follower(SOON), archive.follower(SOON)];
    await one.step();
    await sleep(10);
    await book.store.del(ARCHIVE_LEASE_KEY);
    await Promise.allSettled([one.step(), other.step()]);
    await retire(context);
    for (const id of ids) assert.not(await isInStore(book, id));
    assert.equal(await findings(context), []);
  });

  test("takes out once more what a store that went back has again", async (context) => {
    const { book, archive } = context;
    const ids = [await decline(context, "a"), await honour(context)];
    await retire(context, { retireAfterMs: 3_600_000 });
    const goBack = await rememberStore(book.redis.client());
    await retire(context);
    const later = await decline(context, "later");
    await retire(context);
    await goBack();
    assert.ok(await isInStore(book, ids[1] as string));
    await retire(context);
    for (const id of ids) assert.not(await isInStore(book, id));
    assert.equal(
      archive.fenced.map(({ id }) => id),
      [later],
      "nobody else knows of it",
    );
    assert.is(await retiredAt(context, later), undefined, "its partition has lost it");
    assert.equal(await findings(context), []);
  });

  for (const isSeenBy of ["a reader that starts", "the next that leaves"] as const) {
    test(`takes out once more what is back in a store that has lost nothing else, seen by ${isSeenBy}`, async (context) => {
      const { book, archive } = context;
      const ids = [await decline(context, "a"), await honour(context)];
      await retire(context, { retireAfterMs: 3_600_000 });
      const goBack = await rememberStore(book.redis.client());
      await sleep(5);
      await book.store.del(ARCHIVE_LEASE_KEY);
      const follower = archive.follower(SOON);
      await catchUp(follower);
      for (const id of ids) assert.not(await isInStore(book, id));
      await goBack();
      for (const id of ids) assert.ok(await isInStore(book, id));
      if (isSeenBy === "a reader that starts") await retire(context);
      else {
        // Of the same partition, so that it would come to be the newest that has left.
        const next = await decline(context, "b");
        for (let step = 0; step < 6; step++) {
          await sleep(5);
          await follower.step();
        }
        assert.not(await isInStore(book, next));
      }
      for (const id of ids) {
        assert.not(await isInStore(book, id), id);
        assert.ok(Number(await retiredAt(context, id)) > 0);
      }
      assert.equal([archive.fenced, archive.said], [[], []]);
      assert.equal(await book.store.keys("*credits*"), []);
      assert.equal(await findings(context), []);
    });
  }

  test("reports what began, ended and left after the moment to which a store went back", async (context) => {
    const { book, archive, vouchers } = context;
    const before = await honour(context);
    await vouchers.issue();
    await retire(context);
    const goBack = await rememberStore(book.redis.client());
    const [declined, honoured] = [await decline(context, "lost"), await honour(context)];
    await retire(context);
    for (const id of [declined, honoured]) assert.not(await isInStore(book, id));
    await goBack();
    await retire(context);
    const claims = archive.fenced.map(({ id, isGone }) => ({ id, isGone }));
    assert.equal(
      claims.sort((a, b) => a.id.localeCompare(b.id)),
      [declined, honoured, issuanceIdOf(honoured)]
        .sort((a, b) => a.localeCompare(b))
        .map((id) => ({ id, isGone: true })),
    );
    for (const id of [declined, honoured]) assert.is(await retiredAt(context, id), undefined);
    assert.ok(Number(await retiredAt(context, before)) > 0, "what left before is no loss");
    assert.equal(await findings(context), []);
  });

  test("knows more than a store that went back behind an end, which is fenced, and pays nothing twice", async (context) => {
    const { book, archive, vouchers } = context;
    const { ledger } = book;
    const voucherId = await vouchers.issue();
    const settlementId = await vouchers.draw(voucherId);
    await retire(context, { retireAfterMs: 3_600_000 });
    // The payer's server alone goes back.
    const payers = `ts:{${partitionOfVoucher(voucherId)}}:*`;
    const goBack = await rememberStore(book.redis.client(), payers);
    await vouchers.settle(settlementId);
    await retire(context);
    assert.not(await isInStore(book, voucherId));
    await goBack();
    const settlement = await ledger.settlements.find(settlementId);
    assert.is(settlement?.state, "open");
    if (!settlement) return;
    const known = { archive: askDirectly(archive.database), settlements: ledger.settlements };
    assert.equal(await paidBefore(known, settlement), { kind: "done" });
    const away: AsksArchive = { isThere: true, ask: () => Promise.reject(new ArchiveAwayError("away")) };
    const asked = await paidBefore({ ...known, archive: away }, settlement).catch((error: unknown) => error);
    assert.instance(asked, ArchiveAwayError, "nothing is paid while nobody knows");
    await retire(context);
    const claims = archive.fenced.map(({ id, isGone }) => ({ id, isGone }));
    assert.equal(claims, [{ id: voucherId, isGone: false }]);
    assert.is(await retiredAt(context, voucherId), 0);
    await ledger.settlements.close(settlement);
    await retire(context);
    const paid = await book.accounts.get({ party: BENEFICIARY, number: TO });
    assert.is(paid && "balance" in paid && paid.balance, AMOUNT);
    assert.not(await isInStore(book, voucherId));
    assert.equal(await findings(context), []);
  });

  test("pays what the store has lost since the archive learned that it was paid", async (context) => {
    const { book, archive, vouchers } = context;
    const { settlements } = book.ledger;
    const settlementId = await vouchers.draw(await vouchers.issue());
    await retire(context, { retireAfterMs: 3_600_000 });
    const goBack = await rememberStore(book.redis.client());
    await vouchers.settle(settlementId);
    await retire(context, { retireAfterMs: 3_600_000 });
    await goBack();
    const settlement = await settlements.find(settlementId);
    assert.is(settlement?.state, "open");
    if (!settlement) return;
    const credits = await askDirectly(archive.database).ask("readCredits", settlementId);
    assert.equal(
      credits.map(({ isPaid }) => isPaid),
      [true],
      "the archive has not noticed yet",
    );
    const known = { archive: askDirectly(archive.database), settlements };
    assert.is(await paidBefore(known, settlement), undefined);
    // Something else may be where it was, and nothing that comes later says more.
    await vouchers.issue();
    assert.is(await paidBefore(known, settlement), undefined);
    await vouchers.settle(settlementId);
    const paid = await book.accounts.get({ party: BENEFICIARY, number: TO });
    assert.is(paid && "balance" in paid && paid.balance, AMOUNT);
    await retire(context);
    assert.equal(await findings(context), []);
  });

  test("is audited: what the archive has otherwise is found", async (context) => {
    const { database } = context.archive;
    const [left, other] = [await decline(context, "a"), await decline(context, "b")];
    await retire(context);
    const lives = await context.vouchers.issue();
    await retire(context);
    const of = database.updateTable("issuances").where("id", "=", left);
    await of.set({ digest: "0123456789ab" }).execute();
    await database.updateTable("issuances").set({ retired_at: 0 }).where("id", "=", other).execute();
    await database.updateTable("journal").set({ fields: "[]" }).where("subject", "=", lives).execute();
    const rules = (await findings(context)).map((text) => text.split(": ").slice(0, 2).join(" "));
    assert.ok(rules.includes(`${left} archive_unlike_journal`), rules.join());
    assert.ok(
      rules.some((text) => /^partition \d+ archive_unlike_journal$/.test(text)),
      rules.join(),
    );
  });

  test("leaves what is fenced, until it is decided", async (context) => {
    const { book } = context;
    const { ledger } = book;
    const [declined, honoured] = [await decline(context, "a"), await honour(context)];
    const claim = { version: 9, digest: "0123456789ab" };
    await ledger.fences.fence(declined, { ...claim, party: ISSUER });
    await ledger.fences.vouchers.fence(honoured, { ...claim, party: ISSUER });
    await retire(context);
    for (const id of [declined, honoured]) assert.ok(await isInStore(book, id));
    await ledger.fences.decide(declined, { decision: "resume" });
    await ledger.fences.vouchers.resume(honoured);
    await retire(context);
    for (const id of [declined, honoured]) assert.not(await isInStore(book, id));
    assert.equal(await findings(context), []);
  });

  test("stops in a partition whose journal has a hole", async (context) => {
    const { book, archive } = context;
    await catchUp(archive.follower());
    const id = await decline(context, "a");
    await retire(context, { retireAfterMs: 3_600_000 });
    const journal = partitionKeys.journal(Number(id.split("-")[0]));
    await decline(context, "b");
    await book.redis.client().xtrim(journal, "MAXLEN", 1);
    await retire(context);
    assert.match(archive.said.join(), /lacks entries/);
    assert.ok(await isInStore(book, id));
  });

  test("takes out of a journal what an audit has just read, which finds nothing wrong", async (context) => {
    const { book, archive } = context;
    const id = await decline(context, "a");
    await catchUp(archive.follower());
    const partition = Number(id.split("-")[0]);
    const { length } = await book.store.xrange(partitionKeys.journal(partition), "-", "+");
    const journal = new Journal(book.store, partition, askDirectly(archive.database));
    await journal.readTo();
    await retire(context);
    assert.ok((await book.store.xlen(partitionKeys.journal(partition))) < length);
    assert.equal(await journal.findCuts(), []);
    // What somebody else takes out the archive does not have.
    await decline(context, "b");
    await book.redis.client().xtrim(partitionKeys.journal(partition), "MAXLEN", 1);
    assert.equal(
      (await journal.findCuts()).map(({ rule }) => rule),
      ["journal_cut"],
    );
  });

  test("takes in, while it is audited, what began after the journal was read", async (context) => {
    const { book, archive } = context;
    const partition = Number((await decline(context, "a")).split("-")[0]);
    await catchUp(archive.follower());
    const direct = askDirectly(archive.database);
    let hasGoneOn = false;
    const goesOn: AsksArchive = {
      ...direct,
      ask: async (name, question) => {
        if (
          !hasGoneOn &&
          name === "listHeads" &&
          (question as { partition: number }).partition === partition
        ) {
          hasGoneOn = true;
          await decline(context, "b");
          await book.store.del(ARCHIVE_LEASE_KEY);
          await catchUp(archive.follower());
        }
        return direct.ask(name, question) as never;
      },
    };
    const { findings: found } = await audit({ store: book.store, ledger: book.ledger, archive: goesOn });
    assert.ok(hasGoneOn);
    assert.equal(found, []);
  });

  test("finds what of a page it looks at by its index", async ({ archive, ...context }) => {
    await decline({ archive, ...context }, "a");
    await retire({ archive, ...context });
    const explain = name === "SQLite" ? "explain query plan" : "explain";
    const { sql } = await import("kysely");
    if (name !== "SQLite") await sql`set enable_seqscan = off`.execute(archive.database);
    const { rows } = await sql`${sql.raw(explain)} select id from issuances
      where is_lost = 0 and retired_at <= 0 and ended_at > 0 and state <> 'issued'
      and ended_at <= ${1} and (ended_at, id) > (${0}, ${""}) order by ended_at, id limit 200`.execute(
      archive.database,
    );
    assert.match(JSON.stringify(rows), /issuances_leaving/);
  });
}

tests.run();
