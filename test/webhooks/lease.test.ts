/** Who sends to an endpoint, whatever the database's clock does. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type ArchivePlace, openDatabase } from "../../server/archive/database.ts";
import type { WebhookTable } from "../../server/archive/schema.ts";
import { parseArchiveUrl } from "../../server/archive-url.ts";
import { putWebhook } from "../../server/webhooks/endpoints.ts";
import { Leases } from "../../server/webhooks/lease.ts";
import { PLACE_NAMES, type Places, placeOf, startPlaces } from "../archive/places.ts";

const leases = suite("a hub's lease of an endpoint");

let places: Places;
leases.before(async () => {
  places = await startPlaces();
});
leases.after(() => places.stop());

const HOUR_MS = 3_600_000;
/** Longer than a lease lasts. */
const LONG_MS = 30_000;

for (const name of PLACE_NAMES) {
  leases(`ends with its holder, though the database's clock was put back (${name})`, async () => {
    const url = await placeOf(places, name).fresh();
    const { database, close } = await openDatabase(parseArchiveUrl(url) as ArchivePlace);
    for (const id of ["dead", "alive"])
      await putWebhook(database, { id, url: "https://pay.example/", writeId: id });
    const now = 10 * HOUR_MS;
    const heldBy = (holder: string, held_until: number) =>
      database.updateTable("webhooks").set({ holder, held_until }).where("id", "=", holder).execute();
    const read = (): Promise<WebhookTable[]> => database.selectFrom("webhooks").selectAll().execute();
    // Both were taken before the clock went back by an hour; one of their hubs goes on.
    await heldBy("dead", now + HOUR_MS);
    await heldBy("alive", now + HOUR_MS);
    const other = new Leases(database, "other");
    assert.is((await other.hold(await read(), { now, at: 0 })).size, 0);
    await heldBy("alive", now + 20_000);
    assert.is((await other.hold(await read(), { now: now + 1_000, at: 1_000 })).size, 0);
    await heldBy("alive", now + LONG_MS + 20_000);
    const rows = await read();
    const held = await other.hold(rows, { now: now + LONG_MS, at: LONG_MS });
    const idOf = new Map(rows.map(({ key, id }) => [key, id]));
    assert.equal(
      [...held.keys()].map((key) => idOf.get(key)),
      ["dead"],
    );
    await close();
  });

  leases(`is not taken from one that has asked for it again meanwhile (${name})`, async () => {
    const url = await placeOf(places, name).fresh();
    const { database, close } = await openDatabase(parseArchiveUrl(url) as ArchivePlace);
    await putWebhook(database, { id: "one", url: "https://pay.example/", writeId: "one" });
    const rows = await database.selectFrom("webhooks").selectAll().execute();
    const [first, second] = [new Leases(database, "first"), new Leases(database, "second")];
    assert.is((await first.hold(rows, { now: 1_000, at: 0 })).size, 1);
    assert.is((await second.hold(rows, { now: 1_000, at: 0 })).size, 0);
    await close();
  });
}

leases.run();
