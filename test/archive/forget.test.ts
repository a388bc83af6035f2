// about 8 s
/** A party is forgotten: what people have written of it is gone for good, and money, states and digests are as they were. */
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { issuanceIdOf } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Database } from "../../server/archive/database.ts";
import { askDirectly } from "../../server/archive/open-existing.ts";
import type { ArchiveSchema } from "../../server/archive/schema.ts";
import { audit } from "../../server/audit/audit.ts";
import { ARCHIVE_LEASE_KEY, partitionKeys } from "../../server/ledger/keys.ts";
import { BENEFICIARY, ISSUER, PAYER, TO } from "../audit/vouchers.ts";
import { rememberStore } from "../helpers/rewind.ts";
import { PLACE_NAMES, type Places, placeOf, startPlaces } from "./places.ts";
import { begin, type Context, end, findings, isInStore, retire, SOON, withBook } from "./retiring-book.ts";
import { catchUp } from "./start-archive.ts";

const tests = suite("a party that is forgotten");

let places: Places;
tests.before(async () => {
  places = await startPlaces();
});
tests.after(() => places.stop());

/** What people write, in a word that nothing else has. */
const MEMO = "for-Wilhelmine";
const REASON = "because-of-Wilhelmine";
const TEXTS = /wilhelmine/i;

let commands = 0;
const intent = (issuanceId: string) => ({ commandId: `f-${++commands}`, issuanceId });

/** One that is declined, with a memo and a reason. */
async function decline({ book: { ledger } }: Context, payer = PAYER): Promise<string> {
  const offer = { commandId: `f-${++commands}`, payer, amount: 3, currency: "CNY", memo: MEMO } as const;
  const made = await ledger.requestPayer({ party: ISSUER }, offer);
  assert.ok(made.kind === "done");
  const { issuanceId } = made.snapshot;
  const no = { ...intent(issuanceId), reason: REASON };
  assert.is((await ledger.execute("payer:decline", { party: payer }, no)).kind, "done");
  return issuanceId;
}

/** A voucher under approval: a drawing that is refused with a reason, one that is paid, and the end. */
async function live(context: Context, { isPaid = true } = {}): Promise<string> {
  const { vouchers } = context;
  const voucherId = await vouchers.issue({ approval: { by: "payer", within: 60 }, memo: MEMO });
  const refused = (await vouchers.draw(voucherId, 100)).split(".")[1] as string;
  await vouchers.take("drawing:refuse", PAYER, voucherId, { drawingId: refused, reason: REASON });
  const drawn = (await vouchers.draw(voucherId)).split(".")[1] as string;
  const honoured = await vouchers.take("drawing:approve", PAYER, voucherId, { drawingId: drawn });
  if (isPaid) await vouchers.settle(`${voucherId}.${honoured}`);
  return voucherId;
}

/** Everything that the archive's tables have, as text. */
async function everything(database: Database): Promise<string> {
  const tables: (keyof ArchiveSchema)[] = ["journal", "issuances", "vouchers", "words", "statements"];
  const rows = await Promise.all(tables.map((table) => database.selectFrom(table).selectAll().execute()));
  return JSON.stringify(rows);
}

const forgetOf = ({ archive: { database } }: Context, party: string) =>
  database.selectFrom("forgets").selectAll().where("party", "=", party).executeTakeFirstOrThrow();

/** Lets readers go on until all was looked at. */
async function settle(context: Context, party: string): Promise<void> {
  for (;;) {
    await retire(context);
    const { said, looked } = await forgetOf(context, party);
    if (said === looked) return;
  }
}

async function forget(context: Context, party: string): Promise<void> {
  await context.book.ledger.forget(party);
  await settle(context, party);
}

