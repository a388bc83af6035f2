// time limit: 800 s
// about 8 s
/** Hubs that archive are killed in the middle of it, again and again: each entry of the journals is in the archive once. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openDatabase } from "../../server/archive/database.ts";
import { parseArchiveUrl } from "../../server/archive-url.ts";
import { ARCHIVE_LEASE_KEY, partitionKeys } from "../../server/ledger/keys.ts";
import { nodeArguments } from "../helpers/source.ts";
import { startLedger, type TestLedger } from "../ledger/start-ledger.ts";
import { voucherLives } from "../ledger/voucher-steps.ts";
import { VoucherWorld } from "../ledger/voucher-world.ts";
import { PLACE_NAMES, type Places, placeOf, startPlaces } from "./places.ts";
import { sameAsStore } from "./same-as-store.ts";

const WRITER = join(import.meta.dirname, "../fixtures/archive-writer.ts");
const KILLS = 4;

let places: Places;
const tests = suite("an archive whose hubs are killed");
tests.before(async () => {
  places = await startPlaces();
});
tests.after(() => places.stop());

/** Starts a hub that archives; the function it answers kills it. */
async function startWriter({ redis, options }: TestLedger, url: string): Promise<() => Promise<void>> {
  const child = spawn(
    process.execPath,
    [...nodeArguments(WRITER), redis.url, url, options.book.id, String(options.partitions)],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const ended = once(child, "exit");
  await Promise.race([once(child.stdout, "data"), ended]);
  assert.is(child.exitCode, null);
  return async () => {
    child.kill("SIGKILL");
    await ended;
  };
}

async function doBusiness(book: TestLedger): Promise<void> {
  const world = new VoucherWorld(book, () => undefined);
  await world.begin();
  for (const step of fc.sample(voucherLives, 1)[0] ?? []) await world.take(step);
}

for (const name of PLACE_NAMES) {
  tests(`has each entry once, and all of them (${name})`, async () => {
    const book = await startLedger({ partitions: 4 });
    const url = await placeOf(places, name).fresh();
    for (let kill = 0; kill < KILLS; kill++) {
      const stop = await startWriter(book, url);
      const business = doBusiness(book);
      await sleep(400 * Math.random());
      await stop();
      await business;
      // Nobody waits until the one that was killed would have asked for it again.
      await book.store.del(ARCHIVE_LEASE_KEY);
    }
    const address = parseArchiveUrl(url);
    assert.ok(address.kind !== "none");
    const stop = await startWriter(book, url);
    const { database, close } = await openDatabase(address);
    for (let partition = 0; partition < 4; partition++) {
      const entries = await book.store.xrange(partitionKeys.journal(partition), "-", "+");
      const read = () =>
        database
          .selectFrom("journal")
          .select(["entry", "fields"])
          .where("partition", "=", partition)
          .orderBy("position")
          .execute();
      let rows = await read();
      while (rows.length < entries.length) {
        await sleep(50);
        rows = await read();
      }
      assert.equal(
        rows.map(({ entry, fields }) => [entry, JSON.parse(fields)]),
        entries,
      );
    }
    await stop();
    assert.ok((await sameAsStore(book, database)).vouchers > 3);
    await close();
    await book.stop();
  });
}

tests.run();
