/** By which words something is found: those of its memo, its amount, and the names of its parties. */
import { comparableName } from "@tallystick/protocol";
import type { WordTable } from "./schema.ts";

/** Longer words are found by their beginning. */
const LONGEST = 32;
/** Whoever may find everything. */
export const OPERATORS = "*";

/** The words of a text, each once; letters that differ in form or case alone are the same, as in names. */
export function wordsOf(text: string): string[] {
  const words = comparableName(text).match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  return [...new Set(words.map((word) => [...word].slice(0, LONGEST).join("")))];
}

/** A number with its thousands parted, or with decimals: 125,000.00 or 3.5. */
const NUMBER = /^(?:\d{1,3}(?:[,'’]\d{3})+(?:\.\d+)?|\d+\.\d+)$/;

/** The digits of a text that is such a number: those of an amount are its minor units. */
function digitsOf(token: string): string | undefined {
  return NUMBER.test(token) ? token.replace(/\D/g, "").slice(0, LONGEST) : undefined;
}

const tokensOf = (text: string) => text.normalize("NFKC").split(/\s+/);

/** The words that are looked for: an amount is one, as people write it or in minor units, `125,000.00` or `12500000`. */
export function askedWords(q: string): string[] {
  return [...new Set(tokensOf(q).flatMap((token) => digitsOf(token) ?? wordsOf(token)))];
}

/** The words by which a text is found. */
function foundBy(text: string): string[] {
  return [...new Set([...wordsOf(text), ...tokensOf(text).flatMap((token) => digitsOf(token) ?? [])])];
}

/** What an issuance and its voucher can be found by. */
export interface Findable {
  id: string;
  issuer: string;
  payer: string;
  beneficiary: string;
  /** Minor units. */
  amount: number;
  memo?: string | undefined;
}

/** All its words, with a space before each. */
export function spacedWords({ issuer, payer, beneficiary, amount, memo = "" }: Findable): string {
  return foundBy(`${issuer} ${payer} ${beneficiary} ${amount} ${memo}`)
    .map((word) => ` ${word}`)
    .join("");
}

/** The rows by which a word leads to it. A party's own name, which is in all that it can find, leads nowhere. */
export function wordRows(subject: Findable): WordTable[] {
  const { id, issuer, payer, beneficiary, amount, memo = "" } = subject;
  const parties = [...new Set([issuer, payer, beneficiary])];
  return [...parties, OPERATORS].flatMap((party) => {
    const others = parties.filter((other) => other !== party);
    return foundBy(`${others.join(" ")} ${amount} ${memo}`).map((word) => ({ party, word, id }));
  });
}
