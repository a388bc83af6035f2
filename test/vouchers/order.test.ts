/** Of several things that are wrong at once, the first in the contract's order is the answer; repeats; what was seen. */
import type { VoucherAck, VoucherCommandName } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { audit } from "../../server/audit/audit.ts";
import { COMMON_ANSWERS, FAULTS, type Fault, type FaultAnswers, faultSets } from "../helpers/fault-sets.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal, errorOf, freshId, type RawTerminal } from "../helpers/raw-terminal.ts";
import { call, jsonOf, refusedWith } from "../http/client.ts";
import { accepted, command, refused, syncVoucher } from "./scene.ts";
import { openStage, type Stage, settled } from "./situations.ts";
import { recordsOf } from "./traces.ts";

const order = suite("the order of the checks, and repeats");

let hub: TestHub;
let stranger: RawTerminal;
let stage: Stage;
order.before(async () => {
  hub = await startHub({ settings: { RATE_LIMIT: "100000" } });
  stranger = await connectTerminal(hub, "v-stranger");
  stage = await openStage(hub, "three parties", "issuer");
});
order.after(async () => {
  assert.equal((await audit(hub.running)).findings, []);
  stranger.close();
  stage.close();
  await hub.close();
});

const STALE = 600;
const ANSWERS: FaultAnswers = { ...COMMON_ANSWERS, own: "exceeds_remaining" };

interface Used {
  voucherId: string;
  /** A commandId that beneficiary and issuer have used, each for something of its own. */
  commandId: string;
  drawingId: string;
}

/** A voucher on which the beneficiary and the issuer have used a commandId; ended, or with a drawing that waits. */
async function usedVoucher(hasEnded: boolean): Promise<Used> {
  const { beneficiary, issuer, to } = stage;
  const voucherId = await stage.issue({ approval: { by: "issuer", within: 3600 } });
  const commandId = freshId();
  await accepted(beneficiary, "voucher:accept", voucherId, { commandId });
  const first = await accepted(beneficiary, "voucher:draw", voucherId, { to, amount: 1 });
  const refusal = { commandId, drawingId: String(first.event.version), reason: "late" };
  await accepted(issuer, "drawing:refuse", voucherId, refusal);
  const second = await accepted(beneficiary, "voucher:draw", voucherId, { to, amount: 1 });
  const drawingId = String(second.event.version);
  if (hasEnded) {
    await accepted(issuer, "drawing:approve", voucherId, { drawingId });
    await accepted(beneficiary, "voucher:release", voucherId, {});
    await settled(beneficiary, voucherId);
  }
  return { voucherId, commandId, drawingId };
}

/** Commands of either side, with what makes each of them fail in a way of its own. */
const COMMANDS: {
  name: VoucherCommandName;
  by: "beneficiary" | "issuer";
  payload: (used: Used) => object;
  own?: object;
}[] = [
  {
    name: "voucher:draw",
    by: "beneficiary",
    payload: () => ({ amount: 5, to: stage.to }),
    own: { amount: 1_000_000, to: { number: "NONE", holder: "nobody" } },
  },
  { name: "voucher:release", by: "beneficiary", payload: () => ({ amount: 5 }), own: { amount: 1_000_000 } },
  { name: "drawing:approve", by: "issuer", payload: ({ drawingId }) => ({ drawingId }) },
  { name: "drawing:refuse", by: "issuer", payload: ({ drawingId }) => ({ drawingId, reason: "no" }) },
];

for (const { name, by, payload, own } of COMMANDS) {
  order(`${name}: of several faults the first is the answer, and none of it leaves a trace`, async () => {
    const vouchers = { live: await usedVoucher(false), ended: await usedVoucher(true) };
    const { live, ended } = vouchers;
    const before = [await recordsOf(stage, live.voucherId), await recordsOf(stage, ended.voucherId)];
    const sets = faultSets().filter((faults) => own || !faults.has("own"));
    for (const faults of sets) {
      const used = faults.has("state") ? ended : live;
      const other = by === "beneficiary" ? "issuer" : "beneficiary";
      const terminal = faults.has("membership") ? stranger : stage[faults.has("role") ? other : by];
      const answer = (await terminal.send(name, {
        voucherId: used.voucherId,
        commandId: faults.has("repeat") ? used.commandId : freshId(),
        ...payload(used),
        ...(faults.has("own") && own),
        ...(faults.has("seen") && { seen: { version: STALE, digest: "000000000000" } }),
        ...(faults.has("version") && { ifVersion: STALE }),
        ...(faults.has("shape") && { unknown: true }),
      })) as VoucherAck;
      const first = FAULTS.find((fault) => faults.has(fault)) as Fault;
      assert.is(errorOf(answer).code, ANSWERS[first], `${name}: ${[...faults].join(" and ")}`);
    }
    assert.equal([await recordsOf(stage, live.voucherId), await recordsOf(stage, ended.voucherId)], before);
  });
}

