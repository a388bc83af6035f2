/** What is wrong with a row is a code with values, beside the English sentence; pages say each in both languages. */
import { RowFault } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { accountKeys, partitionKeys } from "../../server/ledger/keys.ts";
import { type RowFaultWords, rowFaultsEn, whyBad } from "../../server/web/words/row-faults-en.ts";
import { rowFaultsZh } from "../../server/web/words/row-faults-zh.ts";
import { startLedger, type TestLedger } from "../ledger/start-ledger.ts";
import { HEADER, importsInto } from "./imports-into.ts";

const faults = suite("what is wrong with a row");

let book: TestLedger;
faults.before(async () => {
  book = await startLedger();
});
faults.after(() => book.stop());

const { load } = importsInto(() => book);

const HELD = { held: 5000, currency: "EUR" };
/** Of the parties "full" and "held" the book has accounts already. */
const ROWS: [row: string, fault: RowFault, reason: string][] = [
  ['p,A-1,"One,funds,EUR,1,', { code: "quote_not_closed" }, "a quote is not closed"],
  [
    'p,A-1,"One" Ltd,funds,EUR,1,',
    { code: "quote_closed_early" },
    "a quote is closed before its field ends: write two for one that belongs to the text",
  ],
  [
    'p,A-1,One "and" Ltd,funds,EUR,1,',
    { code: "quote_in_field" },
    "a quote within a field: quote the whole field, and write two for one",
  ],
  [
    `p,A-1,${"x".repeat(10_000)},funds,EUR,1,`,
    { code: "line_too_long", most: 10_000 },
    "is longer than 10000 characters",
  ],
  [
    "p,A-1,One,funds,EUR",
    { code: "field_count", fields: 5, columns: 7 },
    "has 5 fields, and the first line 7",
  ],
  [
    "p,A-1,On\ufffd,funds,EUR,1,",
    { code: "damaged_text" },
    "holds U+FFFD, which stands where a text was damaged before",
  ],
  [
    "P,A 1,\u200b,cash,BGN,1,open",
    { code: "invalid_fields", fields: ["party", "number", "holder", "kind", "currency", "status"] },
    "party: 1 to 64 of a-z 0-9 . _ -, starting with a letter or digit; number: 1 to 34 of A-Z a-z 0-9 -; " +
      "holder: 1 to 140 characters, no control characters; kind: must be funds or credit; " +
      "currency: an active ISO 4217 code, in capitals; status: must be active or blocked",
  ],
  [
    "p,A-1,One,funds,EUR,ten,",
    { code: "amount_unreadable", text: "ten" },
    '"ten" is not an amount: write digits, as in 1250.50',
  ],
  [
    'p,A-1,One,funds,EUR,"1.250,00",',
    { code: "amount_unreadable", text: "1.250,00", instead: "1250.00" },
    '"1.250,00" is not an amount: write 1250.00, with a point before the decimals',
  ],
  [
    "p,A-1,One,funds,JPY,1.5,",
    { code: "amount_too_precise", text: "1.5", currency: "JPY", decimals: 0 },
    '"1.5" has more decimals than JPY, which has 0',
  ],
  [
    "p,A-1,One,funds,EUR,1.250,",
    { code: "amount_too_precise", text: "1.250", currency: "EUR", decimals: 2, thousand: "1250" },
    '"1.250" has more decimals than EUR, which has 2; for a thousand and more write 1250',
  ],
  [
    'p,A-1,One,funds,KWD,"1,250",',
    { code: "amount_ambiguous", text: "1,250", currency: "KWD", readings: ["1250", "1.250"] },
    '"1,250" could be two amounts in KWD: write 1250 or 1.250',
  ],
  [
    `p,A-1,One,funds,EUR,${"9".repeat(60)},`,
    { code: "amount_too_large", text: `${"9".repeat(40)}…`, currency: "EUR" },
    `"${"9".repeat(40)}…" EUR is more than can be kept exactly`,
  ],
  [
    "held,A-1,One,credit,EUR,100,",
    { code: "kind_or_currency_fixed", kind: "funds", currency: "EUR" },
    "The account has frozen or used amounts in funds EUR; kind and currency can't change while it does.",
  ],
  [
    "held,A-1,One,funds,EUR,49.99,",
    { code: "less_than_held", ...HELD },
    "5000 minor units are frozen or used; the balance or limit can't be set lower.",
  ],
  [
    "full,A-1,One,funds,EUR,1,",
    { code: "sum_too_large" },
    "The sum would be more than can be kept exactly; nothing was changed.",
  ],
];

