/** What time brings about: silence, expiry and its warning; and what an outage of all hubs puts off. */
import type { VoucherEvent, VoucherSnapshot } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { SWEEP_KEY, voucherKeys } from "../../server/ledger/keys.ts";
import { Ledger } from "../../server/ledger/ledger.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { AMOUNT, accepted, refused, snapshotOf, syncVoucher, toldOf } from "./scene.ts";
import { openStage, type Stage, settled, voidVoucher } from "./situations.ts";
import { makeOlder } from "./time.ts";
import { recordsOf } from "./traces.ts";

const deadlines = suite("deadlines of vouchers and drawings");

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const reason = "late";

/** As the hub's. */
const WAITS = {
  partitions: 16,
  respondWithinMs: 300_000,
  waitMs: 900_000,
  retentionMs: 600_000,
  maxValidFor: 365 * 24 * 3600,
  settle: "book" as const,
  fencesPerParty: 20,
};

let hub: TestHub;
deadlines.before(async () => {
  hub = await startHub({ settings: { RATE_LIMIT: "100000" } });
  // No sweep: what is found here is found by commands and syncs, at the moment that a test says.
  await hub.running.store.set(SWEEP_KEY, "nobody");
});
deadlines.after(() => hub.close());

const openApproved = () => openStage(hub, "three parties", "payer");

async function draw(
  { beneficiary, to }: Stage,
  voucherId: string,
  more: { amount?: number; final?: true } = {},
): Promise<string> {
  const { event } = await accepted(beneficiary, "voucher:draw", voucherId, { to, ...more });
  return String(event.version);
}

/** The events after a version, and the snapshot, once all that is due has been done and paid. */
async function after(stage: Stage, { voucherId, version }: Pick<VoucherSnapshot, "voucherId" | "version">) {
  await settled(stage.payer, voucherId);
  const answer = await syncVoucher(stage.payer, voucherId, version);
  assert.ok(answer.ok);
  const { amount, honoured, released, pending, remaining } = answer.voucher;
  assert.is(honoured + released + pending + remaining, amount);
  const { freeze } = await recordsOf(stage, voucherId);
  assert.is(Number(freeze ?? 0), pending + remaining);
  return { voucher: answer.voucher, events: answer.events, types: typesOf(answer.events) };
}

function typesOf(events: VoucherEvent[]): string[] {
  // Payments come when they come.
  return events.map(({ type }) => type).filter((type) => type !== "drawing.settled");
}

deadlines("the parties are told a day before the expiry, once", async () => {
  const stage = await openStage(hub, "three parties", undefined);
  const voucherId = await stage.issue({ validFor: 30 * 86_400 });
  await makeOlder(hub, voucherId, { ms: 29 * DAY - MINUTE });
  assert.equal((await after(stage, { voucherId, version: 1 })).types, []);
  await makeOlder(hub, voucherId, { ms: MINUTE + 1 });
  const told = await after(stage, { voucherId, version: 1 });
  const [event] = told.events;
  assert.ok(event?.type === "voucher.expiring");
  assert.equal([event.by, event.remaining, event.expiresAt], ["hub", AMOUNT, told.voucher.expiresAt]);
  for (const each of stage.terminals) await toldOf(each, voucherId, "voucher.expiring");
  await makeOlder(hub, voucherId, { ms: DAY / 2 });
  assert.equal((await after(stage, told.voucher)).types, []);
  await accepted(stage.beneficiary, "voucher:draw", voucherId, { to: stage.to, amount: 1 });
  stage.close();
});

deadlines("or at the last tenth, where that is later", async () => {
  const stage = await openStage(hub, "three parties", undefined);
  const voucherId = await stage.issue({ validFor: 1000 });
  await makeOlder(hub, voucherId, { ms: 880_000 });
  assert.equal((await after(stage, { voucherId, version: 1 })).types, []);
  await makeOlder(hub, voucherId, { ms: 20_001 });
  assert.equal((await after(stage, { voucherId, version: 1 })).types, ["voucher.expiring"]);
  stage.close();
});

deadlines(
  "of a voucher of which nothing remains nobody is told that it will expire, until some does again",
  async () => {
    const stage = await openApproved();
    const voucherId = await stage.issue({ approval: { by: "payer", within: 86_400 }, validFor: 1000 });
    const drawingId = await draw(stage, voucherId);
    await makeOlder(hub, voucherId, { ms: 950_000 });
    assert.equal((await after(stage, { voucherId, version: 2 })).types, []);
    await accepted(stage.payer, "drawing:refuse", voucherId, { drawingId, reason });
    assert.equal((await after(stage, { voucherId, version: 3 })).types, ["voucher.expiring"]);
    stage.close();
  },
);

