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
];
for (const [one, other] of DIFFERENT) {
  names(`"${one}" is not "${other}"`, () => {
    assert.is.not(comparableName(one), comparableName(other));
  });
}

const texts = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 });

names("a name in the form for comparing stays as it is", () =>
  holds(
    fc.property(texts, (text) => {
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
    fc.property(texts, fc.constantFrom("NFC", "NFD", "NFKC", "NFKD"), (text, form) => {
      assert.is(comparableName(text.normalize(form)), comparableName(text));
    }),
    { name: "normalisation", runs: 3000 },
  ),
);

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
];
for (const [what, text] of TEXTS) names(`${what} is a text`, () => assert.ok(isText(text)));

const NO_TEXTS: [what: string, text: string][] = [
  ["nothing", ""],
  ["white space alone", " \u3000 "],
  ["141 letters", "a".repeat(MAX_TEXT_LENGTH + 1)],
  ["141 characters beyond the basic plane", "𠮷".repeat(MAX_TEXT_LENGTH + 1)],
  ["a megabyte", "a".repeat(1024 * 1024)],
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
