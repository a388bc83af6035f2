// about 12 s, mostly waiting
/** Whatever the archive and the webhooks ask of a database, it finds by an index, and not by a look at every row. */
import { setTimeout as sleep } from "node:timers/promises";
import { issuanceIdOf } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Database } from "../../server/archive/database.ts";
import { readFedAt, readFeed } from "../../server/archive/feed.ts";
import { askDirectly } from "../../server/archive/open-existing.ts";
import type { WebhookTable } from "../../server/archive/schema.ts";
import { ARCHIVE_LEASE_KEY } from "../../server/ledger/keys.ts";
import { deliverAgain, listDeliveries } from "../../server/webhooks/deliveries.ts";
import { bringForward, readDue, readNextDue } from "../../server/webhooks/due.ts";
import { deleteWebhook, putWebhook, rotateWebhook } from "../../server/webhooks/endpoints.ts";
import { fanOut } from "../../server/webhooks/fan-out.ts";
import { Leases } from "../../server/webhooks/lease.ts";
import { prune } from "../../server/webhooks/prune.ts";
import { record } from "../../server/webhooks/record.ts";
import { ISSUER, PAYER, VoucherBook } from "../audit/vouchers.ts";
import { freshId } from "../helpers/raw-terminal.ts";
import { rememberStore } from "../helpers/rewind.ts";
import { startLedger } from "../ledger/start-ledger.ts";
import { PLACE_NAMES, type Places, placeOf, startPlaces } from "./places.ts";
import { FULL_SCAN, listenTo, planOf } from "./plan-of.ts";
import { catchUp, startArchive } from "./start-archive.ts";

const plans = suite("the plans of the archive's databases");

let places: Places;
plans.before(async () => {
  places = await startPlaces();
});
plans.after(() => places.stop());

const EXPLAINED = /^\s*(select|update|delete)/i;

async function assertByIndex(
  database: Database,
  name: string,
  asked: ReturnType<typeof listenTo>["asked"],
): Promise<void> {
  const different = new Map(asked.map((query) => [query.sql, query]));
  const explained = [...different.values()].filter((query) => EXPLAINED.test(query.sql));
  assert.ok(explained.length > 10, String(explained.length));
  for (const query of explained) assert.not.match(await planOf(database, name, query), FULL_SCAN, query.sql);
}

for (const name of PLACE_NAMES) {
  plans(`look at few rows for whatever is written, retired, asked and lost (${name})`, async () => {
    const book = await startLedger({ isArchived: true });
    const archive = await startArchive(book, await placeOf(places, name).fresh());
    try {
      const { listening, asked } = listenTo(archive.database);
      const vouchers = new VoucherBook(book);
      await vouchers.begin();
      const voucherId = await vouchers.issue();
      const goBack = await rememberStore(book.redis.client());
      await vouchers.settle(await vouchers.draw(voucherId));
      const follower = archive.follower({ database: listening, retireAfterMs: 1, rememberMs: 60_000 });
      await catchUp(follower);
      for (let round = 0; round < 3; round++) {
        await sleep(3);
        await follower.step();
      }
      const archived = askDirectly(listening);
      const known = [{ id: voucherId, version: 1, digest: "0123456789ab" }];
      assert.ok(await archived.ask("readRetired", { id: voucherId }), "it has left the store");
      await archived.ask("readIssuance", issuanceIdOf(voucherId));
      await archived.ask("readVoucher", voucherId);
      await archived.ask("readCredits", voucherId);
      await archived.ask("readCredits", `${voucherId}.2`);
      await archived.ask("compareKnown", { party: PAYER, known });
      await archived.ask("listEnded", { party: ISSUER, state: "honoured", limit: 10 });
      await archived.ask("listRetired", [voucherId]);
      await archived.ask("listHeads", { partition: 3, table: "vouchers", after: "", limit: 10 });
      await archived.ask("readJournal", { partition: 3, after: 0, limit: 10 });
      await archived.ask("readStatement", { party: PAYER, number: "6222020200112233", limit: 10 });
      await readFeed(listening, { after: 1, party: PAYER, limit: 10 });
      await readFedAt(listening, [1, 2]);
      await goBack();
      await follower.release();
      await book.store.del(ARCHIVE_LEASE_KEY);
      await catchUp(archive.follower({ database: listening }));
      assert.ok(archive.said.join().includes("went back"), archive.said.join());
      await assertByIndex(archive.database, name, asked);
    } finally {
      await archive.close();
      await book.stop();
    }
  });

  plans(`look at few rows for endpoints and their deliveries (${name})`, async () => {
    const book = await startLedger({ isArchived: true });
    const archive = await startArchive(book, await placeOf(places, name).fresh());
    const { database } = archive;
    try {
      const { listening, asked } = listenTo(database);
      const endpoint = { url: "https://one.example/", types: ["voucher.issued"] as "voucher.issued"[] };
      await putWebhook(listening, { id: "one", ...endpoint, writeId: freshId() });
      const vouchers = new VoucherBook(book);
      await vouchers.begin();
      await vouchers.issue();
      await catchUp(archive.follower());
      const row = () => database.selectFrom("webhooks").selectAll().executeTakeFirstOrThrow();
      const leases = new Leases(listening, "hub");
      await leases.hold([await row()], { now: Date.now(), at: performance.now() });
      const held: WebhookTable = await row();
      assert.is((await fanOut(listening, held, Date.now())).added, 2);
      const { key } = held;
      const question = { key, now: Date.now() + 1, busy: ["another"], count: 10 };
      const [first] = await readDue(listening, question);
      await readNextDue(listening, question);
      await bringForward(listening, key, Date.now());
      assert.ok(first);
      const about = { delivery: first, changes: 0, status: 500, reason: "answered 500" };
      for (const outcome of ["retried", "delivered"] as const)
        assert.ok(await record(listening, held, { attempts: [{ ...about, outcome }], now: Date.now() }));
      for (const state of [undefined, "pending", "failed"] as const)
        await listDeliveries(listening, { id: "one", state, after: "9", limit: 10 });
      const deliveryId = String(first.place);
      assert.ok(await deliverAgain(listening, { id: "one", deliveryId, writeId: freshId() }));
      await putWebhook(listening, { id: "one", ...endpoint, writeId: freshId() });
      await rotateWebhook(listening, { id: "one", writeId: freshId() });
      await deleteWebhook(listening, { id: "one", writeId: freshId() });
      await prune(listening, Date.now());
      await leases.release();
      await assertByIndex(database, name, asked);
    } finally {
      await archive.close();
      await book.stop();
    }
  });
}

plans.run();
