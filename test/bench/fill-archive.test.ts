/** An archive that a benchmark fills has the rows and the indexes that one has that is written batch by batch. */
import { sql } from "kysely";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { writeBatch } from "../../server/archive/commit.ts";
import { type OpenedDatabase, openDatabase } from "../../server/archive/database.ts";
import { parseArchiveUrl } from "../../server/archive-url.ts";
import { PLACE_NAMES, type Places, placeOf, startPlaces } from "../archive/places.ts";
import { filled, issuancesOf, NOTHING } from "./fill-archive.ts";

const COUNT = 40;

let places: Places;
const tests = suite("filling an archive");
tests.before(async () => {
  places = await startPlaces();
});
tests.after(() => places.stop());

async function written(url: string): Promise<OpenedDatabase> {
  const address = parseArchiveUrl(url);
  if (address.kind === "none") throw new Error("there is no archive");
  const opened = await openDatabase(address);
  const issuances = issuancesOf(0, COUNT, COUNT);
  await writeBatch(opened.database, {
    ...NOTHING,
    issuances: issuances.map(({ row }) => row),
    words: issuances.flatMap(({ words }) => words),
  });
  return opened;
}

async function contentsOf({ database, isPostgres }: OpenedDatabase): Promise<object> {
  const definitions = isPostgres
    ? sql`select indexdef from pg_indexes where schemaname = 'public' order by indexname`
    : sql`select name, sql from sqlite_master order by type, name`;
  return {
    issuances: await database.selectFrom("issuances").selectAll().orderBy("id").execute(),
    words: await database
      .selectFrom("words")
      .selectAll()
      .orderBy("party")
      .orderBy("word")
      .orderBy("id")
      .execute(),
    indexes: (await definitions.execute(database)).rows,
  };
}

for (const name of PLACE_NAMES) {
  tests(`makes the same rows and indexes as batches do (${name})`, async () => {
    const place = placeOf(places, name);
    const quickly = await filled(await place.fresh(), COUNT);
    const slowly = await written(await place.fresh());
    assert.equal(await contentsOf(quickly), await contentsOf(slowly));
    await quickly.close();
    await slowly.close();
  });
}

tests.run();
