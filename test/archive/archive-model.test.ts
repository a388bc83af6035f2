/**
 * Random issuances, lives of vouchers and writes of accounts, archived meanwhile in SQLite and in PostgreSQL: what the
 * archive has is what the store has. FC_RUNS=20 makes it twenty times as long; a failure prints what replays it.
 */
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openArchivedJournals } from "../../server/archive/source.ts";
import { ARCHIVE_LEASE_KEY, bookKey, partitionKeys } from "../../server/ledger/keys.ts";
import { holds } from "../helpers/properties.ts";
import { startLedger, type TestLedger } from "../ledger/start-ledger.ts";
import { type Step, sequences } from "../ledger/steps.ts";
import { type VoucherStep, voucherLives } from "../ledger/voucher-steps.ts";
import { VoucherWorld } from "../ledger/voucher-world.ts";
import { World } from "../ledger/world.ts";
import { PLACE_NAMES, type Places, placeOf, startPlaces } from "./places.ts";
import { sameAsStore } from "./same-as-store.ts";
import { catchUp, startArchive } from "./start-archive.ts";

const model = suite("the archive of random books");

let places: Places;
model.before(async () => {
  places = await startPlaces();
});
model.after(() => places.stop());

async function live(book: TestLedger, steps: readonly Step[], lives: readonly VoucherStep[]): Promise<void> {
  const world = new World(book, () => undefined);
  await world.begin();
  for (const step of steps) await world.take(step);
  const vouchers = new VoucherWorld(book, () => undefined);
  await vouchers.begin();
  for (const step of lives) await vouchers.take(step);
  await vouchers.finish();
}

/** What a book is made anew from is what its journals have. */
async function hasJournals({ store, options }: TestLedger, url: string): Promise<void> {
  const journals = await openArchivedJournals(url);
  assert.equal([journals.bookId, journals.partitions], [options.book.id, options.partitions]);
  assert.is(await store.hget(bookKey(0), "archive"), journals.archive);
  for (let partition = 0; partition < journals.partitions; partition++) {
    const entries: [string, string[]][] = [];
    for await (const { id, fields } of journals.entriesOf(partition)) entries.push([id, fields]);
    assert.equal(entries, await store.xrange(partitionKeys.journal(partition), "-", "+"));
  }
  await journals.close();
}

for (const name of PLACE_NAMES) {
  model(`in ${name} is the same as the store, and one that is begun later as well`, async () => {
    const book = await startLedger();
    const url = await placeOf(places, name).fresh();
    const archive = await startArchive(book, url);
    const follower = archive.follower();
    const property = fc.asyncProperty(sequences, voucherLives, async (steps, lives) => {
      await live(book, steps, lives);
      await catchUp(follower);
    });
    await holds(property, { name, runs: 12 });
    const compared = await sameAsStore(book, archive.database);
    assert.ok(
      compared.issuances > 10 && compared.vouchers > 10 && compared.accounts > 10,
      JSON.stringify(compared),
    );
    assert.equal(archive.said, []);
    // Another reader finds nothing left to do, and writes nothing.
    await follower.release();
    assert.is(await catchUp(archive.follower()), 0);
    await archive.close();
    await hasJournals(book, url);
    await book.store.hdel(bookKey(0), "archive");
    await book.store.del(ARCHIVE_LEASE_KEY);
    const later = await startArchive(book, await placeOf(places, name).fresh());
    await catchUp(later.follower());
    assert.equal(await sameAsStore(book, later.database), compared);
    await later.close();
    await book.stop();
  });
}

model.run();
