import { comparableName, isText, MAX_TEXT_LENGTH } from "@tallystick/protocol";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { holds } from "../helpers/properties.ts";

const names = suite("names");

const SAME: [why: string, one: string, other: string][] = [
  ["case", "Acme Ltd", "ACME LTD"],
  ["white space around", "  Acme Ltd ", "Acme Ltd"],
  ["white space inside", "Acme \u00a0 Ltd", "Acme Ltd"],
  ["an ideographic space", "北京　贸易", "北京 贸易"],
  ["full-width letters and digits", "ＡＣＭＥ　Ｌｔｄ　２", "Acme Ltd 2"],
  ["half-width katakana", "ﾔﾏﾀﾞ ﾀﾛｳ", "ヤマダ タロウ"],
  ["composed and decomposed letters", "Zoe\u0308 Café", "Zoë Cafe\u0301"],
  ["ligatures", "Grun\uFB00eld", "Grunffeld"],
  ["sharp s", "STRASSE", "Straße"],
  ["capital sharp s", "STRAẞE", "Straße"],
  ["the forms of sigma", "ΟΔΥΣΣΕΥΣ", "οδυσσευς"],
  ["letters beyond the basic plane", "𐐀𐐁", "𐐨𐐩"],
  ["a circled or squared form", "㈱山田", "(株)山田"],
  ["a zero width space", "Acme\u200b Ltd", "Acme Ltd"],
  ["a zero width joiner and non-joiner", "Ac\u200dme\u200c Ltd", "Acme Ltd"],
  ["a word joiner, a byte order mark", "Acme\u2060 Ltd\ufeff", "Acme Ltd"],
  ["direction marks", "\u200eAcme\u200f Ltd\u061c", "Acme Ltd"],
  ["embedded and isolated directions", "\u202aAcme\u202c \u2066Ltd\u2069", "Acme Ltd"],
  ["a soft hyphen", "Ac\u00adme Ltd", "Acme Ltd"],
  ["variation selectors", "葛\u{e0100}城\ufe00", "葛城"],
  ["a Mongolian vowel separator", "Ac\u180eme", "Acme"],
  ["a combining grapheme joiner", "Zoe\u034f\u0308", "Zoë"],
  ["Hangul fillers", "\u3164김\u115f\u1160\uffa0", "김"],
  ["tags", "Acme\u{e0041}\u{e007f}", "Acme"],
  ["the marks of an annotation", "\ufff9Acme\ufffb", "Acme"],
  ["an empty pattern of Braille", "Acme\u2800Ltd", "Acme Ltd"],
  ["what can't be seen between two spaces", "Acme \u200b Ltd", "Acme Ltd"],
  ["what can't be seen before a letter's accent", "Zoe\u200b\u0308", "Zoë"],
  ["a capital I with a dot", "İSTANBUL", "istanbul"],
  ["a small i without a dot", "ıstanbul", "ISTANBUL"],
  ["the Turkish and the English small form of a name", "DİYARBAKIR", "diyarbakır"],
  ["a dot above, apart from its i", "i\u0307stanbul", "Istanbul"],
  ["a dot above an i with another mark", "I\u0327\u0307", "i\u0327"],
  ["an iota below", "ᾳ", "ΑΙ"],
  ["Cherokee's small letters", "ꭰꭱ", "ᎠᎡ"],
  ["a sigma that is not the last for a reader", "ΟΔΥΣΣΕΥΣ\u200bΑ", "οδυσσευσα"],
  ...[..."•・･‧∙⋅·●⸱ꞏ"].map((dot): [string, string, string] => [
    `the dot ${dot}`,
    `约翰${dot}史密斯`,
    "约翰·史密斯",
  ]),
  ...[..."’‘‛ʼʻ`´′＇ʹꞌ"].map((sign): [string, string, string] => [
    `the apostrophe ${sign}`,
    `O${sign}Brien`,
    "O'Brien",
  ]),
  ["quotation marks", "“Romashka” Ltd", '"Romashka" Ltd'],
  ["a hyphen that does not break", "Jean\u2011Luc", "Jean-Luc"],
];
for (const [why, one, other] of SAME) {
  names(`${why} make no difference: "${one}" is "${other}"`, () => {
    assert.is(comparableName(one), comparableName(other));
  });
}

const DIFFERENT: [one: string, other: string][] = [
  ["Acme Ltd", "Acme"],
  ["Acme Ltd", "AcmeLtd"],
  ["北京贸易", "北京貿易"],
  ["Zoe", "Zoë"],
  ["Acme Ltd", "Acme Ltd."],
  // Looks the same, but is Cyrillic.
  ["Acme", "Аcme"],
  ["约翰·史密斯", "约翰史密斯"],
  ["约翰·史密斯", "约翰.史密斯"],
  ["O'Brien", "OBrien"],
  ["Jean-Luc", "Jean Luc"],
  ["Żaneta", "Zaneta"],
  ["\u05e9\u05dc\u05d5\u05dd", "\u05e9\u05dc\u05d5"],
];
for (const [one, other] of DIFFERENT) {
  names(`"${one}" is not "${other}"`, () => {
    assert.is.not(comparableName(one), comparableName(other));
  });
}

const texts = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 });
const folded = fc.constantFrom(..."İıIiΣςσẞßſᾳ\u0307\u0327\u0345\u0308´ ’•\u200b\ufe0f\u2800\u3000ﬀ㈱a'");
/** Texts of what folding has to deal with, side by side. */
const crowded = fc.string({ unit: folded, minLength: 1, maxLength: 12 });

