/** The arithmetic of a load: shares, arrivals, percentiles over threads, and what makes it fail. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { arrivalCount, arrivalMs } from "../../server/load/arrivals.ts";
import { now } from "../../server/load/clock.ts";
import { Collector, curveOf, latenciesOf } from "../../server/load/collector.ts";
import { fullLoadRates } from "../../server/load/full-load.ts";
import type { Interval, Series, Witnessed } from "../../server/load/messages.ts";
import { createPicker, DEFAULT_MIX, readMix } from "../../server/load/mix.ts";
import { runOpenLoop } from "../../server/load/open-loop.ts";
import { Order } from "../../server/load/order.ts";
import { hubCost, parseMetrics } from "../../server/load/probes.ts";
import { describeTester, judge } from "../../server/load/verdict.ts";
import { compare } from "../../server/load/verify.ts";

const load = suite("a load's arithmetic");

load("reads shares, and says what is wrong with others", () => {
  assert.equal(readMix("straight=80, drop=20"), { straight: 80, drop: 20 });
  const wrongs = [
    "",
    "straight",
    "straight=-1",
    "sideways=5",
    "straight=0",
    "straight=1;drop=1",
    "drop=1,drop=2",
  ];
  for (const wrong of wrongs) assert.throws(() => readMix(wrong), /share/, wrong);
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

load("counts what waits for a stalled session from when it was due, and in its turn", async () => {
  const startAt = now();
  const dueTimes = Array.from({ length: 20 }, (_, index) => startAt + index);
  let release: () => void = () => undefined;
  const stalled = new Promise<void>((resolve) => {
    release = resolve;
  });
  let releasedAt = 0;
  const played: { dueAt: number; begunAt: number }[] = [];
  await runOpenLoop({
    dueTimes,
    players: ["the only one"],
    patienceMs: 60_000,
    play: async (_player, dueAt) => {
      played.push({ dueAt, begunAt: now() });
      await stalled;
    },
    abandoned: () => assert.unreachable(),
    // All the others have come due while the first was stalled.
    waiting: (count) => {
      if (count < dueTimes.length - 1) return;
      releasedAt = now();
      release();
    },
    signal: new AbortController().signal,
  });
  assert.equal(
    played.map(({ dueAt }) => dueAt),
    dueTimes,
  );
  for (const { dueAt, begunAt } of played.slice(1)) {
    assert.ok(begunAt >= releasedAt && begunAt - dueAt >= releasedAt - dueAt);
  }
});

load("gives up what has waited too long for a session, and begins nothing once it is stopped", async () => {
  const longAgo = now() - 10_000;
  const stopped = new AbortController();
  const seen: string[] = [];
  const loop = {
    players: ["one"],
    patienceMs: 9000,
    play: async () => {
      seen.push("played");
      stopped.abort();
    },
    abandoned: () => {
      seen.push("given up");
    },
    signal: stopped.signal,
  };
  await runOpenLoop({ ...loop, dueTimes: [longAgo, longAgo + 1, now(), now() + 60_000] });
  assert.equal(seen, ["given up", "given up", "played"]);
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
    reasons: {},
    refusals: {},
    reconnects: 0,
    waiting: 0,
    witnessed: [],
  };
  return { index, samples, sessions: 1, ...none, ...more };
}

load("merges what threads tell into one histogram and one line of time", () => {
  const collector = new Collector({ threads: 2 });
  const low = Array.from({ length: 99 }, () => 1);
  collector.take(interval(0, { "payer:agree": low }, { finished: { straight: 2 }, errors: { timeout: 1 } }));
  assert.is(collector.latest, undefined, "the other thread has not told yet");
  collector.take(interval(0, { "payer:agree": [100] }, { finished: { straight: 1 } }));
  assert.is(collector.latest?.second, 0);
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

load("takes points in their order, without a thread that is stalled for long", () => {
  const collector = new Collector({ threads: 2 });
  for (let index = 0; index < 6; index++) collector.take(interval(index, {}));
  assert.is(collector.latest, undefined);
  collector.take(interval(7, {}));
  assert.is(collector.latest?.second, 0);
  collector.take(interval(1, {}));
  assert.is(collector.latest?.second, 0.5);
  collector.take(interval(3, {}));
  assert.is(collector.latest?.second, 0.5, "the one before is still open");
  assert.equal(
    collector.finish().map(({ second }) => second),
    [0, 0.5, 1, 1.5, 2, 2.5, 3.5],
  );
});

load("keeps an even part of very many issuances to compare, and all that were found wrong", () => {
  const collector = new Collector({ threads: 1 });
  for (let index = 0; index < 10_000; index++) {
    const one: Witnessed = { ...seen, issuanceId: String(index) };
    if (index === 7001) one.disorder = "version 3 came after 1";
    collector.take(interval(0, {}, { witnessed: [one] }));
  }
  assert.is(collector.witnessedCount, 10_000);
  assert.equal(collector.disorders, ["7001: version 3 came after 1"]);
  const kept = collector.witnessed.map(({ issuanceId }) => Number(issuanceId));
  assert.ok(kept.length >= 1000 && kept.length < 2000, String(kept.length));
  const gaps = new Set(kept.slice(1).map((id, index) => id - (kept[index] as number)));
  assert.is(gaps.size, 1, [...gaps].join(" "));
});

load("takes rates from the full load alone", () => {
  const point = (second: number, negotiationsPerSecond: number) => ({
    ...{ second, negotiationsPerSecond, commandsPerSecond: 5 * negotiationsPerSecond },
    ...{ sessions: 1, waiting: 0, errors: 0 },
  });
  // A ramp of a second, two seconds of full load of which one interval brought nothing, and a late end.
  const timeline = [10, 20, 100, 140, 160].map((rate, index) => point(index / 2, rate)).concat(point(4, 2));
  assert.equal(fullLoadRates(timeline, { rampMs: 1000, endMs: 3000, seconds: 4.5 }), {
    negotiationsPerSecond: 100,
    commandsPerSecond: 500,
  });
  const early = fullLoadRates(timeline.slice(0, 2), { rampMs: 1000, endMs: 900, seconds: 1 });
  assert.is(early.negotiationsPerSecond, 15, "stopped in the ramp: what there is");
});

load("reads a hub's metrics, and what it refused meanwhile", () => {
  const metrics = (cpu: number, limited: number) =>
    parseMetrics(
      [
        `process_cpu_seconds_total ${cpu}`,
        "process_resident_memory_bytes 1000",
        "nodejs_eventloop_lag_mean_seconds 0.01",
        "nodejs_eventloop_lag_p99_seconds 0.02",
        "nodejs_eventloop_lag_max_seconds 0.03",
        'tallystick_commands_total{command="payer:agree",result="ok"} 7',
        'tallystick_commands_total{command="payer:agree",result="conflict"} 7',
        `tallystick_commands_total{command="payer:agree",result="rate_limited"} ${limited}`,
        'tallystick_commands_total{command="payer:request",result="rate_limited"} 1',
      ].join("\n"),
    );
  const [before, after] = [metrics(1, 1), metrics(3, 6)];
  if (!before || !after) throw new Error("they were not read");
  assert.equal(hubCost(before, after, { seconds: 4, negotiations: 1000 }), {
    cpuPercent: 50,
    cpuMicrosPerNegotiation: 2000,
    memoryBytes: 1000,
    ...{ eventLoopMeanMs: 10, eventLoopP99Ms: 20, eventLoopMaxMs: 30 },
    refused: { rate_limited: 5 },
  });
  assert.is(parseMetrics("<html>"), undefined);
});

load("says when it is itself too slow for the times to be true", () => {
  assert.is(describeTester({ threadsBusy: [0.2, 0.5] }), "busiest thread 50 % busy");
  assert.match(describeTester({ threadsBusy: [0.97, 0.5] }), "97 % busy: it is slow itself");
});

load("finds an event that was skipped, told twice, told too early, or never", () => {
  const told = (...versions: number[]) => {
    const order = new Order(1);
    for (const version of versions) order.saw(version);
    return order.problem(4);
  };
  assert.is(told(2, 3, 4), undefined);
  assert.is(told(3, 4), "version 3 came after 1");
  assert.is(told(2, 2, 3, 4), "version 2 came after 2");
  assert.is(told(2, 4, 3), "version 4 came after 2");
  assert.is(told(2, 3), "version 3 was the last that was told, of 4");
});

const seen: Witnessed = { issuanceId: "x", issuerVersion: 5, payerVersion: 5, state: "issued", digest: "d" };

load("finds an event that a side did not see, and one that the hub tells otherwise", () => {
  const stored = { version: 5, digest: "d" } as Parameters<typeof compare>[1];
  assert.is(compare(seen, stored), undefined);
  assert.match(compare({ ...seen, payerVersion: 4 }, stored) ?? "", "the payer 4");
  assert.match(compare({ ...seen, digest: "other" }, stored) ?? "", "other events");
  assert.match(compare(seen, undefined) ?? "", "no such issuance");
  assert.match(compare({ ...seen, voucherId: "v3-AAAAAAAAAAAAAAAA" }, undefined) ?? "", "no such voucher");
});

load("fails for each of its reasons, and for no other", () => {
  const latencies = { request_to_issued: { p99: 40 } } as unknown as Parameters<typeof judge>[0]["latencies"];
  const audit = { accounts: 1, freezes: 1, issuances: 1, forgotten: 0, vouchers: 1, findings: [] };
  const good: Parameters<typeof judge>[0] = {
    ...{ latencies, negotiationsPerSecond: 100, missing: [], uncompared: undefined, witnessed: 9 },
    ...{ failed: {}, errors: {}, audit, unaudited: undefined },
  };
  assert.equal(judge(good, { maxP99Ms: 40, minRate: 100 }), []);
  assert.equal(judge({ ...good, audit: undefined }, {}), []);
  const finding = { subject: "acme/1", problem: "frozen is 1", rule: "frozen_unlike_freezes" } as const;
  const cases: [Partial<typeof good>, Parameters<typeof judge>[1], string][] = [
    [{}, { maxP99Ms: 39 }, "--max-p99: request to voucher took 40.0 ms"],
    [{ latencies: {} }, { maxP99Ms: 39 }, "--max-p99: request to voucher took for ever"],
    [{}, { minRate: 101 }, "--min-rate: 100.0 negotiations a second"],
    [{ missing: ["x: gone"] }, {}, "events are missing in 1 issuances or vouchers, as in x: gone"],
    [{ failed: { straight: 2 }, errors: { timeout: 2 } }, {}, "2 negotiations failed (timeout 2)"],
    [{ witnessed: 0 }, {}, "no negotiation came to its end"],
    [{ uncompared: "fetch failed" }, {}, "the hub could not be asked what it has (fetch failed)"],
    [
      { audit: { ...audit, findings: [finding] } },
      {},
      "not in balance: 1 findings, as in acme/1: frozen is 1",
    ],
    [{ audit: undefined, unaudited: "it is gone" }, {}, "the book could not be audited (it is gone)"],
  ];
  for (const [found, thresholds, says] of cases) {
    const reasons = judge({ ...good, ...found }, thresholds);
    assert.is(reasons.length, 1, says);
    assert.ok(reasons[0]?.includes(says), reasons[0]);
  }
});

load.run();
