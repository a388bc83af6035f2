/** Texts that people write: what they may hold, and when two names are the same. */

/** Longest holder, memo or reason, in Unicode code points. */
export const MAX_TEXT_LENGTH = 140;

const CONTROL = /\p{Cc}|\p{Cs}|\p{Zl}|\p{Zp}/u;

/**
 * What a reader can't see: Unicode's default ignorables (zero width, direction marks, soft hyphen, variation
 * selectors, fillers), and the marks of annotations, which it leaves out though nothing shows them.
 */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\u{fff9}-\u{fffb}]/gu;

/** White space, and the empty pattern of Braille, which looks the same. */
const SPACE = /[\s\u{2800}]+/gu;

const VISIBLE = /[^\s\u{2800}\p{Default_Ignorable_Code_Point}\u{fff9}-\u{fffb}]/u;

/** True for 1 to 140 characters of Unicode without control characters, one of which can be seen. */
export function isText(text: string): boolean {
  return (
    text.length <= 2 * MAX_TEXT_LENGTH &&
    [...text].length <= MAX_TEXT_LENGTH &&
    VISIBLE.test(text) &&
    !CONTROL.test(text)
  );
}

/**
 * Signs that people type one for another, after NFKD. A compatible decomposition of ´ is a space with an acute
 * on it, so that has to be known too, or a name would change by being normalised on its way.
 */
const SIGNS: readonly [RegExp, string][] = [
  // Dots between the parts of a foreign name in Chinese or Japanese, and what keyboards have instead.
  [
    /[\u{b7}\u{1427}\u{16eb}\u{2022}\u{2027}\u{2219}\u{22c5}\u{25cf}\u{2981}\u{2e31}\u{30fb}\u{a78f}\u{10101}]/gu,
    "·",
  ],
  // Apostrophes: quotation marks, modifier letters, primes, accents that stand alone.
  [
    /[`\u{b4}\u{2b9}\u{2bb}-\u{2bf}\u{2c8}\u{2ca}\u{2cb}\u{55a}\u{5f3}\u{2018}\u{2019}\u{201b}\u{2032}\u{2035}\u{a78b}\u{a78c}]/gu,
    "'",
  ],
  [/ [\u{301}\u{313}\u{314}]/gu, "'"],
  [/[\u{201c}\u{201d}\u{201f}]/gu, '"'],
  [/\u{2010}/gu, "-"],
  // A capital İ has a dot and a small ı has none, where i has one and I none: all four are the same letter.
  [/(?<=\p{Soft_Dotted}\p{M}*)\u{307}/gu, ""],
  // Small sigma has another form at the end of a word, and which one is written depends on what follows.
  [/ς/gu, "σ"],
];

/**
 * The form in which names are compared (design, section 2): Unicode NFKC, case folded, without what can't be
 * seen, white space folded, and one sign for those that people type one for another. What one step leaves
 * may be for an earlier one to fold, so they are repeated until nothing changes; a name in this form stays as
 * it is.
 */
export function comparableName(name: string): string {
  // Most of what is to be done has nothing to do with ASCII, and most names are compared often.
  if (ASCII.test(name)) return name.toLowerCase().replaceAll("`", "'").replace(/ +/g, " ").trim();
  let folded = name;
  for (let before = ""; folded !== before; ) {
    before = folded;
    folded = foldOnce(folded);
  }
  return folded;
}

const ASCII = /^[ -~]*$/;

/** What can't be seen goes first: it would keep marks from being put in order, of which one is a letter in capitals. */
function foldOnce(name: string): string {
  let folded = foldCase(name.replace(INVISIBLE, "").normalize("NFKD")).normalize("NFKD").replace(SPACE, " ");
  for (const [sign, plain] of SIGNS) folded = folded.replace(sign, plain);
  return folded.normalize("NFKC").replace(SPACE, " ").trim();
}

/**
 * Unicode's full case folding, by way of down, up and down: ẞ has the small form ß alone, which in turn has
 * the capital form SS.
 */
function foldCase(text: string): string {
  return text.toLowerCase().toUpperCase().toLowerCase();
}