for (const name of PLACE_NAMES) {
  const test = (title: string, run: (context: Context) => Promise<void>) =>
    tests(
      `${title} (${name})`,
      withBook(() => placeOf(places, name), run),
    );

  test("leaves no text behind, and all else as it was", async (context) => {
    const { database } = context.archive;
    const [declined, voucherId] = [await decline(context), await live(context)];
    const others = await decline(context, "another");
    await retire(context);
    const before = await everything(database);
    assert.match(before, TEXTS);
    const archived = askDirectly(database);
    const was = await archived.ask("readVoucher", voucherId);
    assert.is(was?.snapshot.drawings[0]?.reason, REASON);
    assert.is(was?.snapshot.memo, MEMO);
    const known = [declined, issuanceIdOf(voucherId), voucherId];
    const heads = async () =>
      Promise.all(
        (["issuances", "vouchers"] as const).map((table) =>
          database.selectFrom(table).select(["id", "version", "digest", "state"]).orderBy("id").execute(),
        ),
      );
    const headsBefore = await heads();
    const found = { q: "wilhelmine", limit: 10 };
    assert.is((await archived.ask("findIssuances", found)).found.length, 3);

    await forget(context, PAYER);
    const forgotten = await forgetOf(context, PAYER);
    assert.equal([forgotten.pending, forgotten.blanked], [0, 2]);
    assert.equal(
      (await archived.ask("findIssuances", found)).found.map(({ issuanceId }) => issuanceId),
      [others],
    );
    const own = await Promise.all(
      (["issuances", "vouchers"] as const).map((table) =>
        database.selectFrom(table).selectAll().where("id", "in", known).execute(),
      ),
    );
    const entries = await database
      .selectFrom("journal")
      .select("fields")
      .where("subject", "in", known)
      .execute();
    assert.ok(entries.length > 10);
    assert.not.match(JSON.stringify([own, entries]), TEXTS);
    for (const { fields } of entries) assert.not.match(fields, /acme ltd|carrier"|Carrier\|?"/i);
    const words = await database.selectFrom("words").select("word").where("id", "in", known).execute();
    assert.not.match(JSON.stringify(words), TEXTS);
    assert.equal(await heads(), headsBefore);
    const is = await archived.ask("readVoucher", voucherId);
    const { memo: _, ...snapshot } = was?.snapshot ?? {};
    const drawings = was?.snapshot.drawings.map(({ reason: __, ...drawing }) => drawing);
    assert.equal(is?.snapshot, { ...snapshot, drawings, forgotten: true });
    assert.is((await archived.ask("readIssuance", declined))?.snapshot.forgotten, true);
    assert.equal(
      is?.events.map(({ digest }) => digest),
      was?.events.map(({ digest }) => digest),
    );
    assert.match(JSON.stringify(entries), new RegExp(TO), "money needs the numbers of accounts");
    const told = await archived.ask("compareKnown", {
      party: ISSUER,
      known: (was?.events ?? []).map(({ version, digest }) => ({ id: voucherId, version, digest })),
    });
    assert.equal([...new Set(told)], ["known"]);
    const { store, ledger } = context.book;
    const audited = await audit({ store, ledger, archive: archived });
    assert.equal([audited.findings, audited.forgotten], [[], 2]);

    // The issuer is a party of all of them.
    await forget(context, ISSUER);
    assert.not.match(await everything(database), TEXTS);
    assert.equal(await findings(context), []);
  });

  test("waits for what goes on, and for what has just ended", async (context) => {
    const { book, archive, vouchers } = context;
    const voucherId = await live(context, { isPaid: false });
    await forget(context, BENEFICIARY);
    assert.equal((await forgetOf(context, BENEFICIARY)).blanked, 0);
    assert.match(await everything(archive.database), TEXTS);
    assert.equal(await findings(context), []);
    const later = await live(context);
    await vouchers.settle(`${voucherId}.5`);
    await retire(context, { retireAfterMs: 3_600_000 });
    assert.equal((await forgetOf(context, BENEFICIARY)).blanked, 0, "it is in the store still");
    while ((await forgetOf(context, BENEFICIARY)).pending === 1) {
      await retire(context);
      // What comes last stays in the store's journal until something comes after it.
      await book.accounts.adjust(
        { party: PAYER, number: "6222020200112233" },
        { amount: 1, reference: `${++commands}` },
      );
    }
    assert.equal((await forgetOf(context, BENEFICIARY)).blanked, 1);
    const memos = await archive.database.selectFrom("vouchers").select(["id", "snapshot"]).execute();
    assert.equal(
      memos.filter(({ snapshot }) => TEXTS.test(snapshot)).map(({ id }) => id),
      [later],
      "it began after that",
    );
    assert.equal(await findings(context), []);
  });

  test("is forgotten to the end where a hub has died in the middle, and said twice it does no harm", async (context) => {
    const { book, archive } = context;
    for (let count = 0; count < 3; count++) await decline(context);
    await retire(context);
    await Promise.all([book.ledger.forget(PAYER), book.ledger.forget(PAYER)]);
    let updates = 0;
    const dying = archive.database.withPlugin({
      transformQuery: ({ node }) => {
        if (node.kind === "UpdateQueryNode" && JSON.stringify(node).includes('"journal"') && ++updates === 3)
          throw new Error("died");
        return node;
      },
      transformResult: async ({ result }) => result,
    });
    const follower = archive.follower({ ...SOON, database: dying });
    const steps = async () => {
      await catchUp(follower);
      for (let step = 0; step < 50; step++, await sleep(3)) await follower.step();
    };
    assert.match(String(await steps().catch((error: unknown) => error)), /died/);
    await book.store.del(ARCHIVE_LEASE_KEY);
    assert.is((await forgetOf(context, PAYER)).blanked, 0, "all of a page, or nothing");
    await settle(context, PAYER);
    assert.is((await forgetOf(context, PAYER)).blanked, 3);
    assert.not.match(await everything(archive.database), TEXTS);
    assert.equal([archive.fenced, archive.said], [[], []]);
    assert.equal(await findings(context), []);
  });

  test("does no harm where two readers forget it at once", async (context) => {
    const { book, archive } = context;
    for (let count = 0; count < 3; count++) await decline(context);
    await retire(context);
    await book.ledger.forget(PAYER);
    const readers = [archive.follower(SOON), archive.follower(SOON)];
    for (let step = 0; step < 20; step++) {
      await book.store.del(ARCHIVE_LEASE_KEY);
      const { 0: one, 1: other } = readers;
      await Promise.all([one?.step(), other?.step()]);
      await sleep(3);
    }
    await settle(context, PAYER);
    assert.not.match(await everything(archive.database), TEXTS);
    assert.equal([archive.fenced, archive.said], [[], []]);
    assert.equal(await findings(context), []);
  });

  test("stays forgotten where the store goes back to when it was not", async (context) => {
    const { book, archive } = context;
    const voucherId = await live(context, { isPaid: false });
    const declined = await decline(context);
    await retire(context, { retireAfterMs: 3_600_000 });
    const goBack = await rememberStore(book.redis.client());
    const claims = archive.fenced.length;
    await context.vouchers.settle(`${voucherId}.5`);
    await forget(context, PAYER);
    assert.not.match(await everything(archive.database), TEXTS);
    await goBack();
    assert.ok(await isInStore(book, declined));
    await catchUp(archive.follower());
    assert.equal(
      archive.fenced.slice(claims).map(({ id }) => id),
      [voucherId],
      "its end is lost, and nothing else",
    );
    assert.equal(await findings(context), []);
    await book.store.del(ARCHIVE_LEASE_KEY);
    await book.ledger.fences.vouchers.resume(voucherId);
    const settlement = await book.ledger.settlements.find(`${voucherId}.5`);
    if (settlement?.state === "open") await context.vouchers.settle(`${voucherId}.5`);
    await forget(context, PAYER);
    assert.not(await isInStore(book, declined));
    assert.not(await isInStore(book, voucherId));
    assert.not.match(await everything(archive.database), TEXTS);
    assert.equal(await findings(context), []);
  });

  test("is forgotten with the names that its accounts had before, but for the one that they have", async (context) => {
    const { book, archive } = context;
    const account = { party: PAYER, number: "6222020200112233" };
    const put = (holder: string) =>
      book.accounts.put(account, { kind: "funds", holder, currency: "CNY", balance: 100_000 });
    await put("Wilhelmine One");
    await put("Two Ltd");
    await book.ledger.forget(PAYER);
    await retire(context);
    assert.match(await everything(archive.database), TEXTS, "its write is answered the same for a day");
    // As if it had been done two days ago.
    const day = 24 * 3_600_000;
    await archive.database
      .updateTable("statements")
      .set((line) => ({ at: line("at", "-", 2 * day) }))
      .execute();
    await settle(context, PAYER);
    while ((await forgetOf(context, PAYER)).pending === 1) await retire(context);
    const all = await everything(archive.database);
    assert.not.match(all, TEXTS);
    assert.match(all, /Two Ltd/);
    assert.is((await book.accounts.get(account))?.holder, "Two Ltd");
    assert.equal(await findings(context), []);
  });
}

tests("is in no page of the file any more (SQLite)", async () => {
  let url = "";
  const place = {
    ...placeOf(places, "SQLite"),
    fresh: async () => (url = await placeOf(places, "SQLite").fresh()),
  };
  const context = await begin(place);
  for (let count = 0; count < 20; count++) await decline(context);
  await retire(context);
  await forget(context, PAYER);
  await end(context);
  const path = url.slice("file:".length);
  const files = [path, `${path}-wal`].filter((file) => existsSync(file));
  const bytes = Buffer.concat(files.map((file) => readFileSync(file)));
  assert.ok(bytes.includes(PAYER));
  assert.not.match(bytes.toString("latin1"), TEXTS);
});

tests("is in the journal of each partition, with who has said it", async () => {
  const { book, ...context } = await begin(placeOf(places, "SQLite"));
  try {
    await book.ledger.forget(PAYER);
    for (let partition = 0; partition < book.ledger.partitions; partition++) {
      const [last] = await book.store.xrevrange(partitionKeys.journal(partition), "+", "-", "COUNT", 1);
      assert.equal(last?.[1].slice(0, 4), ["event", "party.forgotten", "party", PAYER]);
    }
  } finally {
    await end({ book, ...context });
  }
});

tests.run();
