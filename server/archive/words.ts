/** By which words something is found: those of its memo, and the names of its parties. */
import type { WordTable } from "./schema.ts";

/** Longer words are found by their beginning. */
const LONGEST = 32;
/** Whoever may find everything. */
export const OPERATORS = "*";

/** The words of a text, each once; letters that differ in form or case alone are the same. */
export function wordsOf(text: string): string[] {
  const words =
    text
      .normalize("NFKC")
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  return [...new Set(words.map((word) => [...word].slice(0, LONGEST).join("")))];
}

/** What an issuance and its voucher can be found by. */
export interface Findable {
  id: string;
  issuer: string;
  payer: string;
  beneficiary: string;
  memo?: string | undefined;
}

/** All its words, with a space before each. */
export function spacedWords({ issuer, payer, beneficiary, memo = "" }: Findable): string {
  return wordsOf(`${issuer} ${payer} ${beneficiary} ${memo}`)
    .map((word) => ` ${word}`)
    .join("");
}

/** The rows by which a word leads to it. A party's own name, which is in all that it can find, leads nowhere. */
export function wordRows(subject: Findable): WordTable[] {
  const { id, issuer, payer, beneficiary, memo = "" } = subject;
  const parties = [...new Set([issuer, payer, beneficiary])];
  return [...parties, OPERATORS].flatMap((party) => {
    const others = parties.filter((other) => other !== party);
    return wordsOf(`${others.join(" ")} ${memo}`).map((word) => ({ party, word, id }));
  });
}
