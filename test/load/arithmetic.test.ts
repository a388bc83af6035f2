/** The arithmetic of a load: shares, arrivals, percentiles over threads, and what makes it fail. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { arrivalCount, arrivalMs } from "../../server/load/arrivals.ts";
import { Collector, curveOf, latenciesOf } from "../../server/load/collector.ts";
import type { Interval, Series, Witnessed } from "../../server/load/messages.ts";
import { createPicker, DEFAULT_MIX, readMix } from "../../server/load/mix.ts";
import { judge } from "../../server/load/verdict.ts";
import { compare } from "../../server/load/verify.ts";

const load = suite("a load's arithmetic");

load("reads shares, and says what is wrong with others", () => {
  assert.equal(readMix("straight=80, drop=20"), { straight: 80, drop: 20 });
  for (const wrong of ["", "straight", "straight=-1", "sideways=5", "straight=0", "straight=1;drop=1"]) {
    assert.throws(() => readMix(wrong), /share/);
  }
});

load("picks scenarios so that any stretch has their shares, none off by more than one", () => {
  const pick = createPicker(DEFAULT_MIX);
  const whole = Object.values(DEFAULT_MIX).reduce((sum, share) => sum + share, 0);
  const seen: Record<string, number> = {};
  for (let count = 1; count <= 500; count++) {
    const name = pick();
    seen[name] = (seen[name] ?? 0) + 1;
    for (const [scenario, share] of Object.entries(DEFAULT_MIX)) {
      assert.ok(
        Math.abs((seen[scenario] ?? 0) - (count * share) / whole) < 1.5,
        `${scenario} after ${count}`,
      );
    }
  }
});

load("lets arrivals grow evenly over the ramp, and then come evenly", () => {
  const plan = { rate: 100, rampMs: 2000, durationMs: 3000 };
  assert.is(arrivalCount(plan), 400);
  assert.is(arrivalMs(plan, 0), 0);
  // Half of the ramp's 100 arrivals come in its last 586 ms, since their number grows with the square.
  assert.is(Math.round(arrivalMs(plan, 50)), 1414);
  assert.is(arrivalMs(plan, 100), 2000);
  assert.is(arrivalMs(plan, 200), 3000);
  assert.ok(arrivalMs(plan, 399) < 5000);
});

function interval(
  index: number,
  samples: { [S in Series]?: number[] },
  more: Partial<Interval> = {},
): Interval {
  const none = {
    finished: {},
    failed: {},
    errors: {},
    refusals: {},
    reconnects: 0,
    waiting: 0,
    witnessed: [],
  };
  return { index, samples, sessions: 1, ...none, ...more };
}

load("merges what threads tell into one histogram and one line of time", () => {
  const collector = new Collector();
  const low = Array.from({ length: 99 }, () => 1);
  collector.take(interval(0, { "payer:agree": low }, { finished: { straight: 2 }, errors: { timeout: 1 } }));
  collector.take(interval(0, { "payer:agree": [100] }, { finished: { straight: 1 } }));
  collector.take(interval(1, { request_to_issued: [7] }));
  const found = latenciesOf(collector.histogram("payer:agree"));
  assert.is(found.count, 100);
  assert.ok(Math.abs(found.p50 - 1) < 0.01 && Math.abs(found.max - 100) < 0.1, JSON.stringify(found));
  assert.ok(found["p99.9"] > 99 && found.p90 < 1.01);
  assert.is(collector.commands, 100);
  assert.is(collector.negotiations, 3);
  const [first, second] = collector.finish();
  assert.equal(
    { ...first, p50: Math.round(first?.p50 ?? 0), p99: Math.round(first?.p99 ?? 0) },
    {
      second: 0,
      negotiationsPerSecond: 6,
      commandsPerSecond: 200,
      sessions: 2,
      waiting: 0,
      errors: 1,
      p50: 1,
      p99: 100,
    },
  );
  assert.not("p50" in (second as object), "the way to a voucher is no command");
  const curve = curveOf(collector.histogram("payer:agree"));
  assert.is(curve[0]?.[0], 0);
  assert.is(curve.at(-1)?.[0], 100);
  assert.equal(
    curve.map(([, ms]) => ms).toSorted((a, b) => a - b),
    curve.map(([, ms]) => ms),
  );
});

const seen: Witnessed = { issuanceId: "x", issuerVersion: 5, payerVersion: 5, state: "issued", digest: "d" };

load("finds an event that a side did not see, and one that the hub tells otherwise", () => {
  const stored = { version: 5, digest: "d" } as Parameters<typeof compare>[1];
  assert.is(compare(seen, stored), undefined);
  assert.match(compare({ ...seen, payerVersion: 4 }, stored) ?? "", "the payer 4");
  assert.match(compare({ ...seen, digest: "other" }, stored) ?? "", "other events");
  assert.match(compare(seen, undefined) ?? "", "no such issuance");
});

load("fails for each of its reasons, and for no other", () => {
  const latencies = { request_to_issued: { p99: 40 } } as unknown as Parameters<typeof judge>[0]["latencies"];
  const good = { latencies, negotiationsPerSecond: 100, missing: [], failed: {}, errors: {}, witnessed: 9 };
  const audited = { accounts: 1, freezes: 1, issuances: 1, vouchers: 1, findings: [] };
  assert.equal(judge(good, { maxP99Ms: 40, minRate: 100 }, audited), []);
  assert.equal(judge(good, {}, undefined), []);
  const finding = { subject: "acme/1", problem: "frozen is 1" };
  for (const [result, thresholds, audit, says] of [
    [good, { maxP99Ms: 39 }, audited, "--max-p99: request to voucher took 40.0 ms"],
    [{ ...good, latencies: {} }, { maxP99Ms: 39 }, audited, "--max-p99: request to voucher took for ever"],
    [good, { minRate: 101 }, audited, "--min-rate: 100.0 negotiations a second"],
    [{ ...good, missing: ["x: gone"] }, {}, audited, "events are missing in 1 issuances, as in x: gone"],
    [
      { ...good, failed: { straight: 2 }, errors: { timeout: 2 } },
      {},
      audited,
      "2 negotiations failed (timeout 2)",
    ],
    [{ ...good, witnessed: 0 }, {}, audited, "no negotiation came to its end"],
    [good, {}, { ...audited, findings: [finding] }, "not in balance: 1 findings, as in acme/1: frozen is 1"],
  ] as const) {
    const reasons = judge(
      { ...result, missing: [...result.missing] },
      thresholds,
      audit && { ...audit, findings: [...audit.findings] },
    );
    assert.is(reasons.length, 1);
    assert.ok(reasons[0]?.includes(says), reasons[0]);
  }
});

load.run();
