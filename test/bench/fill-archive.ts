/** Fills an archive with issuances. What it writes is what `writeBatch` writes, but each index is built at the end, in order. */
import { setImmediate } from "node:timers/promises";
import { sql } from "kysely";
import { writeBatch } from "../../server/archive/commit.ts";
import { writeCursor } from "../../server/archive/cursor.ts";
import { type Database, type OpenedDatabase, openDatabase } from "../../server/archive/database.ts";
import { inChunks } from "../../server/archive/heads.ts";
import type { IssuanceTable, WordTable } from "../../server/archive/schema.ts";
import { spacedWords, wordRows } from "../../server/archive/words.ts";
import { parseArchiveUrl } from "../../server/archive-url.ts";

/** How many issuances are written at once. */
const AT_ONCE = 2_000;
/** Each party has about so many issuances, as issuer and as payer. */
const OF_A_PARTY = 500;
const STATES = ["issued", "declined", "expired", "issued", "cancelled"] as const;

/** An archive with so many issuances, besides those that it has. */
export async function filled(url: string, count: number): Promise<OpenedDatabase> {
  const address = parseArchiveUrl(url);
  if (address.kind === "none") throw new Error("there is nothing to fill");
  const opened = await openDatabase(address);
  const { database, isPostgres } = opened;
  const indexes = await indexesOf(database, isPostgres);
  for (const { name } of indexes) await sql`drop index ${sql.ref(name)}`.execute(database);
  await sql`create table filling as select party, word, id from words where 1 = 0`.execute(database);
  for (let from = 0; from < count; from += AT_ONCE) {
    await write(database, issuancesOf(from, Math.min(AT_ONCE, count - from), count));
    // SQLite answers without a turn of the event loop, and lines that answer no ping meanwhile are closed.
    await setImmediate();
  }
  await sql`insert into words (party, word, id)
    select party, word, id from filling order by party, word, id`.execute(database);
  await sql`drop table filling`.execute(database);
  for (const { definition } of indexes) await sql.raw(definition).execute(database);
  return opened;
}

/** Words come in the order of issuances, and their index is in another: they wait in a table that has none. */
async function write(database: Database, issuances: readonly Filling[]): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    await writeBatch(transaction, { ...NOTHING, issuances: issuances.map(({ row }) => row) });
    const words = issuances.flatMap((issuance) => issuance.words);
    for (const rows of inChunks(words))
      await transaction
        .insertInto("filling" as "words")
        .values(rows)
        .execute();
  });
}

/** A batch that writes nothing. */
export const NOTHING = {
  ...{ journal: [], statements: [], accounts: [], changedMarks: [], issuances: [], vouchers: [], words: [] },
  forgets: [],
};

/** The indexes of issuances that are no keys. */
async function indexesOf(
  database: Database,
  isPostgres: boolean,
): Promise<{ name: string; definition: string }[]> {
  const query = isPostgres
    ? sql`select indexname as name, indexdef as definition from pg_indexes
        where tablename = 'issuances' and indexname not in (select conname from pg_constraint)`
    : sql`select name, sql as definition from sqlite_master
        where type = 'index' and tbl_name = 'issuances' and sql is not null`;
  return (await query.execute(database)).rows as { name: string; definition: string }[];
}

const idOf = (nth: number) => `${nth % 256}-${String(nth).padStart(16, "A")}`;
const beganAt = (nth: number) => 1_700_000_000_000 + nth * 10;

/** The nth party of an archive with so many issuances. */
export const partyOf = (nth: number, count: number) =>
  `party-${nth % Math.max(2, Math.ceil(count / OF_A_PARTY))}`;
/** Where a page ends whose last one is the nth. */
export const afterOf = (nth: number) => writeCursor({ at: beganAt(nth), id: idOf(nth) });

interface Filling {
  row: IssuanceTable;
  words: WordTable[];
}

/** Some of the issuances of an archive that has `count`. */
export function issuancesOf(from: number, length: number, count: number): Filling[] {
  return Array.from({ length }, (_, index) => issuanceOf(from + index, count));
}

function issuanceOf(nth: number, count: number): Filling {
  const [issuer, payer] = [partyOf(nth, count), partyOf(nth * 31 + 1, count)];
  const memo = `Invoice ${nth % 997} order${nth}`;
  const [id, amount] = [idOf(nth), 100 + nth];
  const found = { id, issuer, payer, beneficiary: issuer, amount, memo };
  const state = STATES[nth % STATES.length] as string;
  const at = beganAt(nth);
  const snapshot = { ...found, issuanceId: id, currency: "CNY", state, version: 5, review: "first" };
  const row: IssuanceTable = {
    ...{ id, first: "aaaaaabbbbbb", partition: nth % 256, issuer, payer, beneficiary: issuer, amount },
    ...{ currency: "CNY", state, version: 5, digest: "ccccccdddddd", began_at: at, ended_at: at + 5000 },
    ...{
      is_lost: 0,
      retired_at: at + 9000,
      forgotten: -1,
      words: spacedWords(found),
      snapshot: JSON.stringify(snapshot),
    },
  };
  return { row, words: wordRows(found) };
}
