/**
 * Amounts are integer counts of a currency's minor unit (ISO 4217), never floats. How many digits the
 * minor unit has is the currency's exponent: JPY 0, CNY 2, KWD 3.
 */

/** Largest amount: the largest integer that JavaScript, JSON and Lua all keep exactly. */
export const MAX_AMOUNT = Number.MAX_SAFE_INTEGER;

const EXPONENT_2 =
  "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG";
const EXPONENT_0 = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
const EXPONENT_3 = "BHD IQD JOD KWD LYD OMR TND";
const EXPONENT_4 = "CLF UYW";

/** Digits of each active currency's minor unit. Source: ISO 4217, list one. */
export const EXPONENTS: ReadonlyMap<string, number> = mapExponents([
  EXPONENT_0,
  "",
  EXPONENT_2,
  EXPONENT_3,
  EXPONENT_4,
]);

/**
 * Currencies that have been withdrawn: nothing new is made in them, and what is there can still be read.
 * Source: ISO 4217, list three; the minor units are those of list one before it was withdrawn.
 */
const WITHDRAWN: ReadonlyMap<string, number> = mapExponents([
  "ADP BEF BYB BYR ESP GRD ITL LUF MGF PTE TPE TRL",
  "",
  "AFA ALK ANG AOK AON AOR ARA ARP ARY ATS AYM AZM BAD BEC BEL BGJ BGK BGL BGN BOP BRB BRC BRE BRN BRR BUK CHC CSD CSJ CSK CUC CYP DDM DEM ECS ECV EEK ESA ESB FIM FRF GEK GHC GHP GNE GNS GQE GWE GWP HRD HRK IEP ILP ILR ISJ LAJ LSM LTL LTT LUC LUL LVL LVR MLF MRO MTL MTP MVQ MXP MZE MZM NIC NLG PEH PEI PES PLZ RHD ROK ROL RUR SDD SDP SIT SKK SLL SRG STD SUR SVC TJR TMM UAK UGS UGW USS UYN UYP VEB VEF VNC XEU XFO XFU XRE YDD YUD YUM YUN ZAL ZMK ZRN ZRZ ZWC ZWD ZWL ZWN ZWR",
]);

/** @param codes the codes of exponent 0, of exponent 1, and so on, with spaces between. */
function mapExponents(codes: readonly string[]): Map<string, number> {
  return new Map(
    codes.flatMap((list, exponent) =>
      list
        .split(" ")
        .filter(Boolean)
        .map((code): [string, number] => [code, exponent]),
    ),
  );
}

/** True for the alphabetic code of an active currency, in capitals. */
export function isCurrency(code: string): boolean {
  return EXPONENTS.has(code);
}

/** Undefined for what is no currency, or one that is newer than this list. */
function exponentOf(currency: string): number | undefined {
  return EXPONENTS.get(currency) ?? WITHDRAWN.get(currency);
}

/** What is wrong with a text that is to be an amount; `text` is shortened. */
export type AmountFault =
  | { code: "amount_unreadable"; text: string; instead?: string }
  | { code: "amount_too_precise"; text: string; currency: string; decimals: number; thousand?: string }
  | { code: "amount_ambiguous"; text: string; currency: string; readings: [string, string] }
  | { code: "amount_too_large"; text: string; currency: string };

/** A text is no amount: its message says why in English, and `fault` with what a sentence in another language needs. */
export class AmountError extends RangeError {
  readonly fault: AmountFault;

  constructor(fault: AmountFault, message: string) {
    super(message);
    this.fault = fault;
  }
}

/**
 * Reads an amount as people write it, `"1,250.50"` or `"1250.5"`, into minor units. What could be meant in
 * two ways is refused, such as `1.250,00`, or `1,250` in a currency of three decimals.
 *
 * @throws RangeError, an `AmountError` unless it is the currency that is unknown, when it is not a plain decimal, has more decimals than the currency, or is too large.
 * @example parseAmount("1250.5", "CNY") // 125050
 */