/** What no file brings about in a book that is in order. */
const RARE: RowFault[] = [{ code: "not_csv", why: "CSV_MAX_RECORD_SIZE" }, { code: "not_here" }];

faults("is told by a code with its values, and in English as ever", async () => {
  assert.is((await load([HEADER, "held,A-1,One,funds,EUR,100,"].join("\n"))).kept, 1);
  const held = book.ledger.partitionOf("held");
  await book.store.hset(
    accountKeys({ partition: held, party: "held", number: "A-1" }).account,
    "frozen",
    "5000",
  );
  await fill(book.ledger.partitionOf("full"));
  const { bad, kept } = await load([HEADER, ...ROWS.map(([row]) => row)].join("\n"));
  assert.is(kept, 0);
  assert.equal(
    bad,
    ROWS.map(([, fault, reason], place) => ({ line: place + 2, reason, fault })),
  );
});

/** A partition to which nothing more can come in euros. */
async function fill(partition: number): Promise<void> {
  await book.store.hset(partitionKeys.sums(partition), "in:EUR", String(2n ** 62n + 2n ** 20n));
}

faults("is told in a check as it is when rows are kept, though in fewer words", async () => {
  const rows = [HEADER, "held,A-1,One,credit,EUR,100,", "held,A-1,One,funds,EUR,49.99,"].join("\n");
  const [checked, put] = [await load(rows, { dryRun: true }), await load(rows)];
  assert.is(checked.bad.length, 2);
  assert.equal(
    checked.bad.map(({ fault }) => fault),
    put.bad.map(({ fault }) => fault),
  );
});

const SAMPLES = [...ROWS.map(([, fault]) => fault), ...RARE];
const CODES = RowFault.options.map(({ shape }) => shape.code.value);

for (const [language, words] of [
  ["English", rowFaultsEn],
  ["Chinese", rowFaultsZh],
] as const) {
  faults(`has of each code a sentence with its values in ${language}`, () => {
    assert.equal(Object.keys(words).toSorted(), CODES.toSorted());
    assert.equal([...new Set(SAMPLES.map(({ code }) => code))].toSorted(), CODES.toSorted());
    for (const fault of SAMPLES) {
      const said = whyBad(words, { line: 2, reason: "in English", fault: RowFault.parse(fault) });
      assert.is(/\p{Script=Han}.*。$/u.test(said), language === "Chinese", `${fault.code}: ${said}`);
      assert.not.match(said, /undefined|\[object|in English/, fault.code);
      for (const value of saidOf(fault)) assert.ok(said.includes(value), `${fault.code}: ${said}`);
    }
  });
}

/** The values as a sentence has them: an amount with its decimals, an account's kind in words. */
function saidOf({ code, ...values }: RowFault): string[] {
  if (code === "less_than_held") return ["50.00"];
  return Object.entries(values)
    .filter(([name]) => name !== "kind")
    .flatMap(([, value]) => value)
    .map(String);
}

faults("is said as the hub says it where a page does not know the code", () => {
  const fault = { code: "of_tomorrow" } as unknown as RowFault;
  const words: RowFaultWords = rowFaultsZh;
  assert.is(whyBad(words, { line: 2, reason: "as the hub says", fault }), "as the hub says");
});

faults.run();
