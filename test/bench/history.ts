/** How long a page of history takes where the archive has few rows, and where it has many. */
import { setImmediate } from "node:timers/promises";
import { writeBatch } from "../../server/archive/commit.ts";
import { writeCursor } from "../../server/archive/cursor.ts";
import { type Database, type OpenedDatabase, openDatabase } from "../../server/archive/database.ts";
import { type Find, findIssuances } from "../../server/archive/find.ts";
import type { IssuanceTable } from "../../server/archive/schema.ts";
import { spacedWords, wordRows } from "../../server/archive/words.ts";
import { parseArchiveUrl } from "../../server/archive-url.ts";
import { type Places, startPlaces } from "../archive/places.ts";
import { inTurn } from "./measure.ts";
import { quantile } from "./offer.ts";
import type { Row } from "./report.ts";
import type { Size } from "./size.ts";

/** How many rows are written at once. */
const AT_ONCE = 2_000;
const PAGE = 50;
/** Each party has about so many issuances, as issuer and as payer. */
const OF_A_PARTY = 500;
const STATES = ["issued", "declined", "expired", "issued", "cancelled"] as const;

/** What is asked, of the nth party that asks. */
const QUESTIONS: { readonly [what: string]: (party: string, nth: number) => Find } = {
  "of a party's issuances": (party) => ({ party, limit: PAGE }),
  "… the next one": (party, nth) => ({ party, after: afterOf(nth), limit: PAGE }),
  "… in one state and role": (party) => ({ party, role: "payer", state: "expired", limit: PAGE }),
  "… with a word and the beginning of one": (party, nth) => ({
    party,
    q: `invoice ${nth % 97}`,
    limit: PAGE,
  }),
  "of everybody's": () => ({ limit: PAGE }),
  "… with a word that few have": (_party, nth) => ({ q: `order${nth}`, limit: PAGE }),
};

/** On each database that there is here. */
export async function benchHistory(size: Size): Promise<Row[]> {
  const places = await startPlaces();
  try {
    const rows: Row[] = [];
    for (const { name } of places.all) rows.push(...(await measureOn(places, name, size)));
    return rows;
  } finally {
    await places.stop();
  }
}

async function measureOn(places: Places, name: string, { archived, rounds, pages }: Size): Promise<Row[]> {
  const [few, many] = archived;
  const place = places.all.find((each) => each.name === name);
  if (!place) return [];
  const small = await filled(await place.fresh(), few);
  const large = await filled(await place.fresh(), many);
  const rows: Row[] = [];
  for (const [what, questionOf] of Object.entries(QUESTIONS)) {
    const p99 =
      ({ database }: OpenedDatabase, count: number) =>
      async () =>
        quantile(await timesOf(database, count, pages, questionOf), 0.99);
    const found = await inTurn(rounds, { large: p99(large, many), small: p99(small, few) });
    rows.push({
      what: `${name}, ${many.toLocaleString("en")} issuances: a page of ${PAGE} ${what}, p99`,
      unit: "ms",
      values: found.large,
      against: { what: few.toLocaleString("en"), values: found.small },
    });
  }
  await small.close();
  await large.close();
  return rows;
}

/** How long each page took, milliseconds, sorted. */
async function timesOf(
  database: Database,
  count: number,
  pages: number,
  questionOf: (party: string, nth: number) => Find,
): Promise<number[]> {
  const times: number[] = [];
  for (let page = 0; page < pages; page++) {
    // A stride that shares no factor with the count goes over all of it.
    const nth = (page * 7919) % count;
    const question = questionOf(partyOf(nth, count), nth);
    const started = performance.now();
    await findIssuances(database, question);
    times.push(performance.now() - started);
  }
  return times.sort((a, b) => a - b);
}

/** An archive with so many issuances, besides those that it has. */
export async function filled(url: string, count: number): Promise<OpenedDatabase> {
  const address = parseArchiveUrl(url);
  if (address.kind === "none") throw new Error("there is nothing to fill");
  const opened = await openDatabase(address);
  for (let from = 0; from < count; from += AT_ONCE) {
    const issuances = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, index) =>
      issuanceOf(from + index, count),
    );
    await opened.database.transaction().execute((transaction) =>
      writeBatch(transaction, {
        ...{ journal: [], statements: [], accounts: [], changedMarks: [], vouchers: [], forgets: [] },
        issuances: issuances.map(({ row }) => row),
        words: issuances.flatMap(({ words }) => words),
      }),
    );
    // SQLite answers without a turn of the event loop, and lines that answer no ping meanwhile are closed.
    await setImmediate();
  }
  return opened;
}

const partyOf = (nth: number, count: number) => `party-${nth % Math.max(2, Math.ceil(count / OF_A_PARTY))}`;
const idOf = (nth: number) => `${nth % 256}-${String(nth).padStart(16, "A")}`;
const beganAt = (nth: number) => 1_700_000_000_000 + nth * 10;
const afterOf = (nth: number) => writeCursor({ at: beganAt(nth), id: idOf(nth) });

function issuanceOf(nth: number, count: number) {
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