deadlines(
  "nobody came by until the expiry: the warning and the expiry come one after the other",
  async () => {
    const stage = await openStage(hub, "three parties", undefined);
    const voucherId = await stage.issue({ validFor: 1000 });
    await makeOlder(hub, voucherId, { beyondExpiry: true });
    const error = await refused(stage.beneficiary, "voucher:draw", voucherId, { to: stage.to });
    assert.equal([error.code, error.details], ["wrong_state", { state: "expired" }]);
    const { types, events, voucher } = await after(stage, { voucherId, version: 1 });
    assert.equal(types, ["voucher.expiring", "voucher.expired"]);
    const last = events.at(-1);
    assert.ok(last?.type === "voucher.expired" && last.released === AMOUNT && last.by === "hub");
    assert.is(voucher.state, "expired");
    assert.equal((await stage.balances()).payer.frozen, 0);
    for (const each of stage.terminals) await toldOf(each, voucherId, "voucher.expired");
    stage.close();
  },
);

deadlines(
  "an expiry waits for the drawings that wait; release is carried out meanwhile, a drawing is not",
  async () => {
    const stage = await openApproved();
    const { beneficiary, payer, to } = stage;
    const voucherId = await stage.issue({ approval: { by: "payer", within: 3600 }, validFor: 1000 });
    const first = await draw(stage, voucherId, { amount: 10 });
    const second = await draw(stage, voucherId, { amount: 20 });
    await makeOlder(hub, voucherId, { beyondExpiry: true });
    const held = await after(stage, { voucherId, version: 3 });
    assert.equal([held.types, held.voucher.state], [["voucher.expiring"], "accepted"]);
    const error = await refused(beneficiary, "voucher:draw", voucherId, { to, amount: 1 });
    assert.equal([error.code, error.details], ["wrong_state", { state: "expired" }]);
    const some = await accepted(beneficiary, "voucher:release", voucherId, { amount: 100 });
    assert.is(some.voucher.state, "accepted");
    // What is refused now can't be drawn again.
    const no = await accepted(payer, "drawing:refuse", voucherId, { drawingId: first, reason });
    assert.ok(no.event.type === "drawing.refused" && no.event.released === 10);
    assert.equal([no.voucher.remaining, no.voucher.pending], [AMOUNT - 30 - 100, 20]);
    const yes = await accepted(payer, "drawing:approve", voucherId, { drawingId: second });
    assert.is(yes.voucher.honoured, 20);
    const end = await after(stage, yes.voucher);
    assert.equal([end.types, end.voucher.state], [["voucher.expired"], "expired"]);
    assert.equal([end.voucher.honoured, end.voucher.released], [20, AMOUNT - 20]);
    stage.close();
  },
);

deadlines(
  "after the expiry the last drawing that is refused ends it, with nothing left to unfreeze",
  async () => {
    const stage = await openApproved();
    const voucherId = await stage.issue({ approval: { by: "payer", within: 3600 }, validFor: 1000 });
    const drawingId = await draw(stage, voucherId);
    await makeOlder(hub, voucherId, { beyondExpiry: true });
    await accepted(stage.payer, "drawing:refuse", voucherId, { drawingId, reason });
    const { events, voucher } = await after(stage, { voucherId, version: 3 });
    const [event] = events;
    assert.ok(event?.type === "voucher.expired" && event.released === 0);
    assert.equal([voucher.state, voucher.released], ["expired", AMOUNT]);
    assert.equal((await stage.balances()).payer.frozen, 0);
    stage.close();
  },
);

deadlines("a drawing for all that is honoured after the expiry leaves it honoured", async () => {
  const stage = await openApproved();
  const voucherId = await stage.issue({ approval: { by: "payer", within: 3600 }, validFor: 1000 });
  const drawingId = await draw(stage, voucherId);
  await makeOlder(hub, voucherId, { beyondExpiry: true });
  const yes = await accepted(stage.payer, "drawing:approve", voucherId, { drawingId });
  assert.is(yes.voucher.state, "honoured");
  assert.equal((await after(stage, yes.voucher)).types, []);
  stage.close();
});

