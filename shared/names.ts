/** Texts that people write: what they may hold, and when two names are the same. */

/** Longest holder, memo or reason, in Unicode code points. */
export const MAX_TEXT_LENGTH = 140;

const CONTROL = /\p{Cc}|\p{Cs}|\p{Zl}|\p{Zp}/u;

/** True for 1 to 140 characters of Unicode without control characters, not white space alone. */
export function isText(text: string): boolean {
  return (
    text.length <= 2 * MAX_TEXT_LENGTH &&
    [...text].length <= MAX_TEXT_LENGTH &&
    text.trim() !== "" &&
    !CONTROL.test(text)
  );
}

/**
 * The form in which names are compared (design, section 2): Unicode NFKC, white space folded, case
 * ignored. NFKC comes twice, since folding the case can leave a text that is no longer normalised. The
 * case is folded down, up and down: ẞ has the small form ß alone, which in turn has the capital form SS.
 */
export function comparableName(name: string): string {
  const folded = name.normalize("NFKC").toLowerCase().toUpperCase().toLowerCase().normalize("NFKC");
  return folded.replace(/\s+/gu, " ").trim();
}
