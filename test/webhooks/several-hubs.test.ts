// about 13 s, mostly waiting
/** Several hubs deliver from one archive: each event once, and when one has gone another goes on. */
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { connectDatabase, type Database } from "../../server/archive/database.ts";
import { parseArchiveUrl } from "../../server/archive-url.ts";
import { Deliverer } from "../../server/webhooks/deliverer.ts";
import { putWebhook } from "../../server/webhooks/endpoints.ts";
import { GIVE_UP_AFTER_MS } from "../../server/webhooks/pauses.ts";
import { DELIVERED_KEPT_MS, FAILED_KEPT_MS, prune } from "../../server/webhooks/prune.ts";
import type { Outcome } from "../../server/webhooks/record.ts";
import { PLACE_NAMES, type Places, placeOf, startPlaces } from "../archive/places.ts";
import { catchUp, startArchive, type TestArchive } from "../archive/start-archive.ts";
import { freshId } from "../helpers/raw-terminal.ts";
import { startLedger, type TestLedger } from "../ledger/start-ledger.ts";
import { doBusiness } from "./business.ts";
import { type Receiver, startReceiver } from "./receiver.ts";
import { inOrder } from "./webhook-scene.ts";

const hubs = suite("webhooks of several hubs");

let places: Places;
hubs.before(async () => {
  places = await startPlaces();
});
hubs.after(() => places.stop());

interface Context {
  book: TestLedger;
  archive: TestArchive;
  receiver: Receiver;
  /** What does for a hub what its thread does. */
  start: () => Running;
  put: (id: string) => Promise<void>;
}

interface Running {
  deliverer: Deliverer;
  database: Database;
  outcomes: Outcome[];
  /** No more looks: as if its process were gone. */
  vanish: () => Promise<void>;
  close: () => Promise<void>;
}