order(
  "of what is wrong with a drawing the sum comes first, then the account's name, kind and currency",
  async () => {
    const { beneficiary } = stage;
    const { party } = beneficiary;
    await hub.putAccount(party, "CREDIT", { kind: "credit", holder: party, currency: "CNY", limit: 10 });
    await hub.putAccount(party, "DOLLARS", { kind: "funds", holder: party, currency: "USD", balance: 0 });
    await hub.putAccount(stage.payer.party, "OTHERS", {
      kind: "funds",
      holder: party,
      currency: "CNY",
      balance: 0,
    });
    const { voucherId } = await stage.reach("accepted");
    const before = await recordsOf(stage, voucherId);
    for (const [to, code] of [
      [{ number: "CREDIT", holder: "Wrong" }, "account_name_mismatch"],
      [{ number: "OTHERS", holder: party }, "account_name_mismatch"],
      [{ number: "NONE", holder: party }, "account_name_mismatch"],
      [{ number: "CREDIT", holder: party }, "account_not_payable"],
      [{ number: "DOLLARS", holder: party }, "currency_mismatch"],
    ] as const) {
      assert.is((await refused(beneficiary, "voucher:draw", voucherId, { to, amount: 1 })).code, code);
      const tooMuch = await refused(beneficiary, "voucher:draw", voucherId, { to, amount: 100_001 });
      assert.equal([tooMuch.code, tooMuch.details], ["exceeds_remaining", { remaining: 100_000 }]);
    }
    assert.equal(await recordsOf(stage, voucherId), before);
  },
);

order(
  "an approver that is the beneficiary, and a validity beyond the operator's, are refused at the request",
  async () => {
    const { issuer, payer } = stage;
    const offer = { payer: payer.party, amount: 5, currency: "CNY" };
    const year = 365 * 24 * 3600;
    for (const [more, path] of [
      [{ approval: { by: "issuer", within: 60 } }, "approval.by"],
      [{ beneficiary: payer.party, approval: { by: "payer", within: 60 } }, "approval.by"],
      [{ beneficiary: issuer.party, approval: { by: "issuer", within: 60 } }, "approval.by"],
      [{ payer: issuer.party, approval: { by: "payer", within: 60 } }, "approval.by"],
      [{ validFor: year + 1 }, "validFor"],
      [{ validFor: 0 }, "validFor"],
      [{ validFor: 1.5 }, "validFor"],
      [{ beneficiary: "x", approval: { by: "issuer", within: 0 } }, "approval.within"],
      [{ beneficiary: "x", approval: { by: "issuer", within: 30 * 86400 + 1 } }, "approval.within"],
      [{ beneficiary: "x", approval: { by: "beneficiary", within: 1 } }, "approval.by"],
      [{ beneficiary: "Not A Party" }, "beneficiary"],
    ] as const) {
      const error = await issuer.refused("payer:request", { ...offer, ...more } as never);
      const issues = (error.details?.issues ?? []) as { path: string }[];
      assert.equal(
        [error.code, issues.map((issue) => issue.path)],
        ["invalid_request", [path]],
        JSON.stringify(more),
      );
    }
    const { issuance } = await issuer.accepted("payer:request", { ...offer, validFor: year });
    assert.is(issuance.validFor, year);
  },
);

