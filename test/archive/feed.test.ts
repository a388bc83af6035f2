/** The feed's places: given out in the order of commits, so that a cursor never passes over what comes late. */
import fc from "fast-check";
import { sql } from "kysely";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { connectDatabase, type Database, openDatabase } from "../../server/archive/database.ts";
import { type Fed, feedHead, readFeed } from "../../server/archive/feed.ts";
import { MIGRATIONS } from "../../server/archive/migrations.ts";
import { askDirectly } from "../../server/archive/open-existing.ts";
import { type ArchiveAddress, parseArchiveUrl } from "../../server/archive-url.ts";
import { subjectOf } from "../../server/history/cloud-event.ts";
import { History } from "../../server/history/history.ts";
import { lastPlace } from "../../server/hub/open-archive.ts";
import { partitionOf } from "../../server/ledger/keys.ts";
import { rememberStore } from "../helpers/rewind.ts";
import { startLedger, type TestLedger } from "../ledger/start-ledger.ts";
import { voucherLives } from "../ledger/voucher-steps.ts";
import { VoucherWorld } from "../ledger/voucher-world.ts";
import { PLACE_NAMES, type Places, placeOf, startPlaces } from "./places.ts";
import { catchUp, startArchive } from "./start-archive.ts";

const tests = suite("the feed");

let places: Places;
tests.before(async () => {
  places = await startPlaces();
});
tests.after(() => places.stop());

async function doBusiness(book: TestLedger): Promise<void> {
  const world = new VoucherWorld(book, () => undefined);
  await world.begin();
  for (const step of fc.sample(voucherLives, 1)[0] ?? []) await world.take(step);
}

function addressOf(url: string): Exclude<ArchiveAddress, { kind: "none" }> {
  const address = parseArchiveUrl(url);
  if (address.kind === "none") throw new Error("there is nothing to open");
  return address;
}

const nameOf = ({ event }: Fed) => `${subjectOf(event)} ${event.version} ${event.digest}`;