for (const name of PLACE_NAMES) {
  const test = (title: string, run: (context: Context) => Promise<void>) =>
    hubs(`${title} (${name})`, async () => {
      const book = await startLedger({ partitions: 4 });
      const url = await placeOf(places, name).fresh();
      const archive = await startArchive(book, url);
      const receiver = await startReceiver();
      const put = async (id: string) => {
        await putWebhook(archive.database, { id, url: receiver.url, writeId: freshId() });
      };
      await run({ book, archive, receiver, put, start: () => startDeliverer(url) });
      await receiver.close();
      await archive.close();
      await book.stop();
    });

  test("bring each event once, one of a subject at a time", async ({
    book,
    archive,
    receiver,
    start,
    put,
  }) => {
    const underWay = new Set<string>();
    receiver.answer = async ({ event }, response) => {
      assert.not(underWay.has(event.subject), "two of one subject at a time");
      underWay.add(event.subject);
      await sleep(2);
      underWay.delete(event.subject);
      response.writeHead(200).end();
    };
    for (const id of ["a", "b", "c"]) await put(id);
    await archive.database.deleteFrom("webhooks").where("id", "!=", "a").execute();
    const running = [start(), start(), start()];
    const follower = archive.follower();
    await doBusiness(book, 20);
    await catchUp(follower);
    const got = await receiver.count(40);
    await sleep(100);
    assert.is(got.length, 40);
    assert.is(new Set(got.map(({ event }) => event.id)).size, 40);
    inOrder(got.map(({ event }) => event));
    for (const one of running) await one.close();
    const outcomes = running.flatMap((one) => one.outcomes);
    assert.equal(new Set(outcomes), new Set(["delivered"]));
    assert.is(outcomes.length, 40);
  });

  test("go on with what one of them had, in order, once its lease is over", async ({
    book,
    archive,
    receiver,
    start,
    put,
  }) => {
    await put("a");
    const first = start();
    while ((await holderOf(archive.database)) === "") await sleep(10);
    receiver.answer = async (_got, response) => {
      await sleep(5);
      response.writeHead(200).end();
    };
    await doBusiness(book, 20);
    await catchUp(archive.follower());
    await receiver.count(10);
    await first.vanish();
    const second = start();
    const holder = await holderOf(archive.database);
    await second.deliverer.look();
    assert.is(await holderOf(archive.database), holder, "nobody takes what is held");
    // Nobody waits here until the lease is over.
    await archive.database.updateTable("webhooks").set({ held_until: 0 }).execute();
    while (new Set(receiver.got.map(({ event }) => event.id)).size < 40) await sleep(10);
    inOrder(receiver.got.map(({ event }) => event));
    await second.close();
    assert.is(await waiting(archive.database), 0);
  });

  test("give up after three days, and forget after a week or a month", async ({
    book,
    archive,
    receiver,
    start,
    put,
  }) => {
    await put("a");
    receiver.answer = ({ event }, response) =>
      void response.writeHead(event.type === "payer.requested" ? 400 : 200).end();
    const one = start();
    const [subject] = await doBusiness(book, 1);
    await catchUp(archive.follower());
    await receiver.count(1);
    while (!one.outcomes.includes("retried")) await sleep(10);
    const { database } = archive;
    await database
      .updateTable("deliveries")
      .set((row) => ({ since: row("since", "-", GIVE_UP_AFTER_MS) }))
      .execute();
    while (!one.outcomes.includes("delivered")) await sleep(10);
    await one.close();
    const rows = await database.selectFrom("deliveries").selectAll().orderBy("place").execute();
    assert.equal(
      rows.map((row) => [row.subject, row.version, row.state]),
      [
        [subject, 1, "failed"],
        [subject, 2, "delivered"],
      ],
    );
    const statesAfter = async (ms: number) => {
      while (await prune(database, Date.now() + ms));
      return (await database.selectFrom("deliveries").select("state").execute()).map(({ state }) => state);
    };
    assert.equal((await statesAfter(0)).sort(), ["delivered", "failed"]);
    assert.equal(await statesAfter(DELIVERED_KEPT_MS + 60_000), ["failed"]);
    assert.equal(await statesAfter(FAILED_KEPT_MS + 60_000), []);
  });

  test("are not ended by a 410 of where they went before", async ({
    book,
    archive,
    receiver,
    start,
    put,
  }) => {
    await put("a");
    const elsewhere = await startReceiver();
    const { database } = archive;
    receiver.answer = async (_got, response) => {
      await putWebhook(database, { id: "a", url: elsewhere.url, writeId: freshId() });
      response.writeHead(410).end();
    };
    const one = start();
    await doBusiness(book, 1);
    await catchUp(archive.follower());
    await elsewhere.count(2);
    await one.close();
    assert.is(receiver.got.length, 1);
    const row = await database.selectFrom("webhooks").select("ended_at").executeTakeFirstOrThrow();
    assert.is(row.ended_at, 0);
    await elsewhere.close();
  });

  test("tell nothing of what the store has lost meanwhile, nor of what is another's", async ({
    book,
    archive,
    receiver,
    start,
    put,
  }) => {
    await put("a");
    receiver.answer = (_got, response) => void response.writeHead(500).end();
    const one = start();
    await doBusiness(book, 2);
    await catchUp(archive.follower());
    while (one.outcomes.length < 2) await sleep(10);
    const { database } = archive;
    await database.updateTable("journal").set({ is_lost: 1 }).where("feed", "<=", 2).execute();
    await putWebhook(database, { id: "a", url: receiver.url, party: "stranger", writeId: freshId() });
    while ((await waiting(database)) > 0) await sleep(10);
    await one.close();
    const rows = await database.selectFrom("deliveries").select("state").execute();
    assert.equal(new Set(rows.map(({ state }) => state)), new Set(["dropped"]));
    assert.ok(receiver.got.every(({ event }) => event.sequence === "0000000001"));
  });
}

function startDeliverer(url: string): Running {
  const address = parseArchiveUrl(url);
  assert.ok(address.kind !== "none");
  const database = connectDatabase(address);
  const outcomes: Outcome[] = [];
  const deliverer = new Deliverer({
    database,
    bookId: "book",
    network: { allowPrivate: true },
    attempted: (outcome) => outcomes.push(outcome),
    counted: () => undefined,
    failed: (error) => {
      throw error;
    },
  });
  let isGone = false;
  const looking = (async () => {
    while (!isGone) {
      await deliverer.look();
      await sleep(10);
    }
  })();
  const vanish = async () => {
    isGone = true;
    await looking;
  };
  const close = async () => {
    await vanish();
    await deliverer.close();
    await database.destroy();
  };
  return { deliverer, database, outcomes, vanish, close };
}

async function holderOf(database: Database): Promise<string> {
  return (await database.selectFrom("webhooks").select("holder").executeTakeFirstOrThrow()).holder;
}

async function waiting(database: Database): Promise<number> {
  const rows = await database
    .selectFrom("deliveries")
    .select("place")
    .where("state", "=", "pending")
    .execute();
  return rows.length;
}

hubs.run();
