/** A book is served only as it was made: with its partitions, and in a form that this hub can read. */
import type { Redis } from "ioredis";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { BookError, openBook } from "../../server/ledger/book.ts";
import { BOOK_KEY } from "../../server/ledger/keys.ts";
import { startHub } from "../helpers/hub.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";

const books = suite("the book");

let redis: TestRedis;
let client: Redis;
books.before.each(async () => {
  redis = await startRedis();
  client = redis.client();
});
books.after.each(() => redis.stop());

books("is begun once, and found again afterwards", async () => {
  assert.equal(await openBook(client, 16), { isNew: true });
  assert.equal(await openBook(client, 16), { isNew: false });
});

books("is refused with other partitions than it was made with, and stays as it was", async () => {
  await openBook(client, 16);
  const before = await client.hgetall(BOOK_KEY);
  await openBook(client, 32).then(
    () => assert.unreachable(),
    (error: Error) => {
      assert.instance(error, BookError);
      assert.match(error.message, "set PARTITIONS=16");
    },
  );
  assert.equal(await client.hgetall(BOOK_KEY), before);
});

books("of an older format is refused by a hub, which touches nothing", async () => {
  await client.hset(BOOK_KEY, { partitions: 16, format: 1 });
  await startHub({ redisUrl: redis.url }).then(
    () => assert.unreachable(),
    (error: Error) => {
      assert.instance(error, BookError);
      assert.match(
        error.message,
        /has format 1, and this hub reads format \d+: run the version that made it/,
      );
    },
  );
  assert.equal(await client.keys("*"), [BOOK_KEY]);
  assert.equal(await client.hgetall(BOOK_KEY), { partitions: "16", format: "1" });
});

books.run();