/** What a reader sees that comes again and again until nothing is written any more. */
async function readAlong(database: Database, isOver: () => boolean): Promise<Fed[]> {
  const seen: Fed[] = [];
  for (let after = 0; ; ) {
    const wasOver = isOver();
    const page = await readFeed(database, { after, limit: 3 });
    seen.push(...page.fed);
    after = page.next;
    if (wasOver && !page.more) return seen;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function eventsIn(database: Database): Promise<string[]> {
  const rows = await database
    .selectFrom("journal")
    .select(["subject", "version", "fields"])
    .where("version", ">", 0)
    .where("is_lost", "=", 0)
    .execute();
  return rows.map(({ subject, version, fields }) => {
    const line = (JSON.parse(fields) as string[]).find((field) => /^[0-9a-f]{12}\|/.test(field));
    return `${subject} ${version} ${line?.slice(0, 12)}`;
  });
}

const TABLES = ["archive", "journal", "marks", "issuances", "words"] as const;

/** Remembers what an archive has; the function it answers brings that back, as a failover or a restore of a database does. */
async function rememberArchive(database: Database): Promise<() => Promise<void>> {
  const kept = await Promise.all(
    TABLES.map(async (table) => [table, await database.selectFrom(table).selectAll().execute()] as const),
  );
  return async () => {
    for (const [table, rows] of kept) {
      await database.deleteFrom(table).execute();
      if (rows.length > 0)
        await database
          .insertInto(table)
          .values(rows as never)
          .execute();
    }
  };
}

/** Writes a journal as a store does whose clock goes back after its first entry, as by a failover to a server that is behind. */
async function setBackClock(book: TestLedger, partition: number, byMs: number): Promise<void> {
  const client = book.redis.client();
  const key = `ts:{${partition}}:journal`;
  const [first, ...later] = await client.xrange(key, "-", "+");
  await client.del(key);
  if (first) await client.xadd(key, first[0], ...first[1]);
  for (const [entry, fields] of later) {
    const earlier = fields.map((field) =>
      field.replace(/^([0-9a-f]{12}(?:\|[^|]*){3}\|)(\d+)/, (_, before, at) => `${before}${at - byMs}`),
    );
    await client.xadd(key, entry, ...earlier);
  }
}

for (const name of PLACE_NAMES) {
  tests(`brings a reader each event once while others are written (${name})`, async () => {
    const book = await startLedger({ partitions: 4 });
    const url = await placeOf(places, name).fresh();
    const archive = await startArchive(book, url);
    const reading = connectDatabase(addressOf(url));
    let isOver = false;
    const along = readAlong(reading, () => isOver);
    const follower = archive.follower();
    // A life that is made at random may be over at once.
    for (let round = 0; round < 3 || (await eventsIn(archive.database)).length <= 20; round++) {
      await Promise.all([doBusiness(book), catchUp(follower)]);
      await catchUp(follower);
    }
    isOver = true;
    const seen = await along;
    assert.equal(seen.map(nameOf).sort(), (await eventsIn(archive.database)).sort());
    const reached = new Map<string, number>();
    for (const { event, place } of seen) {
      assert.is(event.version, (reached.get(subjectOf(event)) ?? 0) + 1);
      reached.set(subjectOf(event), event.version);
      assert.ok(place <= (await feedHead(reading)));
    }
    await reading.destroy();
    await archive.close();
    await book.stop();
  });

  tests(`leaves out what the store has lost, and has what came instead (${name})`, async () => {
    const book = await startLedger({ partitions: 4 });
    const archive = await startArchive(book, await placeOf(places, name).fresh());
    const follower = archive.follower();
    const request = (payer: string) =>
      book.ledger.requestPayer(
        { party: "lotus" },
        { commandId: payer, payer, amount: 1, currency: "CNY", review: "none" },
      );
    await request("acme");
    await catchUp(follower);
    const before = await feedHead(archive.database);
    const goBack = await rememberStore(book.redis.client());
    await request("lost");
    await catchUp(follower);
    await goBack();
    await request("other");
    await follower.release();
    await catchUp(archive.follower());
    const { fed, next } = await readFeed(archive.database, { after: before, limit: 10 });
    assert.equal(
      fed.map(({ parties }) => parties.payer),
      ["other"],
    );
    assert.is(next, before + 2);
    await archive.close();
    await book.stop();
  });

  tests(
    `has what happened after the store's clock went back, for the parties that it was of (${name})`,
    async () => {
      const book = await startLedger({ partitions: 1 });
      const archive = await startArchive(book, await placeOf(places, name).fresh());
      const request = (payer: string) =>
        book.ledger.requestPayer(
          { party: "lotus" },
          { commandId: "same", payer, amount: 1, currency: "CNY", review: "none" },
        );
      const made = await request("acme");
      if (made.kind !== "done") throw new Error("there is no issuance");
      const { issuanceId } = made.event;
      await book.ledger.execute("payer:decline", { party: "acme" }, { commandId: "no", issuanceId });
      // It has left the store, and nobody remembers its commandId any more.
      const client = book.redis.client();
      await client.del(await client.keys(`*${issuanceId.slice(issuanceId.indexOf("-") + 1)}`));
      await request("other");
      await setBackClock(book, 0, 600_000);
      await catchUp(archive.follower());
      const { fed } = await readFeed(archive.database, { after: 0, limit: 10 });
      assert.equal(
        fed.map(({ event, parties }) => `${event.type} ${parties.payer}`),
        ["payer.requested acme", "payer.declined acme", "payer.requested other"],
      );
      await archive.close();
      await book.stop();
    },
  );

  tests(`passes over nothing once the archive itself has gone back (${name})`, async () => {
    const book = await startLedger({ partitions: 2 });
    const archive = await startArchive(book, await placeOf(places, name).fresh());
    const request = async (partition: number) => {
      const payer = ["acme", "bolt", "cedar", "delta", "echo"].find(
        (one) => partitionOf(one, 2) === partition,
      );
      await book.ledger.requestPayer(
        { party: "lotus" },
        { commandId: `c${partition}`, payer: payer as string, amount: 1, currency: "CNY", review: "none" },
      );
    };
    const goBack = await rememberArchive(archive.database);
    await request(1);
    const follower = archive.follower();
    await catchUp(follower);
    const { fed: before, next } = await readFeed(archive.database, { after: 0, limit: 10 });
    assert.is(before.length, 1);
    await goBack();
    // What is read again comes after what is new, since partitions are read in their order.
    await request(0);
    await follower.release();
    await catchUp(archive.follower());
    const { fed } = await readFeed(archive.database, { after: next, limit: 10 });
    assert.equal(
      fed.map(({ event }) => Number(subjectOf(event).split("-")[0])),
      [0, 1],
    );
    await archive.close();
    await book.stop();
  });

  tests(
    `knows a place that nobody has given out, once archive and store have gone back (${name})`,
    async () => {
      const book = await startLedger({ partitions: 2 });
      const archive = await startArchive(book, await placeOf(places, name).fresh());
      const request = (payer: string) =>
        book.ledger.requestPayer(
          { party: "lotus" },
          { commandId: payer, payer, amount: 1, currency: "CNY", review: "none" },
        );
      const history = new History(askDirectly(archive.database), "book", () => lastPlace(book.store));
      const feed = (after: string) => history.feed({ party: "bank", operator: true }, { after, limit: 10 });
      await request("acme");
      const follower = archive.follower();
      await catchUp(follower);
      const [goBack, archiveGoesBack] = [
        await rememberStore(book.redis.client()),
        await rememberArchive(archive.database),
      ];
      await request("lost");
      await catchUp(follower);
      const { next = "" } = (await feed("0")) ?? {};
      assert.equal((await feed(next))?.events, [], "its end");
      await archiveGoesBack();
      assert.equal((await feed(next))?.events, [], "the store still knows of it");
      await goBack();
      assert.is(await feed(next), undefined);
      assert.is((await feed("0"))?.events.length, 1);
      await archive.close();
      await book.stop();
    },
  );

  tests(`has what an older archive had before, by partition (${name})`, async () => {
    const address = addressOf(await placeOf(places, name).fresh());
    const old = connectDatabase(address);
    await sql`create table migrations (number integer primary key)`.execute(old);
    await MIGRATIONS[0]?.(old, "text");
    await sql`insert into migrations (number) values (1)`.execute(old);
    for (const [partition, position, version, lost] of [
      [1, 1, 1, 0],
      [0, 1, 0, 0],
      [0, 2, 2, 0],
      [0, 3, 3, 1],
      [0, 4, 3, 0],
    ])
      await sql`insert into journal values (${partition}, ${position}, '1-0', '0-x', ${version}, '[]', ${lost})`.execute(
        old,
      );
    await old.destroy();
    const { database, close } = await openDatabase(address);
    const rows = await database
      .selectFrom("journal")
      .select(["partition", "position", "feed"])
      .where("feed", ">", 0)
      .orderBy("feed")
      .execute();
    assert.equal(
      rows.map((row) => [row.partition, row.position, row.feed]),
      [
        [0, 2, 1],
        [0, 4, 2],
        [1, 1, 3],
      ],
    );
    await close();
  });
}

tests.run();