for (const others of ["approve", "refuse"] as const) {
  deadlines(
    `a final drawing unfreezes what remains; another that waits is then to be ${others}d`,
    async () => {
      const stage = await openApproved();
      const { beneficiary, payer, to } = stage;
      const voucherId = await stage.issue({ approval: { by: "payer", within: 3600 } });
      const waiting = await draw(stage, voucherId, { amount: 10 });
      const final = await draw(stage, voucherId, { amount: 20, final: true });
      // Final takes effect when it is honoured, and not before.
      const third = await draw(stage, voucherId, { amount: 30, final: true });
      const yes = await accepted(payer, "drawing:approve", voucherId, { drawingId: final });
      assert.ok(yes.event.type === "drawing.honoured" && yes.event.released === AMOUNT - 60);
      assert.equal([yes.voucher.state, yes.voucher.remaining, yes.voucher.pending], ["accepted", 0, 40]);
      const draws = await refused(beneficiary, "voucher:draw", voucherId, { to, amount: 1 });
      assert.is(draws.code, "exceeds_remaining");
      const no = await accepted(payer, "drawing:refuse", voucherId, { drawingId: third, reason });
      assert.ok(no.event.type === "drawing.refused" && no.event.released === 30);
      assert.equal([no.voucher.remaining, no.voucher.state], [0, "accepted"]);
      const last =
        others === "approve"
          ? await accepted(payer, "drawing:approve", voucherId, { drawingId: waiting })
          : await accepted(payer, "drawing:refuse", voucherId, { drawingId: waiting, reason });
      assert.is(last.voucher.state, "honoured");
      const { voucher } = await after(stage, last.voucher);
      assert.is(voucher.honoured, others === "approve" ? 30 : 20);
      assert.equal((await stage.balances()).payer.frozen, 0);
      stage.close();
    },
  );
}

deadlines("a final drawing that is refused has no effect on what remains", async () => {
  const stage = await openApproved();
  const voucherId = await stage.issue({ approval: { by: "payer", within: 3600 } });
  const drawingId = await draw(stage, voucherId, { amount: 10, final: true });
  const no = await accepted(stage.payer, "drawing:refuse", voucherId, { drawingId, reason });
  assert.equal([no.voucher.remaining, no.voucher.released, no.voucher.state], [AMOUNT, 0, "accepted"]);
  await draw(stage, voucherId);
  stage.close();
});

deadlines(
  "silence honours several drawings in the order of their deadlines, each by an event of its own",
  async () => {
    const stage = await openApproved();
    const voucherId = await stage.issue({ approval: { by: "payer", within: 60 } });
    for (const amount of [10, 20, 30]) await draw(stage, voucherId, { amount });
    await makeOlder(hub, voucherId, { ms: MINUTE, drawings: true });
    const { events, voucher } = await after(stage, { voucherId, version: 4 });
    const honoured = events.flatMap((event) => (event.type === "drawing.honoured" ? [event] : []));
    assert.equal(
      honoured.map(({ drawingId, amount, by }) => [drawingId, amount, by]),
      [
        ["2", 10, "hub"],
        ["3", 20, "hub"],
        ["4", 30, "hub"],
      ],
    );
    assert.equal([voucher.pending, voucher.honoured], [0, 60]);
    // An approver that comes too late finds it honoured.
    const late = await refused(stage.payer, "drawing:refuse", voucherId, { drawingId: "2", reason });
    assert.equal([late.code, late.details], ["wrong_state", { state: "accepted" }]);
    stage.close();
  },
);

/** When a hub last noted that it was there, so many ms ago, in the partition of a voucher. */
async function lastSwept(voucherId: string, agoMs: number): Promise<void> {
  await hub.running.store.hset(voucherKeys(voucherId).silence, "swept", Date.now() - agoMs);
}

