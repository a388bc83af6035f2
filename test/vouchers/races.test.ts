/** Many commands on a voucher at the same moment: one outcome each, and books in balance, money conserved. */
import type { VoucherAck, VoucherCommandName, VoucherSnapshot } from "@tallystick/protocol";
import { hasVoucherEnded } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal, freshId, type RawTerminal } from "../helpers/raw-terminal.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { call } from "../http/client.ts";
import { checkBooks } from "../hub/books.ts";
import { AMOUNT, accepted, command, snapshotOf, syncVoucher } from "./scene.ts";
import { openStage, type Stage, settled } from "./situations.ts";
import { makeOlder } from "./time.ts";

const races = suite("races on a voucher");

let redis: TestRedis;
/** Two hubs of one store, each of which sweeps when it may. */
let hubs: [TestHub, TestHub];
let operator: string;
races.before(async () => {
  redis = await startRedis();
  const settings = { RATE_LIMIT: "1000000", SWEEP_INTERVAL: "50" };
  hubs = [
    await startHub({ redisUrl: redis.url, settings }),
    await startHub({ redisUrl: redis.url, settings }),
  ];
  operator = await hubs[0].token("bank", { operator: true });
});
races.after(async () => {
  for (const hub of hubs) await hub.close();
  await redis.stop();
});

/** Each event in the log follows the one before, and each that a command caused is that command's answer. */
async function checkLog(stage: Stage, voucherId: string, answers: VoucherAck[]): Promise<VoucherSnapshot> {
  const voucher = await settled(stage.payer, voucherId);
  const log = await syncVoucher(stage.payer, voucherId);
  assert.ok(log.ok);
  assert.equal(
    log.events.map(({ version }) => version),
    log.events.map((_, index) => index + 1),
  );
  const done = answers.flatMap((answer) => (answer.ok ? [answer.event] : []));
  for (const event of done) assert.equal(log.events[event.version - 1], event);
  const ends = log.events.filter(
    ({ type, state }) => hasVoucherEnded(state) && !type.startsWith("drawing.settle"),
  );
  assert.is(ends.length, hasVoucherEnded(voucher.state) ? 1 : 0, "it ends once");
  const { amount, honoured, released, pending, remaining } = voucher;
  assert.is(honoured + released + pending + remaining, amount);
  const paid = voucher.drawings.filter(({ state }) => state === "honoured");
  assert.is(
    paid.reduce((sum, drawing) => sum + drawing.amount, 0),
    honoured,
  );
  return voucher;
}

/** The same party's terminal at the other hub. */
async function atOtherHub(terminal: RawTerminal): Promise<RawTerminal> {
  return connectTerminal(hubs[1], terminal.party);
}

races("draw, release, void, approve, refuse, silence and expiry at the same moment", async () => {
  const stage = await openStage(hubs[0], "three parties", "payer");
  const { beneficiary, payer, to } = stage;
  const others = { beneficiary: await atOtherHub(beneficiary), payer: await atOtherHub(payer) };
  const before = await checkBooks(hubs[0]);
  let paid = 0;
  const ends = new Map<string, number>();
  for (let round = 0; round < 60; round++) {
    const voucherId = await stage.issue({ approval: { by: "payer", within: 3600 } });
    const first = await accepted(beneficiary, "voucher:draw", voucherId, { to, amount: 10 });
    const second = await accepted(beneficiary, "voucher:draw", voucherId, { to, amount: 20, final: true });
    const [a, b] = [String(first.event.version), String(second.event.version)];
    const send = (terminal: RawTerminal, name: VoucherCommandName, payload: object) => () =>
      command(terminal, name, voucherId, payload as never);
    const acts: (() => Promise<unknown>)[] = [
      send(beneficiary, "voucher:draw", { to }),
      send(others.beneficiary, "voucher:draw", { to, amount: 30 }),
      send(payer, "drawing:approve", { drawingId: a }),
      send(others.payer, "drawing:refuse", { drawingId: a, reason: "late" }),
      send(payer, "drawing:approve", { drawingId: b }),
      send(others.payer, "drawing:refuse", { drawingId: b, reason: "late" }),
      send(beneficiary, "voucher:release", {}),
      send(others.beneficiary, "voucher:release", { amount: 7 }),
      () => makeOlder(hubs[0], voucherId, { ms: 3_600_001, drawings: round % 2 === 0 }),
      ...(round % 3 === 0 ? [() => makeOlder(hubs[0], voucherId, { beyondExpiry: true })] : []),
      ...(round % 4 === 0
        ? [
            () =>
              call(hubs[1], "POST", `/v1/vouchers/${voucherId}/void`, {
                token: operator,
                body: { reason: "over", reference: freshId() },
              }),
          ]
        : []),
    ];
    const turned = [...acts.slice(round % acts.length), ...acts.slice(0, round % acts.length)];
    const answers = await Promise.all(turned.map((act) => act()));
    const acks = answers.filter(
      (answer): answer is VoucherAck => typeof answer === "object" && answer !== null && "ok" in answer,
    );
    for (const answer of acks)
      if (!answer.ok)
        assert.ok(
          ["wrong_state", "exceeds_remaining"].includes(answer.error.code),
          JSON.stringify(answer.error),
        );
    const voucher = await checkLog(stage, voucherId, acks);
    paid += voucher.honoured;
    ends.set(voucher.state, (ends.get(voucher.state) ?? 0) + 1);
  }
  assert.ok(ends.size > 1, "not always the same");
  const after = await checkBooks(hubs[0]);
  assert.equal(after.held, before.held);
  assert.is((await stage.balances()).beneficiary.balance, paid);
  for (const one of [...Object.values(others), stage]) one.close();
});

