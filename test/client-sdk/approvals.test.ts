/** What an approver decides on, and what a beneficiary gives up, is what its terminal was shown. */
import type { ApproverDrawing, BeneficiaryVoucher, TallystickError, Terminal } from "@tallystick/client";
import type { Redis } from "ioredis";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { rememberStore } from "../helpers/rewind.ts";
import { rejection, type Scene, startScene } from "../helpers/sdk-scene.ts";
import {
  addPayee,
  balanceOf,
  issueToAll,
  NEVER_MS,
  PAYEE,
  type Sides,
} from "../helpers/sdk-voucher-scene.ts";
import { sent, startWire, type Wire } from "../helpers/sdk-wire.ts";

const approvals = suite("what is approved, and what is given up");
let redis: TestRedis;
let client: Redis;
let scene: Scene;
let wire: Wire;
approvals.before(async () => {
  redis = await startRedis();
  client = redis.client();
  scene = await startScene({ redisUrl: redis.url });
  await addPayee(scene);
});
approvals.before.each(async () => {
  wire = await startWire(scene.hub.url);
});
approvals.after.each(async () => {
  await scene.leave();
  await wire.close();
});
approvals.after(async () => {
  await scene.close();
  await redis.stop();
});

const AMOUNT = 1000;
const UNDER_APPROVAL = { amount: AMOUNT, approval: { by: "payer", within: 3600 } } as const;

/** A voucher under the payer's approval; one party's terminal is on the wire. */
async function issued(onWire: "payer" | "beneficiary"): Promise<Sides & { terminal: Terminal }> {
  const onLine = { url: wire.url, ackTimeoutMs: 60_000, resyncIntervalMs: NEVER_MS };
  const [issuer, payer, beneficiary] = [
    await scene.terminal("globex"),
    await scene.terminal("acme", onWire === "payer" ? onLine : {}),
    await scene.terminal("nordlicht", onWire === "beneficiary" ? onLine : {}),
  ];
  const sides = await issueToAll({ issuer, payer, beneficiary }, UNDER_APPROVAL);
  return { ...sides, terminal: onWire === "payer" ? payer : beneficiary };
}

/** The drawings on a voucher that a terminal is handed, as they come. Those of earlier tests wait as well. */
function handed(payer: Terminal, voucherId: string): (count: number) => Promise<ApproverDrawing[]> {
  const drawings: ApproverDrawing[] = [];
  let look = () => {};
  payer.onDrawing((drawing) => {
    if (drawing.voucherId !== voucherId) return;
    drawings.push(drawing);
    look();
  });
  return (count) =>
    new Promise((resolve) => {
      look = () => drawings.length >= count && resolve(drawings);
      look();
    });
}

/** The beneficiary's side, at a terminal that knows nothing of what a store has lost. */
async function beneficiaryAnew(id: string): Promise<BeneficiaryVoucher> {
  const voucher = await (await scene.terminal("nordlicht")).voucher(id);
  if (voucher.role !== "beneficiary") throw new Error("nordlicht is the beneficiary");
  return voucher;
}

approvals(
  "another drawing under the same id, in a store that went back, is not paid for the one that was shown",
  async () => {
    const { payer, beneficiary, terminal } = await issued("payer");
    const shown = handed(terminal, payer.id);
    await beneficiary.accept();
    const rewind = await rememberStore(client);
    const first = await beneficiary.draw({ amount: 1, to: PAYEE });
    const [drawing] = (await shown(1)) as [ApproverDrawing];
    await rewind();
    // The payer hears of nothing: an event that is lost, or that is still on its way.
    void wire.lose((text) => text.startsWith('42["voucher:event"') && text.includes("drawing.presented"));
    const other = await (await beneficiaryAnew(payer.id)).draw({ amount: 900, to: PAYEE });
    assert.is(other.id, first.id, "the store gives the id once more");
    const refused = await rejection<TallystickError>(drawing.approve());
    assert.equal([refused.code, refused.money], ["rolled_back", "untouched"]);
    assert.is(drawing.snapshot.amount, 1);
    const anew = await (await scene.terminal("acme")).voucher(payer.id);
    assert.equal([anew.snapshot.honoured, anew.snapshot.pending], [0, 900]);
    assert.is(await balanceOf(scene, "nordlicht", PAYEE.number), 0);
    const again = await rejection<TallystickError>(drawing.approve());
    assert.is(again.code, "rolled_back", "however often it is tried");
    assert.equal([payer.snapshot.honoured, anew.snapshot.honoured], [0, 0]);
    // It is shown as well, and not taken for the one that was shown.
    wire.cut();
    const [, next] = await shown(2);
    assert.equal([next?.id, next?.snapshot.amount], [first.id, 900]);
  },
);