/** Answers of before, once more, from any of the party's terminals. */
order(
  "a repeat is answered as the first time, however far the voucher has gone, over any terminal",
  async () => {
    const { beneficiary, issuer, payer, to } = stage;
    const voucherId = await stage.issue({ approval: { by: "issuer", within: 3600 } });
    const another = await connectTerminal(hub, beneficiary.party);
    const sent: [RawTerminal, VoucherCommandName, object, VoucherAck][] = [];
    const send = async (terminal: RawTerminal, name: VoucherCommandName, payload: object) => {
      const whole = { ...payload, commandId: freshId() };
      const answer = await accepted(terminal, name, voucherId, whole as never);
      sent.push([terminal, name, whole, answer]);
      return String(answer.event.version);
    };
    await send(beneficiary, "voucher:accept", {});
    const first = await send(beneficiary, "voucher:draw", { to, amount: 7 });
    await send(issuer, "drawing:refuse", { drawingId: first, reason: "no | not | yet" });
    const second = await send(beneficiary, "voucher:draw", { to, amount: 9, final: true });
    await send(beneficiary, "voucher:release", { amount: 11 });
    await send(issuer, "drawing:approve", { drawingId: second });
    await settled(payer, voucherId);
    const before = await recordsOf(stage, voucherId);
    for (const [terminal, name, payload, answer] of sent) {
      for (const each of terminal === beneficiary ? [beneficiary, another] : [terminal]) {
        assert.equal(await command(each, name, voucherId, payload as never), answer, name);
        // Neither is part of what tells a repeat from a contradiction.
        const more = { ifVersion: STALE, seen: { version: STALE, digest: "000000000000" } };
        assert.equal(await command(each, name, voucherId, { ...payload, ...more } as never), answer, name);
      }
      if (name === "voucher:accept") continue;
      const other = await refused(terminal, name, voucherId, { ...payload, ...otherPayload(name) } as never);
      assert.equal([other.code, other.details], ["conflict", { commandId: "used before" }], name);
    }
    // Another command under the same commandId is another payload.
    const [oldest] = sent;
    assert.ok(oldest);
    const { commandId } = oldest[2] as { commandId: string };
    assert.is((await refused(beneficiary, "voucher:reject", voucherId, { commandId })).code, "conflict");
    assert.equal(await recordsOf(stage, voucherId), before);
    another.close();
  },
);

/** What makes it another intent. */
function otherPayload(name: VoucherCommandName): object {
  if (name === "voucher:draw" || name === "voucher:release") return { amount: 8 };
  if (name === "drawing:refuse") return { reason: "another" };
  if (name === "drawing:approve") return { drawingId: "99" };
  throw new Error(`${name} has only one payload`);
}

order("each party has its own answers under a commandId that all have chosen", async () => {
  const { beneficiary, issuer, to } = stage;
  const voucherId = await stage.issue({ approval: { by: "issuer", within: 3600 } });
  const commandId = freshId();
  const drawn = await accepted(beneficiary, "voucher:draw", voucherId, { commandId, to, amount: 5 });
  const approval = { commandId, drawingId: String(drawn.event.version) };
  const approved = await accepted(issuer, "drawing:approve", voucherId, approval);
  const token = await hub.token("bank", { operator: true });
  await settled(issuer, voucherId);
  const body = { reason: "over", reference: commandId };
  const voided = jsonOf(await call(hub, "POST", `/v1/vouchers/${voucherId}/void`, { token, body }));
  assert.equal(await command(beneficiary, "voucher:draw", voucherId, { commandId, to, amount: 5 }), drawn);
  assert.equal(await command(issuer, "drawing:approve", voucherId, approval), approved);
  assert.equal(jsonOf(await call(hub, "POST", `/v1/vouchers/${voucherId}/void`, { token, body })), voided);
  refusedWith(
    await call(hub, "POST", `/v1/vouchers/${voucherId}/void`, { token, body: { ...body, reason: "other" } }),
    409,
    "conflict",
  );
});

order("a refusal is not remembered: the same commandId may pass later", async () => {
  const { beneficiary, to } = stage;
  const { voucherId } = await stage.reach("issued");
  const commandId = freshId();
  const draw = { commandId, to: { ...to, number: "LATER" }, amount: 5 };
  assert.is((await refused(beneficiary, "voucher:draw", voucherId, draw)).code, "account_name_mismatch");
  await hub.putAccount(beneficiary.party, "LATER", {
    kind: "funds",
    holder: to.holder,
    currency: "CNY",
    balance: 0,
  });
  assert.is((await accepted(beneficiary, "voucher:draw", voucherId, draw)).event.type, "drawing.presented");
});

order("what was meant for another past is not carried out, and fences nothing", async () => {
  const { beneficiary } = stage;
  const { voucherId } = await stage.reach("accepted");
  const answer = await syncVoucher(beneficiary, voucherId);
  assert.ok(answer.ok);
  const [first, second] = answer.events;
  assert.ok(first && second);
  const before = await recordsOf(stage, voucherId);
  for (const seen of [
    { version: 3, digest: second.digest },
    { version: 2, digest: first.digest },
    { version: 1, digest: second.digest },
    { version: 2, digest: "000000000000" },
  ]) {
    const error = await refused(beneficiary, "voucher:release", voucherId, { amount: 1, seen });
    assert.equal([error.code, error.details], ["rolled_back", { version: 2 }], JSON.stringify(seen));
  }
  assert.equal(await recordsOf(stage, voucherId), before);
  for (const { version, digest } of [first, second])
    await accepted(beneficiary, "voucher:release", voucherId, { amount: 1, seen: { version, digest } });
});

order.run();
