import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { chineseWords, englishWords } from "../../server/web/words/amount-in-words.ts";
import { holds } from "../helpers/properties.ts";

const words = suite("an amount in words");

const CASES: [amount: number, currency: string, english: string, chinese: string][] = [
  [
    128_640_50,
    "CNY",
    "One hundred twenty-eight thousand six hundred forty yuan and fifty fen",
    "人民币壹拾贰万捌仟陆佰肆拾元伍角整",
  ],
  [1_00, "CNY", "One yuan", "人民币壹元整"],
  [1, "CNY", "One fen", "人民币壹分"],
  [5, "CNY", "Five fen", "人民币伍分"],
  [10, "CNY", "Ten fen", "人民币壹角整"],
  [1_05, "CNY", "One yuan and five fen", "人民币壹元零伍分"],
  [10_00, "CNY", "Ten yuan", "人民币壹拾元整"],
  [1_409_50, "CNY", "One thousand four hundred nine yuan and fifty fen", "人民币壹仟肆佰零玖元伍角整"],
  [6_007_14, "CNY", "Six thousand seven yuan and fourteen fen", "人民币陆仟零柒元壹角肆分"],
  [16_409_02, "CNY", "Sixteen thousand four hundred nine yuan and two fen", "人民币壹万陆仟肆佰零玖元零贰分"],
  [325_04, "CNY", "Three hundred twenty-five yuan and four fen", "人民币叁佰贰拾伍元零肆分"],
  [107_000_53, "CNY", "One hundred seven thousand yuan and fifty-three fen", "人民币壹拾万零柒仟元伍角叁分"],
  [100_000_000_00, "CNY", "One hundred million yuan", "人民币壹亿元整"],
  [100_010_000_00, "CNY", "One hundred million ten thousand yuan", "人民币壹亿零壹万元整"],
  [1_000_001_00, "CNY", "One million one yuan", "人民币壹佰万零壹元整"],
  [4_820_000, "JPY", "Four million eight hundred twenty thousand yen", "日元肆佰捌拾贰万元整"],
  [
    12_450_750,
    "KWD",
    "Twelve thousand four hundred fifty Kuwaiti dinars and seven hundred fifty fils",
    "科威特第纳尔壹万贰仟肆佰伍拾元柒角伍分整",
  ],
  [1_01, "USD", "One US dollar and one cent", "美元壹元零壹分"],
  [2_50, "BRL", "Two BRL and 50/100", "BRL贰元伍角整"],
  [
    Number.MAX_SAFE_INTEGER,
    "CNY",
    "Ninety trillion seventy-one billion nine hundred ninety-two million five hundred forty-seven thousand four hundred nine yuan and ninety-one fen",
    "人民币玖拾万亿零柒佰壹拾玖亿玖仟贰佰伍拾肆万柒仟肆佰零玖元玖角壹分",
  ],
];

for (const [amount, currency, english, chinese] of CASES)
  words(`${currency} ${amount} is "${english}" and ${chinese}`, () => {
    assert.is(englishWords(amount, currency), english);
    assert.is(chineseWords(amount, currency).join(""), chinese);
  });

const DIGITS = "零壹贰叁肆伍陆柒捌玖";
const PLACES = new Map([
  ["拾", 10n],
  ["佰", 100n],
  ["仟", 1000n],
]);

/** What a bank's clerk reads: each digit times its place, each four times their myriad. */
function readCapitals(text: string): bigint {
  let sum = 0n;
  let four = 0n;
  let digit = 0n;
  let fen = 0n;
  for (const sign of text.replace("人民币", "").replace("万亿", "兆")) {
    const place = PLACES.get(sign);
    if (DIGITS.includes(sign)) digit = BigInt(DIGITS.indexOf(sign));
    else if (place) [four, digit] = [four + digit * place, 0n];
    else if (sign === "角") [fen, digit] = [fen + digit * 10n, 0n];
    else if (sign === "分") [fen, digit] = [fen + digit, 0n];
    else if (sign !== "整") {
      const by = { 兆: 10n ** 12n, 亿: 10n ** 8n, 万: 10n ** 4n, 元: 1n }[sign] ?? 1n;
      [sum, four, digit] = [sum + (four + digit) * by, 0n, 0n];
    }
  }
  return sum * 100n + fen;
}

words("in capitals is read back as the amount that it was, whatever that is", () =>
  holds(
    fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (amount) => {
      const text = chineseWords(amount, "CNY").join("");
      assert.is(readCapitals(text), BigInt(amount), text);
      assert.not.match(text, /零零|零[元万亿角分整]/);
    }),
    { name: "capitals" },
  ),
);

words("in English has no empty word, and none left over", () =>
  holds(
    fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (amount) => {
      assert.not.match(englishWords(amount, "USD"), / {2}|undefined|-zero|zero /);
    }),
    { name: "English" },
  ),
);

words.run();
