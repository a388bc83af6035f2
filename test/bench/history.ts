/** How long a page of history takes where the archive has few rows, and where it has many. */
import type { Database, OpenedDatabase } from "../../server/archive/database.ts";
import { type Find, findIssuances } from "../../server/archive/find.ts";
import { type Places, startPlaces } from "../archive/places.ts";
import { afterOf, filled, partyOf } from "./fill-archive.ts";
import { inTurn } from "./measure.ts";
import { quantile } from "./offer.ts";
import type { Row } from "./report.ts";
import type { Size } from "./size.ts";

const PAGE = 50;

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
