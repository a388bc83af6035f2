// about 110 s
/** Each benchmark runs, small, so that none rots. What it measures then means nothing. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { BENCHES } from "./benches.ts";
import { median, ratios, table } from "./report.ts";
import { SMOKE } from "./size.ts";

const smoke = suite("benchmarks");

for (const [name, bench] of Object.entries(BENCHES)) {
  smoke(`${name} runs and answers rows that can be printed`, async () => {
    const rows = await bench(SMOKE);
    assert.ok(rows.length > 0);
    for (const row of rows) {
      if (row.leftOut !== undefined) {
        console.log(`${name} was left out: ${row.leftOut}`);
        continue;
      }
      assert.ok(row.values.length > 0 && row.values.every(Number.isFinite), `${row.what}: ${row.values}`);
    }
    assert.is(table(rows).length, rows.length + 1);
  });
}

smoke("the table judges the median of the ratios, pair by pair", () => {
  const row = {
    what: "x",
    unit: "µs",
    values: [10, 30, 20],
    against: { what: "y", values: [10, 10, 10] },
    budget: 1.5,
  };
  assert.equal(ratios(row), [1, 3, 2]);
  assert.is(median(ratios(row)), 2);
  assert.match(table([row])[1] as string, /2\.00 \(1\.00 - 3\.00\).*MISSED/);
});

smoke("the table says what was left out and why", () => {
  const row = { what: "x", unit: "/s", values: [], atLeast: 6, leftOut: "there is no y here" };
  assert.match(table([row])[1] as string, /^x +>= 6 +there is no y here$/);
});

smoke("the table judges what has to be large enough", () => {
  const row = { what: "x", unit: "/s", values: [12], against: { what: "y", values: [2] }, atLeast: 6 };
  assert.match(table([row])[1] as string, />= 6 +kept/);
  assert.match(table([{ ...row, values: [11] }])[1] as string, />= 6 +MISSED/);
});

smoke.run();
