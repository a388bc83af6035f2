/** What is found in the archive, against a plain look at everything; and that no question makes a database look at everything. */
import {
  type Snapshot,
  STATES,
  VOUCHER_STATES,
  type VoucherSnapshot,
  voucherIdOf,
} from "@tallystick/protocol";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { writeBatch } from "../../server/archive/commit.ts";
import { type Database, openDatabase } from "../../server/archive/database.ts";
import { type Find, type Found, findIssuances, findVouchers } from "../../server/archive/find.ts";
import type { IssuanceTable, VoucherTable } from "../../server/archive/schema.ts";
import { askedWords, spacedWords, wordRows, wordsOf } from "../../server/archive/words.ts";
import { parseArchiveUrl } from "../../server/archive-url.ts";
import { holds } from "../helpers/properties.ts";
import { PLACE_NAMES, type Places, placeOf, startPlaces } from "./places.ts";
import { FULL_SCAN, listenTo, planOf } from "./plan-of.ts";

const tests = suite("what is found");

let places: Places;
tests.before(async () => {
  places = await startPlaces();
});
tests.after(() => places.stop());

const PARTIES = ["acme", "lotus", "nord-licht", "tin.man"];
const MEMOS = ["", "Invoice 42", "invoice 43 of steel", "货款 發票", "Grüße, GRÜßE", "steel"];
const CURRENCIES = ["CNY", "EUR", "JPY"];
const ROWS = 400;

/** The same rows each time: enough of each that every filter leaves some and drops some. */
function rows(): { issuances: IssuanceTable[]; vouchers: VoucherTable[] } {
  const pick = <T>(list: readonly T[], seed: number): T => list[seed % list.length] as T;
  const issuances: IssuanceTable[] = [];
  const vouchers: VoucherTable[] = [];
  for (let n = 0; n < ROWS; n++) {
    const id = `7-${String(n).padStart(16, "0")}`;
    const [issuer, payer, beneficiary] = [
      pick(PARTIES, n),
      pick(PARTIES, n * 7 + 1),
      pick(PARTIES, n * 3 + 2),
    ];
    const [amount, currency, memo] = [n + 1, pick(CURRENCIES, n * 5), pick(MEMOS, n * 11)];
    // Two begin at the same moment.
    const began_at = 1_000_000 + Math.floor(n / 2);
    const common = {
      ...{ first: "000000aaaaaa", partition: 7, issuer, payer, beneficiary, amount, currency, version: 3 },
      ...{ digest: "aaaaaabbbbbb", began_at, ended_at: 0, is_lost: n % 50 === 49 ? 1 : 0, retired_at: 0 },
      forgotten: -1,
      words: spacedWords({ id, issuer, payer, beneficiary, amount, memo }),
    };
    const told = { issuer, payer, beneficiary, amount, currency, memo };
    const state = pick(STATES, n * 13);
    issuances.push({
      ...common,
      id,
      state,
      snapshot: JSON.stringify({ issuanceId: id, createdAt: began_at, state, ...told }),
    });
    const [voucherId, voucherState] = [voucherIdOf(id), pick(VOUCHER_STATES, n * 17)];
    const snapshot = JSON.stringify({ voucherId, issuedAt: began_at, state: voucherState, ...told });
    vouchers.push({ ...common, id: voucherId, state: voucherState, snapshot, terms: "" });
  }
  return { issuances, vouchers };
}

interface Filled {
  database: Database;
  close(): Promise<void>;
}

async function fill(name: string): Promise<Filled> {
  const address = parseArchiveUrl(await placeOf(places, name).fresh());
  if (address.kind === "none") throw new Error("there is no archive");
  const opened = await openDatabase(address);
  const { issuances, vouchers } = rows();
  const words = issuances.flatMap((row) => {
    const { memo = "" } = JSON.parse(row.snapshot) as { memo?: string };
    return wordRows({ ...row, memo });
  });
  const nothing = { journal: [], statements: [], accounts: [], changedMarks: [], forgets: [] };
  await writeBatch(opened.database, { ...nothing, issuances, vouchers, words });
  return opened;
}

