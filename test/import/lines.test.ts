// A text in pieces comes out as the same lines, wherever it was cut.
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { LineSplitter, MAX_LINE } from "../../server/import/lines.ts";
import { splitLine, splitLines } from "../../server/import/rows.ts";
import { holds } from "../helpers/properties.ts";

const lines = suite("lines of a file");

function split(pieces: readonly string[]): string[] {
  const splitter = new LineSplitter();
  return [...pieces.flatMap((piece) => splitter.push(piece)), ...splitter.end()];
}

lines("wherever a text is cut, its lines are the same", () =>
  holds(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom("a", "b", "\r", "\n"), maxLength: 6 }), { maxLength: 8 }),
      (pieces) => {
        const whole = pieces.join("").split(/\r\n|\n|\r/);
        if (whole.at(-1) === "") whole.pop();
        assert.equal(split(pieces), whole);
      },
    ),
    { name: "cut", runs: 3000 },
  ),
);

lines("of a line without end no more is kept than shows that it is too long", () => {
  const splitter = new LineSplitter();
  for (let piece = 0; piece < 100; piece++) assert.equal(splitter.push("x".repeat(MAX_LINE)), []);
  const [long = "", next] = splitter.push("\nshort\n");
  assert.ok(long.length > MAX_LINE && long.length <= 2 * MAX_LINE + 1);
  assert.is(next, "short");
});

const SPLIT: [line: string, separator: string, fields: string[]][] = [
  ["a,b,c", ",", ["a", "b", "c"]],
  [" a , b ,c ", ",", ["a", "b", "c"]],
  ["a,,", ",", ["a", "", ""]],
  ['"a, b",c', ",", ["a, b", "c"]],
  ['"say ""so""",c', ",", ['say "so"', "c"]],
  ['"a" , "b"', ",", ["a", "b"]],
  ['"a;b";c', ";", ["a;b", "c"]],
  ['a\t\t"b"\t', "\t", ["a", "", "b", ""]],
  ['"",""', ",", ["", ""]],
];
for (const [line, separator, fields] of SPLIT) {
  lines(`${JSON.stringify(line)} has ${fields.length} fields`, () =>
    assert.equal(splitLine(line, separator), fields),
  );
}

const DAMAGED: [line: string, why: RegExp][] = [
  ['a,"b', /not closed/],
  ['a,"b" c,d', /closed before its field ends/],
  ['a,b"c,d', /a quote within a field/],
  ['a,""b"",c', /closed before its field ends/],
  ["x".repeat(MAX_LINE + 1), /longer than/],
];
for (const [line, why] of DAMAGED) {
  lines(`${line.slice(0, 20)} is damaged`, () => {
    assert.throws(
      () => splitLine(line, ","),
      (error: unknown) => error instanceof RangeError && why.test(error.message),
    );
  });
}

lines("many lines at once have the fields that each has by itself", () =>
  holds(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom("a", '"', '""', ",", " ", "\t", '","'), maxLength: 5 }), {
        maxLength: 5,
      }),
      fc.constantFrom(",", "\t"),
      (texts, separator) => {
        const alone = texts.map((text) => splitLines([text], separator)[0]);
        assert.equal(splitLines(texts, separator), alone);
      },
    ),
    { name: "together", runs: 5000 },
  ),
);

lines.run();
