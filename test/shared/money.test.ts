import { EXPONENTS, formatAmount, isCurrency, MAX_AMOUNT, parseAmount } from "@tallystick/protocol";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { holds } from "../helpers/properties.ts";

const money = suite("money");

const currencies = fc.constantFrom(...EXPONENTS.keys());
const amounts = fc.oneof(
  fc.integer({ min: 0, max: 2_000_000 }),
  fc.maxSafeNat(),
  fc.constantFrom(0, 1, 9, 10, 99, 100, 999, 1000, 999_999, MAX_AMOUNT - 1, MAX_AMOUNT),
);

money("what is written is read as the same amount, in every currency", () =>
  holds(
    fc.property(amounts, currencies, (amount, currency) => {
      assert.is(parseAmount(formatAmount(amount, currency), currency), amount);
    }),
    { name: "round trip", runs: 2000 },
  ),
);

money("what is written has the currency's own decimals, and groups of three before them", () =>
  holds(
    fc.property(amounts, currencies, (amount, currency) => {
      const [whole = "", decimals = ""] = formatAmount(amount, currency).split(".");
      assert.is(decimals.length, EXPONENTS.get(currency));
      assert.match(whole, /^(0|[1-9]\d{0,2}(,\d{3})*)$/);
    }),
    { name: "form", runs: 2000 },
  ),
);

money("a decimal that a person writes is exact, never a float", () =>
  holds(
    fc.property(fc.integer({ min: 0, max: 90_000_000_000 }), fc.integer({ min: 0, max: 99 }), (yuan, fen) => {
      const text = `${yuan}.${String(fen).padStart(2, "0")}`;
      assert.is(BigInt(parseAmount(text, "CNY")), BigInt(yuan) * 100n + BigInt(fen));
    }),
    { name: "exact", runs: 2000 },
  ),
);

const READ: [text: string, currency: string, amount: number][] = [
  ["1250", "JPY", 1250],
  ["1,250", "JPY", 1250],
  ["0", "JPY", 0],
  ["1250.5", "CNY", 125050],
  ["1,250.50", "CNY", 125050],
  ["0.01", "CNY", 1],
  ["007", "CNY", 700],
  [" 12 ", "CNY", 1200],
  ["0.001", "KWD", 1],
  ["1.25", "KWD", 1250],
  ["12,345,678.901", "KWD", 12345678901],
  ["0.0001", "CLF", 1],
  ["90071992547409.91", "CNY", MAX_AMOUNT],
  ["9,007,199,254,740,991", "JPY", MAX_AMOUNT],
  ["1,250.000", "KWD", 1250000],
  ["1,250,000", "KWD", 1250000000],
  // Withdrawn: what is in an account can still be taken out of it.
  ["1,250.5", "BGN", 125050],
  ["1,250", "ITL", 1250],
];
for (const [text, currency, amount] of READ) {
  money(`"${text}" ${currency} is read as ${amount}`, () => {
    assert.is(parseAmount(text, currency), amount);
  });
}

const WRITTEN: [amount: number, currency: string, text: string][] = [
  [12_500_000, "CNY", "125,000.00"],
  [5, "CNY", "0.05"],
  [0, "CNY", "0.00"],
  [1250, "JPY", "1,250"],
  [0, "JPY", "0"],
  [1, "KWD", "0.001"],
  [1_234_567, "KWD", "1,234.567"],
  [-5, "CNY", "-0.05"],
  [-125_000, "JPY", "-125,000"],
  [MAX_AMOUNT, "CNY", "90,071,992,547,409.91"],
  [125_050, "BGN", "1,250.50"],
  [125_050, "HRK", "1,250.50"],
  [1250, "ITL", "1,250"],
  [1250, "BYR", "1,250"],
  [0, "ADP", "0"],
  // No currency that is known, or not yet.
  [125_050, "XQZ", "125,050 minor units"],
];
for (const [amount, currency, text] of WRITTEN) {
  money(`${amount} minor units of ${currency} are written ${text}`, () => {
    assert.is(formatAmount(amount, currency), text);
  });
}

const REFUSED: [text: string, currency: string, why: RegExp][] = [
  ["1250.5", "JPY", /more decimals than JPY, which has 0/],
  ["1.005", "CNY", /more decimals/],
  ["1.0001", "KWD", /more decimals/],
  ["1.", "CNY", /is not an amount/],
  [".5", "CNY", /is not an amount/],
  ["", "CNY", /is not an amount/],
  ["-1", "CNY", /is not an amount/],
  ["+1", "CNY", /is not an amount/],
  ["1e3", "CNY", /is not an amount/],
  ["0x10", "CNY", /is not an amount/],
  ["1,25", "CNY", /is not an amount/],
  ["1250,000", "CNY", /is not an amount/],
  ["1 250", "CNY", /is not an amount/],
  ["Infinity", "CNY", /is not an amount/],
  ["NaN", "CNY", /is not an amount/],
  ["１２", "CNY", /is not an amount/],
  ["¥12", "CNY", /is not an amount/],
  ["90071992547409.92", "CNY", /more than can be kept exactly/],
  ["9007199254740993", "JPY", /more than can be kept exactly/],
  ["9".repeat(400), "CNY", /more than can be kept exactly/],
  ["1.250,00", "EUR", /is not an amount: write 1250\.00, with a point before the decimals/],
  ["1.234.567,89", "EUR", /write 1234567\.89/],
  ["1250,00", "EUR", /write 1250\.00/],
  ["1 250,00", "EUR", /write 1250\.00/],
  ["1’250,5", "CHF", /write 1250\.5/],
  ["1.250", "EUR", /has more decimals than EUR, which has 2; for a thousand and more write 1250/],
  ["1,250", "KWD", /could be two amounts in KWD: write 1250 or 1\.250/],
  ["250,125", "BHD", /write 250125 or 250\.125/],
  ["1", "XXX", /not an active ISO 4217 currency/],
  ["1", "cny", /not an active ISO 4217 currency/],
  ["1", "", /not an active ISO 4217 currency/],
];
for (const [text, currency, why] of REFUSED) {
  money(`"${text.slice(0, 30)}" ${currency} is refused`, () => {
    assert.throws(
      () => parseAmount(text, currency),
      (error: unknown) => error instanceof RangeError && why.test(error.message),
    );
  });
}

money("what is no count of minor units can't be written", () => {
  for (const amount of [0.5, Number.NaN, Number.POSITIVE_INFINITY, MAX_AMOUNT + 1]) {
    assert.throws(() => formatAmount(amount, "CNY"), /is not a count of minor units/);
  }
  assert.throws(() => formatAmount(1, "EURO"), /not an active ISO 4217 currency/);
});

money("currencies are active ISO 4217 codes in capitals; funds, metals and old money are none", () => {
  for (const code of ["CNY", "USD", "JPY", "KWD", "EUR", "CLF"]) assert.ok(isCurrency(code), code);
  for (const code of [
    "cny",
    "RMB",
    "DEM",
    "HRK",
    "BGN",
    "ADP",
    "XAU",
    "XDR",
    "XTS",
    "XXX",
    "",
    "CNY ",
    "__proto__",
  ]) {
    assert.not.ok(isCurrency(code), code);
  }
});

money("each code is three capitals, and its exponent one that ISO 4217 knows", () => {
  for (const code of EXPONENTS.keys()) assert.match(code, /^[A-Z]{3}$/);
  assert.equal([...new Set(EXPONENTS.values())].sort(), [0, 2, 3, 4]);
});

money.run();
