// Large files of nothing good: what reads them holds up nobody else, and keeps no more than is told.
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { FirstLines } from "../../server/import/first-lines.ts";
import { holds } from "../helpers/properties.ts";
import { startLedger, type TestLedger } from "../ledger/start-ledger.ts";
import { HEADER, importsInto } from "./imports-into.ts";

const large = suite("an import of a large file");

let book: TestLedger;
large.before(async () => {
  book = await startLedger();
});
large.after(() => book.stop());

const { load } = importsInto(() => book);
const ROWS = 20_000;

for (const [what, row] of [
  ["bad rows", "x\n"],
  ["empty rows", "\n"],
  ["rows with a quote that nothing closes", '"\n'],
] as const)
  large(`of ${what} lets others go on after each few hundred`, async () => {
    let turn = 0;
    let isOver = false;
    const count = () => {
      turn += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    const turns = new Set<number>();
    const onProgress = () => void turns.add(turn);
    await load(`${HEADER}\n${row.repeat(ROWS)}`, { mostReported: 10, onProgress }).finally(() => {
      isOver = true;
    });
    assert.ok(turns.size >= ROWS / 500, `${turns.size} turns`);
  });

large("counts all bad rows, and tells the first of the file", async () => {
  const content = `${HEADER}\n${"x\nlarge,A-1,One,funds,EUR,1,\n".repeat(2000)}`;
  const result = await load(content, { mostReported: 3 });
  assert.equal([result.kept, result.badCount], [2000, 2000]);
  assert.equal(
    result.bad.map(({ line }) => line),
    [2, 4, 6],
  );
  assert.equal(
    result.replacing.map(({ line, replaces }) => [line, replaces]),
    [
      [5, 3],
      [7, 5],
      [9, 7],
    ],
  );
});

large("the first lines are the same in whichever order rows come", () =>
  holds(
    fc.property(fc.uniqueArray(fc.nat(500)), fc.integer({ min: 1, max: 20 }), (lines, most) => {
      const first = new FirstLines(most);
      for (const line of lines) first.add({ line });
      assert.is(first.count, lines.length);
      assert.equal(
        first.rows().map(({ line }) => line),
        lines.toSorted((one, other) => one - other).slice(0, most),
      );
    }),
    { name: "first-lines" },
  ),
);

large.run();