export function parseAmount(text: string, currency: string): number {
  const exponent = exponentOf(currency);
  if (exponent === undefined) throw new RangeError(`${currency} is not an active ISO 4217 currency`);
  const match = /^(\d+|\d{1,3}(?:,\d{3})+)(?:\.(\d+))?$/.exec(text.trim());
  if (!match) throw unreadable(text);
  const [, whole = "", decimals = ""] = match;
  if (decimals.length > exponent) throw tooPrecise(text, { whole, decimals, currency, exponent });
  if (exponent === 3 && decimals === "" && /^\d{1,3},\d{3}$/.test(whole))
    throw ambiguous(text, whole, currency);
  const amount = Number(whole.replaceAll(",", "") + decimals.padEnd(exponent, "0"));
  if (amount > MAX_AMOUNT) {
    throw new AmountError(
      { code: "amount_too_large", text: shortened(text), currency },
      `${quoted(text)} ${currency} is more than can be kept exactly`,
    );
  }
  return amount;
}

/** Long enough for every amount that can be kept. */
const MAX_QUOTED = 40;

function shortened(text: string): string {
  return text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text;
}

const quoted = (text: string) => `"${shortened(text)}"`;

/** Says what to write instead, where a text is an amount in the way of another country. */
function unreadable(text: string): AmountError {
  const match = /^(\d+|\d{1,3}(?:([.'’\u00a0\u202f ])\d{3})(?:\2\d{3})*),(\d+)$/.exec(text.trim());
  const fault = { code: "amount_unreadable", text: shortened(text) } as const;
  if (!match || text.length > MAX_QUOTED)
    return new AmountError(fault, `${quoted(text)} is not an amount: write digits, as in 1250.50`);
  const [, whole = "", , decimals = ""] = match;
  const instead = `${whole.replace(/\D/g, "")}.${decimals}`;
  const hint = `write ${instead}, with a point before the decimals`;
  return new AmountError({ ...fault, instead }, `${quoted(text)} is not an amount: ${hint}`);
}

function tooPrecise(
  text: string,
  {
    whole,
    decimals,
    currency,
    exponent,
  }: { whole: string; decimals: string; currency: string; exponent: number },
): AmountError {
  const thousand = /^\d{1,3}\.\d{3}$/.test(text.trim()) ? `${whole}${decimals}` : undefined;
  const hint = thousand === undefined ? "" : `; for a thousand and more write ${thousand}`;
  return new AmountError(
    {
      code: "amount_too_precise",
      text: shortened(text),
      currency,
      decimals: exponent,
      ...(thousand !== undefined && { thousand }),
    },
    `${quoted(text)} has more decimals than ${currency}, which has ${exponent}${hint}`,
  );
}

function ambiguous(text: string, whole: string, currency: string): AmountError {
  const [before = "", after = ""] = whole.split(",");
  const readings: [string, string] = [`${before}${after}`, `${before}.${after}`];
  return new AmountError(
    { code: "amount_ambiguous", text: shortened(text), currency, readings },
    `${quoted(text)} could be two amounts in ${currency}: write ${readings.join(" or ")}`,
  );
}

/**
 * Writes minor units as people read them, with thousands separated and the currency's own decimals, also in
 * one that has been withdrawn. Of a code that ISO 4217 does not know, or not yet, it says the minor units.
 *
 * @throws RangeError when the amount is not a safe integer, or the currency no code at all.
 * @example formatAmount(12_500_000, "CNY") // "125,000.00"
 */
export function formatAmount(amount: number, currency: string): string {
  const exponent = exponentOf(currency);
  if (exponent === undefined) {
    if (!/^[A-Z]{3}$/.test(currency)) throw new RangeError(`${currency} is not an active ISO 4217 currency`);
    return `${formatDigits(amount, 0)} minor units`;
  }
  return formatDigits(amount, exponent);
}

function formatDigits(amount: number, exponent: number): string {
  if (!Number.isSafeInteger(amount)) throw new RangeError(`${amount} is not a count of minor units`);
  const digits = String(Math.abs(amount)).padStart(exponent + 1, "0");
  const whole = digits.slice(0, digits.length - exponent).replace(/\B(?=(\d{3})+$)/g, ",");
  const decimals = exponent > 0 ? `.${digits.slice(-exponent)}` : "";
  return `${amount < 0 ? "-" : ""}${whole}${decimals}`;
}