names("a name in the form for comparing stays as it is", () =>
  holds(
    fc.property(fc.oneof(texts, crowded), (text) => {
      const once = comparableName(text);
      assert.is(comparableName(once), once);
    }),
    { name: "idempotent", runs: 3000 },
  ),
);

names("the case of no letter of Unicode makes a difference", () => {
  for (let code = 0; code <= 0x1ffff; code++) {
    const letter = String.fromCodePoint(code);
    if (!/\p{L}|\p{M}|\p{N}|\p{S}/u.test(letter)) continue;
    const name = comparableName(letter);
    assert.is(comparableName(letter.toUpperCase()), name);
    assert.is(comparableName(letter.toLowerCase()), name);
  }
});

names("how a name is normalised when it is sent makes no difference", () =>
  holds(
    fc.property(fc.oneof(texts, crowded), fc.constantFrom("NFC", "NFD", "NFKC", "NFKD"), (text, form) => {
      assert.is(comparableName(text.normalize(form)), comparableName(text));
    }),
    { name: "normalisation", runs: 3000 },
  ),
);

names("the case of no text makes a difference", () =>
  holds(
    // With its marks in order, since the iota below becomes a letter, and those after it would stand on that.
    fc.property(fc.oneof(texts, crowded), (any) => {
      const text = any.replace(/\p{Default_Ignorable_Code_Point}/gu, "").normalize("NFD");
      const name = comparableName(text);
      assert.is(comparableName(text.toUpperCase()), name);
      assert.is(comparableName(text.toLowerCase()), name);
    }),
    { name: "case", runs: 3000 },
  ),
);

names("what can't be seen makes no difference, wherever it stands", () =>
  holds(
    fc.property(
      fc.oneof(texts, crowded, fc.string({ maxLength: 20 })),
      fc.nat(),
      fc.constantFrom(..."\u00ad\u034f\u061c\u200b\u200d\u200f\u2060\u2069\ufe0f\ufeff\u{e0100}"),
      (text, place, invisible) => {
        const characters = [...text];
        characters.splice(place % (characters.length + 1), 0, invisible);
        assert.is(comparableName(characters.join("")), comparableName(text));
      },
    ),
    { name: "invisible", runs: 3000 },
  ),
);

names("every default ignorable of Unicode is left out, and is no text by itself", () => {
  let count = 0;
  for (let code = 0; code <= 0x10ffff; code++) {
    const character = String.fromCodePoint(code);
    if (!/\p{Default_Ignorable_Code_Point}/u.test(character)) continue;
    count += 1;
    assert.is(comparableName(`a${character}b`), "ab", code.toString(16));
    assert.not.ok(isText(character), code.toString(16));
  }
  assert.ok(count > 4000);
});

names("what is a text has a name that can be compared", () => {
  for (let code = 0; code <= 0x1ffff; code++) {
    const text = String.fromCodePoint(code);
    if (isText(text)) assert.is.not(comparableName(text), "", code.toString(16));
  }
});

names("white space makes no difference, however much and of whatever kind", () =>
  holds(
    fc.property(
      fc.array(fc.stringMatching(/^[a-z0-9北京]{1,8}$/u), { minLength: 1, maxLength: 4 }),
      fc.stringMatching(/^[ \u00a0\u2003\u3000]{1,4}$/),
      (words, space) => {
        assert.is(comparableName(space + words.join(space) + space), words.join(" "));
      },
    ),
    { name: "white space", runs: 1000 },
  ),
);

const TEXTS: [what: string, text: string][] = [
  ["a letter", "a"],
  ["Chinese", "开立电子凭证"],
  ["140 letters", "a".repeat(MAX_TEXT_LENGTH)],
  ["140 characters beyond the basic plane, 280 code units", "𠮷".repeat(MAX_TEXT_LENGTH)],
  ["a separator of the store's log", "either|or"],
  ["quotes, backslashes and percent signs", `"'\\%s{1}`],
  ["a text in a right-to-left script", "شركة"],
  ["a word with a direction mark and a variation selector", "\u200fشركة ❤\ufe0f"],
];
for (const [what, text] of TEXTS) names(`${what} is a text`, () => assert.ok(isText(text)));

const NO_TEXTS: [what: string, text: string][] = [
  ["nothing", ""],
  ["white space alone", " \u3000 "],
  ["141 letters", "a".repeat(MAX_TEXT_LENGTH + 1)],
  ["141 characters beyond the basic plane", "𠮷".repeat(MAX_TEXT_LENGTH + 1)],
  ["a megabyte", "a".repeat(1024 * 1024)],
  ["zero width spaces alone", "\u200b\u200b"],
  ["direction marks and white space", "\u200e \u202e"],
  ["a Hangul filler", "\u3164"],
  ["an empty pattern of Braille", "\u2800"],
  ["a soft hyphen and a variation selector", "\u00ad\ufe0f"],
  ["a zero byte", "a\0b"],
  ["a line break", "a\nb"],
  ["a tab", "a\tb"],
  ["an escape", "a\u001bb"],
  ["the store's separator of values", "a\u001fb"],
  ["a C1 control character", "a\u0085b"],
  ["a line separator", "a\u2028b"],
  ["a paragraph separator", "a\u2029b"],
  ["a high surrogate alone", "a\ud83d"],
  ["a low surrogate alone", "\ude00a"],
];
for (const [what, text] of NO_TEXTS) names(`${what} is no text`, () => assert.not.ok(isText(text)));

names.run();
