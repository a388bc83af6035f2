// time limit: 600 s
// about 12 s
/** A hub is killed while it delivers: nothing is lost, and the order of each subject is kept. */
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { connectDatabase } from "../../server/archive/database.ts";
import { parseArchiveUrl } from "../../server/archive-url.ts";
import { ARCHIVE_LEASE_KEY } from "../../server/ledger/keys.ts";
import { PLACE_NAMES, type Places, placeOf, startPlaces } from "../archive/places.ts";
import { startChildHub } from "../helpers/child-hub.ts";
import { startLedger } from "../ledger/start-ledger.ts";
import { doBusiness } from "./business.ts";
import { isVerified, startReceiver } from "./receiver.ts";
import { inOrder } from "./webhook-scene.ts";

const ISSUANCES = 20;

let places: Places;
const killed = suite("webhooks of a hub that is killed");
killed.before(async () => {
  places = await startPlaces();
});
killed.after(() => places.stop());

for (const name of PLACE_NAMES) {
  killed(`are all delivered by the next (${name})`, async () => {
    const book = await startLedger();
    const ARCHIVE_URL = await placeOf(places, name).fresh();
    const start = () =>
      startChildHub({ REDIS_URL: book.redis.url, ARCHIVE_URL, WEBHOOK_ALLOW_PRIVATE: "yes" });
    const receiver = await startReceiver();
    receiver.answer = async (_got, response) => {
      await sleep(10);
      response.writeHead(200).end();
    };
    let hub = await start();
    const answer = await fetch(`${hub.url}/v1/webhooks/one`, {
      method: "PUT",
      headers: {
        authorization: `Bearer ${await hub.token("ops", { operator: true })}`,
        "content-type": "application/json",
      },
      body: JSON.stringify({ url: receiver.url }),
    });
    const { secret } = (await answer.json()) as { secret: string };
    const business = doBusiness(book, ISSUANCES);
    await receiver.count(8);
    await hub.kill();
    await business;
    // Nobody waits here until its leases are over.
    const address = parseArchiveUrl(ARCHIVE_URL);
    assert.ok(address.kind !== "none");
    const database = connectDatabase(address);
    await database.updateTable("webhooks").set({ held_until: 0 }).execute();
    await book.store.del(ARCHIVE_LEASE_KEY);
    hub = await start();
    const named = new Set<string>();
    while (named.size < 2 * ISSUANCES) {
      for (const { event } of receiver.got) named.add(event.id);
      await sleep(20);
    }
    inOrder(receiver.got.map(({ event }) => event));
    assert.ok(receiver.got.every((got) => isVerified(got, secret)));
    let left = 1;
    while (left > 0) {
      const pending = database.selectFrom("deliveries").select("place").where("state", "=", "pending");
      left = (await pending.execute()).length;
      await sleep(20);
    }
    await database.destroy();
    await hub.close();
    assert.equal(hub.wrongs, []);
    await receiver.close();
    await book.stop();
  });
}

killed.run();