const SAME_WORDS: [written: string, asked: string][] = [
  ["İstanbul", "istanbul"],
  ["ISTANBUL", "ıstanbul"],
  ["Hauptstraße", "HAUPTSTRASSE"],
  ["ΣΟΦΟΣ", "σοφοσ"],
  ["σοφος", "ΣΟΦΟΣ"],
  ["ﬁnance", "FINANCE"],
  ["co\u{ad}operation", "cooperation"],
  ["pay\u{200b}ment", "payment"],
];
for (const [written, asked] of SAME_WORDS)
  tests(`${asked} finds ${JSON.stringify(written)}: case and form make no difference`, () => {
    const id = "7-0000000000000000";
    const rows = wordRows({
      id,
      issuer: "lotus",
      payer: "acme",
      beneficiary: "acme",
      amount: 1,
      memo: written,
    });
    const [word] = askedWords(asked);
    assert.ok(rows.some((row) => row.word === word));
  });

const questions: fc.Arbitrary<Omit<Find, "limit" | "role"> & { roleIndex: number | undefined }> = fc.record(
  {
    party: fc.option(fc.constantFrom(...PARTIES, "nobody"), { nil: undefined }),
    roleIndex: fc.option(fc.nat(2), { nil: undefined }),
    state: fc.option(fc.constantFrom<string>(...STATES, ...VOUCHER_STATES), { nil: undefined, freq: 1 }),
    currency: fc.option(fc.constantFrom(...CURRENCIES), { nil: undefined }),
    from: fc.option(fc.integer({ min: 999_990, max: 1_000_210 }), { nil: undefined }),
    to: fc.option(fc.integer({ min: 999_990, max: 1_000_210 }), { nil: undefined }),
    q: fc.option(
      fc.constantFrom(
        "invoice",
        "INVOICE 4",
        "steel inv",
        "货款",
        "grüsse",
        "GRÜßE",
        "acme",
        "lot",
        "nord",
        "%",
        "_",
        "no such",
        "3.21",
        "321 steel",
        "acme 1.0",
      ),
      { nil: undefined },
    ),
  },
  { requiredKeys: ["roleIndex"] },
);

/** Amounts as people write them, and the minor units that they are. */
const AMOUNTS: { [written: string]: string } = { "3.21": "321", "1.0": "10" };

type Told = Pick<Snapshot, "issuer" | "payer" | "beneficiary" | "amount" | "currency"> & {
  memo?: string;
  state: string;
};

/** What a plain look at everything finds. */
function expected(table: IssuanceTable[], find: Omit<Find, "limit">, roles: readonly string[]): string[] {
  const words = find.q === undefined ? [] : find.q.split(" ").flatMap((one) => AMOUNTS[one] ?? wordsOf(one));
  const isFound = (row: IssuanceTable) => {
    const told = JSON.parse(row.snapshot) as Told;
    const has = wordsOf(`${told.issuer} ${told.payer} ${told.beneficiary} ${told.amount} ${told.memo ?? ""}`);
    const inRole = (role: string) => (told as unknown as Record<string, string>)[role] === find.party;
    return (
      row.is_lost === 0 &&
      (find.party === undefined || (find.role === undefined ? roles : [find.role]).some(inRole)) &&
      (find.state === undefined || told.state === find.state) &&
      (find.currency === undefined || told.currency === find.currency) &&
      (find.from === undefined || row.began_at >= find.from) &&
      (find.to === undefined || row.began_at < find.to) &&
      (find.q === undefined || words.length > 0) &&
      words.every((word, index) =>
        has.some((one) => (index === words.length - 1 ? one.startsWith(word) : one === word)),
      )
    );
  };
  return table
    .filter(isFound)
    .sort((a, b) => b.began_at - a.began_at || (a.id < b.id ? 1 : -1))
    .map(({ id }) => id);
}

/** All pages of a question. */
async function all<S>(ask: (after: string | undefined) => Promise<Found<S>>, idOf: (found: S) => string) {
  const ids: string[] = [];
  for (let after: string | undefined; ; ) {
    const page = await ask(after);
    ids.push(...page.found.map(idOf));
    after = page.next;
    if (after === undefined) return ids;
  }
}

