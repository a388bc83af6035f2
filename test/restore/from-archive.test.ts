// about 25 s, mostly waiting
/** `tallystick restore`: a book is made anew from its archive, in SQLite and in PostgreSQL, which then goes on with it. */
import type { Redis } from "ioredis";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { PLACE_NAMES, type Places, placeOf, startPlaces } from "../archive/places.ts";
import { catchUp, startArchive } from "../archive/start-archive.ts";
import { PAYER } from "../audit/vouchers.ts";
import { runCommand } from "../cli/run-command.ts";
import { startRedis } from "../helpers/redis.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { startLedger } from "../ledger/start-ledger.ts";
import { fillEventfully } from "./eventful-book.ts";
import { openRestored } from "./open-restored.ts";
import { assertSameBook } from "./same-book.ts";

const restores = suite("a book made anew from its archive");
const PARTITIONS = 16;

let places: Places;
restores.before(async () => {
  places = await startPlaces();
});
restores.after(() => places.stop());

const restoring = (environment: Record<string, string>) =>
  runCommand(["restore"], { environment: { PARTITIONS: String(PARTITIONS), ...environment } });

for (const name of PLACE_NAMES) {
  restores(`in ${name} is the one that it was, and the archive goes on with it`, async () => {
    const [living, redis] = await Promise.all([startLedger({ isArchived: true }), startRedis()]);
    const ARCHIVE_URL = await placeOf(places, name).fresh();
    const archive = await startArchive(living, ARCHIVE_URL);
    const is: Redis = redis.client();
    try {
      await fillEventfully(living);
      const follower = archive.follower();
      await catchUp(follower);
      await follower.release();
      const ended = await restoring({ REDIS_URL: redis.url, ARCHIVE_URL });
      assert.equal([ended.status, ended.error], [0, ""], ended.out);
      assert.match(
        ended.out,
        /Done: \d+ accounts, \d+ issuances and \d+ vouchers, from \d+ entries of journals\./,
      );
      assert.match(ended.out, /In balance/);
      await assertSameBook(living.redis.client(), is, PARTITIONS);
      const restored = await openRestored({ store: is }, living.options);
      const goingOn = archive.follower({ store: is });
      assert.is(await catchUp(goingOn), 0, "it has all of it");
      const adjusted = await restored.accounts.adjust(
        { party: PAYER, number: "6222020200112233" },
        { amount: 5, reference: "after" },
      );
      assert.is(adjusted.kind, "done");
      assert.is(await catchUp(goingOn), 1);
      assert.equal([archive.fenced, archive.said], [[], []]);
    } finally {
      await archive.close();
      await Promise.all([living.stop(), redis.stop()]);
    }
  });
}

restores("is made anew in DATA_DIR as well, and only where there is none", async () => {
  const living = await startLedger({ isArchived: true });
  const ARCHIVE_URL = await placeOf(places, "SQLite").fresh();
  const archive = await startArchive(living, ARCHIVE_URL);
  try {
    await fillEventfully(living);
    await catchUp(archive.follower());
    const environment = { DATA_DIR: temporaryFolder(), ARCHIVE_URL };
    const first = await restoring(environment);
    assert.is(first.status, 0, first.error);
    assert.match(first.out, /In balance/);
    const second = await restoring(environment);
    assert.is(second.status, 1);
    assert.match(second.error, /the store holds the book .*: a book is restored into an empty store alone/);
    const other = await restoring({ ...environment, DATA_DIR: temporaryFolder(), PARTITIONS: "8" });
    assert.match(other.error, /PARTITIONS is 8, but the archive's book is cut into 16: set PARTITIONS=16/);
    const none = await restoring({ DATA_DIR: temporaryFolder() });
    assert.is(none.status, 1);
    assert.match(none.error, /there is no archive in /);
  } finally {
    await archive.close();
    await living.stop();
  }
});

restores.run();
