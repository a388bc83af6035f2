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
export const EXPONENTS: ReadonlyMap<string, number> = new Map(
  [EXPONENT_0, "", EXPONENT_2, EXPONENT_3, EXPONENT_4].flatMap((codes, exponent) =>
    codes
      .split(" ")
      .filter(Boolean)
      .map((code): [string, number] => [code, exponent]),
  ),
);

/** True for the alphabetic code of an active currency, in capitals. */
export function isCurrency(code: string): boolean {
  return EXPONENTS.has(code);
}

function exponentOf(currency: string): number {
  const exponent = EXPONENTS.get(currency);
  if (exponent === undefined) throw new RangeError(`${currency} is not an active ISO 4217 currency`);
  return exponent;
}

/**
 * Reads an amount as people write it, `"1,250.50"` or `"1250.5"`, into minor units.
 *
 * @throws RangeError when it is not a plain decimal, has more decimals than the currency, or is too large.
 * @example parseAmount("1250.5", "CNY") // 125050
 */
export function parseAmount(text: string, currency: string): number {
  const exponent = exponentOf(currency);
  const match = /^(\d+|\d{1,3}(?:,\d{3})+)(?:\.(\d+))?$/.exec(text.trim());
  if (!match) throw new RangeError(`"${text}" is not an amount: write digits, as in 1250.50`);
  const [, whole = "", decimals = ""] = match;
  if (decimals.length > exponent) {
    throw new RangeError(`"${text}" has more decimals than ${currency}, which has ${exponent}`);
  }
  const amount = Number(whole.replaceAll(",", "") + decimals.padEnd(exponent, "0"));
  if (amount > MAX_AMOUNT) throw new RangeError(`"${text}" ${currency} is more than can be kept exactly`);
  return amount;
}

/**
 * Writes minor units as people read them, with thousands separated and the currency's own decimals.
 *
 * @throws RangeError when the amount is not a safe integer.
 * @example formatAmount(12_500_000, "CNY") // "125,000.00"
 */
export function formatAmount(amount: number, currency: string): string {
  const exponent = exponentOf(currency);
  if (!Number.isSafeInteger(amount)) throw new RangeError(`${amount} is not a count of minor units`);
  const digits = String(Math.abs(amount)).padStart(exponent + 1, "0");
  const whole = digits.slice(0, digits.length - exponent).replace(/\B(?=(\d{3})+$)/g, ",");
  const decimals = exponent > 0 ? `.${digits.slice(-exponent)}` : "";
  return `${amount < 0 ? "-" : ""}${whole}${decimals}`;
}
