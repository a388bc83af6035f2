/** An amount in words, as a document has it beside the figures: in English, and in the capitals (大写) of Chinese banks. */
import { EXPONENTS } from "@tallystick/protocol/money";

/** The whole units and the minor ones that are left over. */
function partsOf(amount: number, exponent: number): { whole: bigint; minor: string } {
  const digits = String(amount).padStart(exponent + 1, "0");
  return {
    whole: BigInt(digits.slice(0, digits.length - exponent)),
    minor: exponent > 0 ? digits.slice(-exponent) : "",
  };
}

/** What English calls one and several of a currency, and of its hundredth or thousandth. */
const ENGLISH: Readonly<Record<string, readonly [one: string, many: string, minor: string, minors: string]>> =
  {
    AUD: ["Australian dollar", "Australian dollars", "cent", "cents"],
    CAD: ["Canadian dollar", "Canadian dollars", "cent", "cents"],
    CHF: ["Swiss franc", "Swiss francs", "centime", "centimes"],
    CNY: ["yuan", "yuan", "fen", "fen"],
    EUR: ["euro", "euros", "cent", "cents"],
    GBP: ["pound", "pounds", "penny", "pence"],
    HKD: ["Hong Kong dollar", "Hong Kong dollars", "cent", "cents"],
    INR: ["Indian rupee", "Indian rupees", "paisa", "paise"],
    JPY: ["yen", "yen", "", ""],
    KRW: ["won", "won", "", ""],
    KWD: ["Kuwaiti dinar", "Kuwaiti dinars", "fils", "fils"],
    SGD: ["Singapore dollar", "Singapore dollars", "cent", "cents"],
    USD: ["US dollar", "US dollars", "cent", "cents"],
  };

const ONES =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(
    " ",
  );
const TENS = "x x twenty thirty forty fifty sixty seventy eighty ninety".split(" ");
const GROUPS = ["", "thousand", "million", "billion", "trillion", "quadrillion"];

/** @example englishWords(12_864_050, "CNY") // "One hundred twenty-eight thousand six hundred forty yuan and fifty fen" */
export function englishWords(amount: number, currency: string): string {
  const exponent = EXPONENTS.get(currency) ?? 0;
  const { whole, minor } = partsOf(amount, exponent);
  const names = ENGLISH[currency];
  const rest = Number(minor || 0);
  const wholeText = `${numberWords(whole)} ${names ? (whole === 1n ? names[0] : names[1]) : currency}`;
  if (rest === 0) return capital(wholeText);
  // Where the hundredth has no name here, it is written as on a cheque.
  const restText = names
    ? `${numberWords(BigInt(rest))} ${rest === 1 ? names[2] : names[3]}`
    : `${rest}/${10 ** exponent}`;
  return capital(whole === 0n && names ? restText : `${wholeText} and ${restText}`);
}

function numberWords(number: bigint): string {
  if (number === 0n) return "zero";
  const words: string[] = [];
  const digits = String(number);
  const groups = Math.ceil(digits.length / 3);
  const padded = digits.padStart(groups * 3, "0");
  for (let group = 0; group < groups; group += 1) {
    const value = Number(padded.slice(group * 3, group * 3 + 3));
    if (value > 0) words.push(hundreds(value), GROUPS[groups - 1 - group] ?? "");
  }
  return words.filter(Boolean).join(" ");
}

function hundreds(value: number): string {
  const rest = value % 100;
  const above = value >= 100 ? `${ONES[Math.floor(value / 100)]} hundred` : "";
  const tens = rest < 20 ? ONES[rest] : [TENS[Math.floor(rest / 10)], ONES[rest % 10]].join("-");
  return [above, rest === 0 ? "" : tens?.replace(/-zero$/, "")].filter(Boolean).join(" ");
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What stands before a sum in Chinese capitals; other currencies by their code. */
const CHINESE: Readonly<Record<string, string>> = {
  AUD: "澳元",
  CAD: "加元",
  CHF: "瑞士法郎",
  CNY: "人民币",
  EUR: "欧元",
  GBP: "英镑",
  HKD: "港元",
  INR: "印度卢比",
  JPY: "日元",
  KRW: "韩元",
  KWD: "科威特第纳尔",
  SGD: "新加坡元",
  USD: "美元",
};

const CAPITALS = "零壹贰叁肆伍陆柒捌玖";
const PLACES = ["", "拾", "佰", "仟"];
const MYRIADS = ["", "万", "亿", "万亿"];
const MINOR_PLACES = ["角", "分", "厘", "毫"];

/**
 * The groups in which it may be broken over lines, so that none is torn.
 *
 * @example chineseWords(12_864_050, "CNY").join("") // "人民币壹拾贰万捌仟陆佰肆拾元伍角整"
 */
export function chineseWords(amount: number, currency: string): string[] {
  const { whole, minor } = partsOf(amount, EXPONENTS.get(currency) ?? 0);
  const minorText = minorCapitals(minor, whole > 0n);
  const wholeGroups = whole > 0n ? wholeCapitals(whole) : minorText === "" ? ["零元"] : [];
  return [
    CHINESE[currency] ?? currency,
    ...wholeGroups,
    // Down to the last place that there is, nothing could be added; above it "exactly" closes the sum.
    ...(minorText === "" ? ["整"] : [`${minorText}${/[1-9]$/.test(minor) && minor.length > 1 ? "" : "整"}`]),
  ];
}

/** In groups of four digits; zeros within and between them are read once. */
function wholeCapitals(whole: bigint): string[] {
  const digits = String(whole);
  const groups = Math.ceil(digits.length / 4);
  const padded = digits.padStart(groups * 4, "0");
  const texts: string[] = [];
  let isZeroDue = false;
  for (let group = 0; group < groups; group += 1) {
    const four = padded.slice(group * 4, group * 4 + 4);
    let text = "";
    for (const [place, digit] of [...four].entries()) {
      if (digit === "0") isZeroDue = true;
      else {
        if (isZeroDue && (text !== "" || texts.length > 0)) text += "零";
        text += `${CAPITALS[Number(digit)]}${PLACES[3 - place]}`;
        isZeroDue = false;
      }
    }
    if (text !== "") texts.push(`${text}${MYRIADS[groups - 1 - group] ?? ""}`);
  }
  return texts.map((text, index) => (index === texts.length - 1 ? `${text}元` : text));
}

function minorCapitals(minor: string, hasWhole: boolean): string {
  if (/^0*$/.test(minor)) return "";
  let text = "";
  let isZeroDue = false;
  for (const [place, digit] of [...minor].entries()) {
    if (digit === "0") isZeroDue = true;
    else {
      if (isZeroDue && (text !== "" || hasWhole)) text += "零";
      text += `${CAPITALS[Number(digit)]}${MINOR_PLACES[place]}`;
      isZeroDue = false;
    }
  }
  return text;
}
