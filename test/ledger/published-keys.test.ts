/** The public keys of documents: published for as long as anything that they have signed is good, and not in another's book. */
import { setTimeout } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { bookKey, SIGNING_KEYS_KEY } from "../../server/ledger/keys.ts";
import { isUnavailable } from "../../server/redis/availability.ts";
import { startLedger, type TestLedger } from "./start-ledger.ts";

const keys = suite("published keys");
const [ONE, OTHER] = ["A".repeat(43), "B".repeat(42).concat("A")] as const;

let book: TestLedger;
keys.before.each(async () => {
  book = await startLedger();
});
keys.after.each(() => book.stop());

const inHours = async (hours: number) => (await book.ledger.now()) + hours * 3_600_000;

keys("are published until the latest time that was asked for, whichever was asked for first", async () => {
  const { publishedKeys } = book.ledger;
  const [soon, later] = [await inHours(1), await inHours(24 * 400)];
  assert.equal(await publishedKeys.list(), []);
  await publishedKeys.publish({ x: ONE, until: later });
  await publishedKeys.publish({ x: OTHER, until: soon });
  await publishedKeys.publish({ x: ONE, until: soon });
  assert.equal(await publishedKeys.list(), [
    { x: OTHER, until: soon },
    { x: ONE, until: later },
  ]);
});

keys(
  "go when what they have signed has expired, out of the list at once and out of the store with the next",
  async () => {
    const { publishedKeys } = book.ledger;
    const now = () => book.ledger.now();
    const until = (await now()) + 300;
    await publishedKeys.publish({ x: ONE, until });
    assert.is((await publishedKeys.list()).length, 1);
    while ((await now()) <= until) await setTimeout(20);
    assert.equal(await publishedKeys.list(), []);
    assert.is(await book.store.zcard(SIGNING_KEYS_KEY), 1);
    await publishedKeys.publish({ x: OTHER, until: await inHours(1) });
    assert.equal(await book.store.zrange(SIGNING_KEYS_KEY, "0", "-1"), [OTHER]);
    await publishedKeys.publish({ x: ONE, until });
    assert.equal(await book.store.zrange(SIGNING_KEYS_KEY, "0", "-1"), [OTHER]);
  },
);

keys("are not written into a partition that was emptied, or that is another book's", async () => {
  const key = { x: ONE, until: await inHours(1) };
  for (const lose of [
    () => book.store.del(bookKey(0)),
    () => book.store.hset(bookKey(0), "id", "another"),
    () => book.store.flushall(),
  ]) {
    await lose();
    const error = await book.ledger.publishedKeys.publish(key).catch((thrown: unknown) => thrown);
    assert.ok(isUnavailable(error), String(error));
    assert.is(await book.store.exists(SIGNING_KEYS_KEY), 0);
  }
});

keys.run();