races("of drawings for more than remains just as many are honoured as it affords", async () => {
  const stage = await openStage(hubs[0], "three parties", undefined);
  const { beneficiary, to } = stage;
  const other = await atOtherHub(beneficiary);
  const before = await checkBooks(hubs[0]);
  for (const [each, affordable] of [
    [60_000, 1],
    [34_000, 2],
    [2500, 40],
  ] as const) {
    const voucherId = await stage.issue();
    const answers = await Promise.all(
      Array.from({ length: 45 }, (_, index) =>
        command(index % 2 === 0 ? beneficiary : other, "voucher:draw", voucherId, { to, amount: each }),
      ),
    );
    const codes = answers.flatMap((answer) => (answer.ok ? [] : [answer.error.code]));
    assert.is(answers.length - codes.length, affordable);
    assert.ok(codes.every((code) => code === "exceeds_remaining" || code === "wrong_state"));
    const voucher = await checkLog(stage, voucherId, answers);
    assert.is(voucher.honoured, each * affordable);
    assert.is(voucher.state, each * affordable === AMOUNT ? "honoured" : "accepted");
  }
  assert.equal((await checkBooks(hubs[0])).held, before.held);
  for (const one of [other, stage]) one.close();
});

races("accept, reject, withdraw and draw at the same moment: one of them is first", async () => {
  const stage = await openStage(hubs[0], "three parties", undefined);
  const { beneficiary, issuer, to } = stage;
  const other = await atOtherHub(beneficiary);
  const ends = new Set<string>();
  for (let round = 0; round < 24; round++) {
    const voucherId = await stage.issue();
    const acts: (() => Promise<VoucherAck>)[] = [
      () => command(beneficiary, "voucher:accept", voucherId, {}),
      () => command(other, "voucher:reject", voucherId, {}),
      () => command(issuer, "voucher:withdraw", voucherId, {}),
      () => command(other, "voucher:draw", voucherId, { to, amount: 5 }),
    ];
    const answers = await Promise.all(
      [...acts.slice(round % 4), ...acts.slice(0, round % 4)].map((act) => act()),
    );
    const voucher = await checkLog(stage, voucherId, answers);
    ends.add(voucher.state);
    const done = answers.flatMap((answer) => (answer.ok ? [answer.event.type] : []));
    const wins = done.filter((type) => type !== "voucher.accepted" && type !== "drawing.honoured");
    assert.ok(wins.length <= 1 && done.length >= 1, done.join(" "));
    if (wins.length === 1) assert.equal(done, wins);
  }
  assert.ok(ends.size > 1, [...ends].join(" "));
  await checkBooks(hubs[0]);
  for (const one of [other, stage]) one.close();
});

races("a thousand repeats of one drawing over two hubs honour it once, with one answer", async () => {
  const stage = await openStage(hubs[0], "three parties", undefined);
  const { beneficiary, to } = stage;
  const terminals = [beneficiary, await atOtherHub(beneficiary), await atOtherHub(beneficiary)];
  const voucherId = await stage.issue();
  const payload = { commandId: freshId(), to, amount: 10 };
  const answers = await Promise.all(
    Array.from({ length: 1000 }, (_, index) =>
      command(terminals[index % 3] as RawTerminal, "voucher:draw", voucherId, payload),
    ),
  );
  for (const answer of answers) assert.equal(answer, answers[0]);
  const voucher = await checkLog(stage, voucherId, answers);
  assert.equal([voucher.honoured, voucher.version], [10, 3]);
  assert.is((await stage.balances()).beneficiary.balance, 10);
  for (const one of [...terminals, stage]) one.close();
});

races("one settlement carried out by all at once is paid once", async () => {
  const stage = await openStage(hubs[0], "three parties", undefined);
  const { beneficiary, to } = stage;
  const before = await checkBooks(hubs[0]);
  for (let round = 0; round < 20; round++) {
    const voucherId = await stage.issue();
    const { ledger } = hubs[round % 2 === 0 ? 0 : 1].running;
    const payload = { commandId: freshId(), voucherId, to, amount: 10 };
    const done = await ledger.vouchers.execute("voucher:draw", beneficiary, payload);
    assert.ok(done.kind === "done");
    const id = `${voucherId}.${done.event.version}`;
    await Promise.all(
      Array.from({ length: 8 }, async (_, index) => {
        const { settlements } = hubs[index % 2 === 0 ? 0 : 1].running.ledger;
        const found = await settlements.find(id);
        assert.ok(found);
        const credited = await settlements.credit(found);
        assert.is(credited.kind, "done");
        const closed = await settlements.close(found);
        assert.is(closed.kind, "done");
      }),
    );
    assert.is((await snapshotOf(beneficiary, voucherId)).version, 3);
  }
  assert.is((await stage.balances()).beneficiary.balance, 200);
  assert.equal((await checkBooks(hubs[0])).held, before.held);
  stage.close();
});

races("an operator's voids under one reference are one", async () => {
  const stage = await openStage(hubs[0], "three parties", "issuer");
  const { voucherId } = await stage.reach("a drawing waits");
  const body = { reason: "over", reference: "court-1" };
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      call(hubs[index % 2 === 0 ? 0 : 1], "POST", `/v1/vouchers/${voucherId}/void`, {
        token: operator,
        body,
      }),
    ),
  );
  assert.equal(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size, 1);
  const voucher = await checkLog(stage, voucherId, []);
  assert.equal([voucher.state, voucher.version], ["voided", 3]);
  stage.close();
});

races.run();
