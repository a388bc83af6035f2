// about 15 s
/** A book whose store has let go of what has ended, and whose archive has forgotten a party, is made anew as it was. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { PLACE_NAMES, type Places, placeOf, startPlaces } from "../archive/places.ts";
import {
  begin,
  type Context,
  decline,
  end,
  findings,
  honour,
  isInStore,
  retire,
} from "../archive/retiring-book.ts";
import { startArchive } from "../archive/start-archive.ts";
import { BENEFICIARY, PAYER, TO } from "../audit/vouchers.ts";
import { runCommand } from "../cli/run-command.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { openRestored } from "./open-restored.ts";
import { assertSameBook } from "./same-book.ts";

const PARTITIONS = 16;
const restores = suite("a book made anew whose store had let go of what has ended");

let places: Places;
restores.before(async () => {
  places = await startPlaces();
});
restores.after(() => places.stop());

interface Restoring extends Context {
  redis: TestRedis;
  url: string;
  /** Restores the book into the empty Redis, and audits it. */
  restore(): Promise<Context>;
}

for (const name of PLACE_NAMES) {
  const test = (title: string, run: (context: Restoring) => Promise<void>) =>
    restores(`${title} (${name})`, async () => {
      const url = await placeOf(places, name).fresh();
      const context = await begin({ name, fresh: async () => url });
      const redis = await startRedis();
      const opened: { close(): Promise<void> }[] = [];
      const restore = async (): Promise<Context> => {
        const environment = { REDIS_URL: redis.url, ARCHIVE_URL: url, PARTITIONS: String(PARTITIONS) };
        const { status, out, error } = await runCommand(["restore"], { environment });
        assert.equal([status, error], [0, ""], out);
        assert.match(out, /In balance/);
        const store = redis.client();
        const book = { ...context.book, ...(await openRestored({ store }, context.book.options)), redis };
        const archive = await startArchive(book, url);
        opened.push(archive);
        return { ...context, book, archive };
      };
      try {
        await run({ ...context, redis, url, restore });
      } finally {
        for (const archive of opened) await archive.close();
        await end(context);
        await redis.stop();
      }
    });

  test("is the one that it was, and what has left stays away", async (context) => {
    const { book, vouchers, redis, restore } = context;
    const gone = [await decline(context, "a"), await honour(context)];
    const stay = [await honour(context, { isPaid: false }), await vouchers.issue()];
    await retire(context);
    for (const id of gone) assert.not(await isInStore(book, id));
    // Some of it is still in the journal, and on its way out.
    stay.push(await decline(context, "b"));
    await retire(context, { retireAfterMs: 3_600_000 });
    const restored = await restore();
    await assertSameBook(book.redis.client(), redis.client(), PARTITIONS);
    for (const id of gone) assert.not(await isInStore(restored.book, id));
    for (const id of stay) assert.ok(await isInStore(restored.book, id));
    const offer = { commandId: "a", payer: PAYER, amount: 3, currency: "CNY" } as const;
    const again = await restored.book.ledger.requestPayer({ party: "shop" }, offer);
    assert.ok(again.kind === "refused" && again.isRetired, "it is remembered");
    // And it goes on: what is left to leave leaves.
    await retire(restored);
    assert.not(await isInStore(restored.book, stay[2] as string));
    assert.equal([restored.archive.fenced, restored.archive.said], [[], []]);
    assert.equal(await findings(restored), []);
  });

  test("lives on after a party was forgotten", async (context) => {
    const { book, vouchers, redis, restore } = context;
    const gone = [await decline(context, "a"), await honour(context)];
    const living = await vouchers.issue();
    await retire(context);
    await book.ledger.forget(PAYER);
    await retire(context);
    const { blanked } = await context.archive.database
      .selectFrom("forgets")
      .select("blanked")
      .where("party", "=", PAYER)
      .executeTakeFirstOrThrow();
    assert.ok(blanked > 0);
    const restored = await restore();
    await assertSameBook(book.redis.client(), redis.client(), PARTITIONS);
    for (const id of gone) assert.not(await isInStore(restored.book, id));
    const { vouchers: alive } = restored.book.ledger;
    const reading = await alive.read(living);
    assert.is(reading.kind === "found" && reading.snapshot.memo, "steel", "what lives has its texts");
    const draw = { commandId: "after", voucherId: living, to: { number: TO, holder: "Carrier" } };
    assert.is((await alive.execute("voucher:draw", { party: BENEFICIARY }, draw)).kind, "done");
    await retire(restored);
    assert.equal([restored.archive.fenced, restored.archive.said], [[], []]);
    assert.equal(await findings(restored), []);
  });
}

restores.run();
