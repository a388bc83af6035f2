/** What nobody asks for any more is taken away, however much of it there is at once, and deliveries go on meanwhile. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openDatabase } from "../../server/archive/database.ts";
import { inChunks } from "../../server/archive/heads.ts";
import type { DeliveryTable } from "../../server/archive/schema.ts";
import { parseArchiveUrl } from "../../server/archive-url.ts";
import { putWebhook } from "../../server/webhooks/endpoints.ts";
import { DELIVERED_KEPT_MS, prune } from "../../server/webhooks/prune.ts";
import { PLACE_NAMES, type Places, placeOf, startPlaces } from "../archive/places.ts";
import { freshId } from "../helpers/raw-terminal.ts";

const EACH = 600;

let places: Places;
const lists = suite("long lists of deliveries");
lists.before(async () => {
  places = await startPlaces();
});
lists.after(() => places.stop());

for (const name of PLACE_NAMES) {
  lists(`are taken away, those that are old and a deleted endpoint's (${name})`, async () => {
    const address = parseArchiveUrl(await placeOf(places, name).fresh());
    assert.ok(address.kind !== "none");
    const { database, close } = await openDatabase(address);
    await putWebhook(database, { id: "kept", url: "https://kept.example/", writeId: freshId() });
    const { key } = await database.selectFrom("webhooks").select("key").executeTakeFirstOrThrow();
    const now = Date.now();
    const old = Array.from({ length: EACH }, (_, index) => delivered(key, index + 1, 1));
    const orphans = Array.from({ length: EACH }, (_, index) => delivered("deleted", index + 1, now));
    const fresh = delivered(key, EACH + 1, now);
    for (const some of inChunks([...old, ...orphans, fresh]))
      await database.insertInto("deliveries").values(some).execute();
    while (await prune(database, now + DELIVERED_KEPT_MS));
    const left = await database.selectFrom("deliveries").select("place").execute();
    assert.equal(left, [{ place: EACH + 1 }]);
    await close();
  });
}

function delivered(webhook: string, place: number, ended_at: number): DeliveryTable {
  const about = { webhook, place, subject: "s", version: place, type: "payer.requested" } as const;
  const times = { since: 1, next_at: 1, ended_at };
  return { ...about, ...times, state: "delivered", attempts: 1, status: 200, reason: "" };
}

lists.run();