/** How long an approver has left of 300 seconds, ten minutes after the drawing, where hubs were away the last `awayMs`. */
for (const [awayMs, leftMs] of [
  [59_000, -5 * MINUTE],
  [4 * MINUTE, -5 * MINUTE],
  [6 * MINUTE, MINUTE],
  [10 * MINUTE, 5 * MINUTE],
  [15 * MINUTE, 5 * MINUTE],
] as const) {
  const title = leftMs > 0 ? `leaves the approver ${leftMs / 1000} s more` : "comes too late to put it off";
  deadlines(
    `of a drawing that had 300 s, 600 s ago, an outage of the last ${awayMs / 1000} s ${title}`,
    async () => {
      for (const finds of ["a command", "the sweep"] as const) {
        const stage = await openApproved();
        const { payer } = stage;
        const voucherId = await stage.issue({ approval: { by: "payer", within: 300 } });
        await draw(stage, voucherId, { amount: 10 });
        await makeOlder(hub, voucherId, { ms: 10 * MINUTE, drawings: true });
        await lastSwept(voucherId, awayMs);
        if (finds === "the sweep")
          await hub.running.ledger.deadlines.due(hub.running.ledger.partitionOf(payer.party), {
            skip: 0,
            limit: 1,
          });
        const { types } = await after(stage, { voucherId, version: 2 });
        assert.equal(types, leftMs > 0 ? [] : ["drawing.honoured"], finds);
        if (leftMs > 0) {
          // Time goes on, and hubs are there.
          await makeOlder(hub, voucherId, { ms: leftMs - 5000, drawings: true });
          await forgetOutages(voucherId, leftMs - 5000);
          assert.equal((await after(stage, { voucherId, version: 2 })).types, []);
          await makeOlder(hub, voucherId, { ms: 6000, drawings: true });
          await forgetOutages(voucherId, 6000);
          assert.equal((await after(stage, { voucherId, version: 2 })).types, ["drawing.honoured"], finds);
        }
        await voidVoucher(hub, voucherId).catch(() => undefined);
        stage.close();
      }
    },
  );
}

for (const [sweepMs, awayMs, isOutage] of [
  [60_000, 470_000, false],
  [60_000, 490_000, true],
  [5000, 59_000, false],
  [5000, 61_000, true],
] as const) {
  for (const finds of ["the sweep", "a command"] as const) {
    const says = isOutage ? "an outage" : "none";
    deadlines(
      `where hubs sweep every ${sweepMs} ms, ${awayMs} ms without one are ${says} to ${finds}`,
      async () => {
        const { store, book } = hub.running;
        const seldom = new Ledger({ ...WAITS, store, book, sweepIntervalMs: sweepMs });
        const stage = await openApproved();
        const voucherId = await stage.issue({ approval: { by: "payer", within: 1000 } });
        await draw(stage, voucherId, { amount: 10 });
        await makeOlder(hub, voucherId, { ms: 1_000_000, drawings: true });
        await lastSwept(voucherId, awayMs);
        if (finds === "the sweep")
          await seldom.deadlines.due(seldom.partitionOf(stage.payer.party), { skip: 0, limit: 1 });
        await seldom.vouchers.advance(voucherId);
        const { drawings } = await snapshotOf(stage.payer, voucherId);
        assert.is(drawings[0]?.state, isOutage ? "presented" : "honoured");
        await voidVoucher(hub, voucherId);
        stage.close();
      },
    );
  }
}

/** Makes the outages that are noted older too. */
async function forgetOutages(voucherId: string, ms: number): Promise<void> {
  const { store } = hub.running;
  const { silence } = voucherKeys(voucherId);
  const noted = (await store.hget(silence, "outages")) ?? "";
  const older = noted.replaceAll(/\d+/g, (time) => String(Number(time) - ms));
  await store.hset(silence, "outages", older, "swept", Date.now());
}

deadlines("what is kept of outages ends with the last drawing that waits", async () => {
  const stage = await openApproved();
  const { payer } = stage;
  const ends: ((voucherId: string, drawingId: string) => Promise<unknown>)[] = [
    (id, drawingId) => accepted(payer, "drawing:approve", id, { drawingId }),
    (id, drawingId) => accepted(payer, "drawing:refuse", id, { drawingId, reason }),
    (id) => voidVoucher(hub, id),
    async (id) => {
      await makeOlder(hub, id, { ms: 3_600_000 + 3 * MINUTE, drawings: true });
      await snapshotOf(payer, id);
    },
  ];
  for (const end of ends) {
    const voucherId = await stage.issue({ approval: { by: "payer", within: 3600 } });
    const other = await stage.issue({ approval: { by: "payer", within: 3600 } });
    const { silence } = voucherKeys(voucherId);
    const drawings = [await draw(stage, voucherId, { amount: 1 }), await draw(stage, other, { amount: 1 })];
    await lastSwept(voucherId, 2 * MINUTE);
    await hub.running.ledger.deadlines.due(hub.running.ledger.partitionOf(payer.party), {
      skip: 0,
      limit: 1,
    });
    await end(voucherId, drawings[0] as string);
    const kept = await hub.running.store.hgetall(silence);
    assert.is(kept.waiting, "1");
    assert.match(kept.outages ?? "", /^\d+:\d+$/);
    await end(other, drawings[1] as string);
    assert.is(await hub.running.store.exists(silence), 0);
  }
  stage.close();
});

deadlines.run();