approvals(
  "what happens to the voucher meanwhile takes nothing from an approval, nor adds to it",
  async () => {
    const { payer, beneficiary, terminal } = await issued("payer");
    const shown = handed(terminal, payer.id);
    await beneficiary.draw({ amount: 100, to: PAYEE });
    await beneficiary.draw({ amount: 200, to: PAYEE });
    const [first, second] = (await shown(2)) as [ApproverDrawing, ApproverDrawing];
    // The payer does not know of what follows when it approves.
    const unheard = wire.lose((text, to) => to === "terminal" && text.includes("voucher.released"));
    await beneficiary.release(300);
    await unheard;
    const [one, two] = await Promise.all([first.approve(), second.approve()]);
    assert.is(Math.max(one.honoured, two.honoured), 300);
    for (const name of ["drawing:approve"]) assert.is(sent(wire, name).length, 2);
    await payer.sync();
    const { honoured, released, remaining } = payer.snapshot;
    assert.equal([honoured, released, remaining], [300, 300, 400]);
  },
);

approvals("a drawing that another terminal refused is not paid, nor is the next in its place", async () => {
  const { payer, beneficiary, terminal } = await issued("payer");
  const shown = handed(terminal, payer.id);
  const drawing = await beneficiary.draw({ amount: 100, to: PAYEE });
  const [stale] = (await shown(1)) as [ApproverDrawing];
  void wire.lose((text, to) => to === "terminal" && text.includes('42["voucher:event"'), 2);
  const elsewhere = await (await scene.terminal("acme")).voucher(payer.id);
  assert.ok(elsewhere.role === "payer");
  await elsewhere.drawings[0]?.refuse("not this one");
  await rejection(drawing.honoured());
  const next = await beneficiary.draw({ amount: 700, to: PAYEE });
  const error = await rejection<TallystickError>(stale.approve());
  assert.equal([error.code, error.money], ["wrong_state", "untouched"]);
  assert.is(next.state, "presented");
  assert.equal([payer.snapshot.honoured, payer.snapshot.pending], [0, 700], "it has caught up");
});

approvals("giving up all that remains gives up what was shown to remain", async () => {
  const { payer, beneficiary } = await issued("beneficiary");
  await beneficiary.draw({ amount: 900, to: PAYEE });
  assert.is(beneficiary.snapshot.remaining, 100);
  const unheard = wire.lose((text, to) => to === "terminal" && text.includes("drawing.refused"));
  await payer.until("accepted");
  await payer.sync();
  await payer.drawings[0]?.refuse("too early");
  await unheard;
  const error = await rejection<TallystickError>(beneficiary.release());
  assert.equal([error.code, error.money], ["conflict", "untouched"]);
  const { remaining, released, state } = beneficiary.snapshot;
  assert.equal([remaining, released, state], [AMOUNT, 0, "accepted"]);
  // Known now, all of it may be meant; and a part is a part, whatever came meanwhile.
  const lost = wire.lose((text, to) => to === "terminal" && text.includes("voucher.released"));
  await (await beneficiaryAnew(beneficiary.id)).release(1);
  await lost;
  assert.is((await beneficiary.release(1)).released, 2);
  assert.is((await beneficiary.release()).state, "released");
});

approvals.run();