for (const name of PLACE_NAMES) {
  tests(`is what a look at everything finds, in pages of any size (${name})`, async () => {
    const { database, close } = await fill(name);
    const { issuances, vouchers } = rows();
    const property = fc.asyncProperty(questions, fc.integer({ min: 1, max: 40 }), async (question, limit) => {
      const { roleIndex, ...find } = question;
      const roles = ["issuer", "payer", "beneficiary"] as const;
      const role = find.party === undefined || roleIndex === undefined ? undefined : roles[roleIndex];
      const asVoucher = { ...find, role };
      const foundVouchers = await all<VoucherSnapshot>(
        (after) => findVouchers(database, { ...asVoucher, after, limit }),
        ({ voucherId }) => voucherId,
      );
      assert.equal(foundVouchers, expected(vouchers, asVoucher, roles));
      const asIssuance = { ...find, role: role === "beneficiary" ? undefined : role };
      const foundIssuances = await all<Snapshot>(
        (after) => findIssuances(database, { ...asIssuance, after, limit }),
        ({ issuanceId }) => issuanceId,
      );
      assert.equal(foundIssuances, expected(issuances, asIssuance, ["issuer", "payer"]));
    });
    await holds(property, { name: `find in ${name}`, runs: 150 });
    await close();
  });

  tests(`is found by its id, and by its voucher's, by those who may see it (${name})`, async () => {
    const { database, close } = await fill(name);
    const [{ id, issuer, payer } = { id: "", issuer: "", payer: "" }] = rows().issuances;
    const stranger = PARTIES.find((party) => party !== issuer && party !== payer) as string;
    for (const q of [id, ` ${voucherIdOf(id)} `]) {
      for (const party of [undefined, issuer, payer]) {
        const { found } = await findIssuances(database, { q, party, limit: 10 });
        assert.equal(
          found.map(({ issuanceId }) => issuanceId),
          [id],
        );
        assert.is(
          (await findVouchers(database, { q, party, limit: 10 })).found[0]?.voucherId,
          voucherIdOf(id),
        );
      }
      assert.equal((await findIssuances(database, { q, party: stranger, limit: 10 })).found, []);
    }
    await close();
  });

  tests(`goes on from a cursor though others come and change meanwhile (${name})`, async () => {
    const { database, close } = await fill(name);
    const before = await all<Snapshot>(
      (after) => findIssuances(database, { party: "acme", after, limit: 1000 }),
      ({ issuanceId }) => issuanceId,
    );
    const seen: string[] = [];
    let added = 0;
    for (let after: string | undefined; ; ) {
      const page = await findIssuances(database, { party: "acme", after, limit: 7 });
      seen.push(...page.found.map(({ issuanceId }) => issuanceId));
      after = page.next;
      if (after === undefined) break;
      const [row] = rows().issuances;
      added += 1;
      const id = `7-new-${String(added).padStart(12, "0")}`;
      const made = { ...row, id, began_at: 2_000_000 + added, payer: "acme" } as IssuanceTable;
      await database.insertInto("issuances").values(made).execute();
      await database
        .updateTable("issuances")
        .set({ state: "cancelled", version: 9 })
        .where("id", "=", page.found.at(-1)?.issuanceId ?? "")
        .execute();
    }
    assert.equal(seen, before);
    assert.ok(added > 10);
    await close();
  });

  tests(`is looked for by an index, never by a look at every row (${name})`, async () => {
    const { database, close } = await fill(name);
    const { listening, asked } = listenTo(database);
    for (const party of [undefined, "acme"])
      for (const role of party === undefined ? [undefined] : ([undefined, "issuer", "payer"] as const))
        for (const state of [undefined, "issued"])
          for (const q of [undefined, "invoice 43"])
            for (const after of [undefined, "1000100:7-0000000000000200"]) {
              await findIssuances(listening, { party, role, state, q, after, limit: 10 });
              await findVouchers(listening, { party, role, state, q, after, limit: 10 });
            }
    assert.ok(asked.length > 50);
    for (const query of asked) assert.not.match(await planOf(database, name, query), FULL_SCAN, query.sql);
    await close();
  });
}

tests.run();
