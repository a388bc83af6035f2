/** Many rows are written by few statements, and none is left out, whatever their number. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type OpenedDatabase, openDatabase } from "../../server/archive/database.ts";
import { insertRows } from "../../server/archive/insert-rows.ts";
import type { MarkTable } from "../../server/archive/schema.ts";
import { parseArchiveUrl } from "../../server/archive-url.ts";
import { PLACE_NAMES, type Places, placeOf, startPlaces } from "./places.ts";

/** None, one, and around what one statement takes. */
const NUMBERS = [0, 1, 7, 8, 9, 63, 64, 65, 137, 499, 500, 501, 1_000];

let places: Places;
const tests = suite("inserting many rows");
tests.before(async () => {
  places = await startPlaces();
});
tests.after(() => places.stop());

async function open(name: string): Promise<OpenedDatabase> {
  const address = parseArchiveUrl(await placeOf(places, name).fresh());
  if (address.kind === "none") throw new Error("there is no archive");
  return openDatabase(address);
}

const marksOf = (count: number, entry: string): MarkTable[] =>
  Array.from({ length: count }, (_, partition) => ({
    ...{ partition, entry: `${entry}-${partition}`, position: 2 ** 45 + partition, trimmed: 3 },
  }));

for (const name of PLACE_NAMES) {
  tests(`writes each of them (${name})`, async () => {
    const { database, close } = await open(name);
    for (const count of NUMBERS) {
      await database.deleteFrom("marks").execute();
      await insertRows(database, "marks", marksOf(count, "first"));
      const rows = await database.selectFrom("marks").selectAll().orderBy("partition").execute();
      assert.equal(rows, marksOf(count, "first"));
    }
    await close();
  });

  tests(`goes by the names of columns, in whatever order a row has them (${name})`, async () => {
    const { database, close } = await open(name);
    const rows = [
      { party: "acme", word: "invoice", id: "1" },
      { id: "2", word: "order", party: "lotus" },
    ];
    await insertRows(database, "words", rows);
    assert.equal(await database.selectFrom("words").selectAll().orderBy("id").execute(), [
      { party: "acme", word: "invoice", id: "1" },
      { party: "lotus", word: "order", id: "2" },
    ]);
    await close();
  });

  tests(`changes the columns that are named of those that are there (${name})`, async () => {
    const { database, close } = await open(name);
    await insertRows(database, "marks", marksOf(70, "first"));
    const later = marksOf(80, "later").map((mark) => ({ ...mark, trimmed: 9 }));
    await insertRows(database, "marks", later, { key: ["partition"], update: ["entry", "position"] });
    const rows = await database.selectFrom("marks").selectAll().orderBy("partition").execute();
    assert.equal(
      rows,
      later.map((mark) => ({ ...mark, trimmed: mark.partition < 70 ? 3 : 9 })),
    );
    await close();
  });

  tests(`lets those be that are there, where that is asked for, and fails elsewhere (${name})`, async () => {
    const { database, close } = await open(name);
    const word = { party: "acme", word: "invoice", id: "1" };
    await insertRows(database, "words", [word]);
    await insertRows(database, "words", [word, { ...word, id: "2" }], "do nothing");
    assert.is((await database.selectFrom("words").selectAll().execute()).length, 2);
    const error = await insertRows(database, "words", [word]).catch((thrown: unknown) => thrown);
    assert.match(String(error), /unique/i);
    await close();
  });
}

tests.run();
