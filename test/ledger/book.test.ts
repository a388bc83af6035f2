/** A book is served only as it was made: with its partitions, and in a form that this hub can read. */
import type { Redis } from "ioredis";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { BookError, openBook } from "../../server/ledger/book.ts";
import { bookKey } from "../../server/ledger/keys.ts";
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
  const begun = await openBook(client, 16);
  assert.match(begun.id, /^[A-Za-z0-9_-]{12}$/);
  assert.equal(begun, { id: begun.id, partitions: 16, isNew: true, blank: [] });
  assert.equal(await openBook(client, 16), { ...begun, isNew: false });
  const other = await startRedis();
  assert.is.not((await openBook(other.client(), 16)).id, begun.id);
  await other.stop();
});

const PARTITIONS = Array.from({ length: 16 }, (_, partition) => partition);
const idsNow = () => Promise.all(PARTITIONS.map((partition) => client.hget(bookKey(partition), "id")));

books("is written in every partition, and begun once by however many hubs that start at once", async () => {
  const opened = await Promise.all(PARTITIONS.map(() => openBook(redis.client(), 16)));
  assert.is(opened.filter(({ isNew }) => isNew).length, 1);
  const [first] = opened;
  assert.equal(new Set(await idsNow()), new Set([first?.id]));
  for (const { id, blank } of opened) assert.equal({ id, blank }, { id: first?.id, blank: [] });
  for (const partition of PARTITIONS) {
    const { partitions, format, beginning } = await client.hgetall(bookKey(partition));
    assert.equal({ partitions, format, beginning }, { partitions: "16", format: "4", beginning: undefined });
  }
});

books("is refused with other partitions, whichever markers were lost", async () => {
  for (const left of [1, 15]) {
    await client.flushall();
    await openBook(client, 16);
    await client.del(PARTITIONS.filter((partition) => partition !== left).map(bookKey));
    for (const partitions of [8, 32, 256]) {
      // With fewer partitions the one marker that is left is out of sight; that something is there is not.
      await client.set("ts:{3}:confirmed", "0");
      await refused(
        openBook(client, partitions),
        /set PARTITIONS=16|no partition of it says whose book it is/,
      );
    }
    const { blank } = await openBook(client, 16);
    assert.equal(
      blank,
      PARTITIONS.filter((partition) => partition !== left),
    );
  }
});

books("that has lost all its markers, but not its data, is not begun anew by itself", async () => {
  const before = await openBook(client, 16);
  await client.hset("ts:{7}:account:acme:1", "total", "1");
  await client.del(PARTITIONS.map(bookKey));
  await refused(openBook(client, 16), /accept the loss with: tallystick book begin/);
  await refused(startHub({ redisUrl: redis.url }), /accept the loss with: tallystick book begin/);
  assert.equal(await client.keys("*"), ["ts:{7}:account:acme:1"]);
  assert.ok(before.isNew);
});

books("that a hub had only begun to begin, is finished by the next under the same name", async () => {
  for (let written = 1; written <= 17; written++) {
    await client.flushall();
    // The hub dies once it has written so many markers.
    const dying = redis.client();
    let left = written;
    const evalsha = dying.evalsha.bind(dying) as (...args: unknown[]) => Promise<unknown>;
    Object.assign(dying, {
      evalsha: async (...args: unknown[]) => {
        if (left-- <= 0) throw new Error("it has died");
        return evalsha(...args);
      },
      eval: async (source: string, ...args: unknown[]) => client.eval(source, ...(args as [number])),
    });
    await openBook(dying, 16).catch((error: Error) => assert.is(error.message, "it has died"));
    const [begun] = await idsNow();
    assert.ok(begun, "partition 0 comes first");
    const opened = await openBook(client, 16);
    assert.equal(opened, { id: begun as string, partitions: 16, isNew: false, blank: [] });
    assert.equal(new Set(await idsNow()), new Set([begun]));
  }
});

books("is not mended where a partition was emptied after it had begun", async () => {
  const { id } = await openBook(client, 16);
  await client.del(bookKey(0), bookKey(5));
  assert.equal(await openBook(client, 16), { id, partitions: 16, isNew: false, blank: [0, 5] });
  assert.equal(await client.exists(bookKey(0), bookKey(5)), 0);
});

books("is refused when a part of it is another book's", async () => {
  await openBook(client, 16);
  await client.hset(bookKey(5), "id", "another-book");
  await refused(openBook(client, 16), /parts of different books .*another-book/);
});

async function refused(opening: Promise<unknown>, message: RegExp): Promise<void> {
  await opening.then(
    () => assert.unreachable(),
    (error: Error) => {
      assert.instance(error, BookError);
      assert.match(error.message, message);
    },
  );
}

books("is refused with other partitions than it was made with, and stays as it was", async () => {
  await openBook(client, 16);
  const before = await client.hgetall(bookKey(0));
  await openBook(client, 32).then(
    () => assert.unreachable(),
    (error: Error) => {
      assert.instance(error, BookError);
      assert.match(error.message, "set PARTITIONS=16");
    },
  );
  assert.equal(await client.hgetall(bookKey(0)), before);
});

books("of an older format is refused by a hub, which touches nothing", async () => {
  await client.hset(bookKey(0), { partitions: 16, format: 1 });
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
  assert.equal(await client.keys("*"), [bookKey(0)]);
  assert.equal(await client.hgetall(bookKey(0)), { partitions: "16", format: "1" });
});

books.run();
