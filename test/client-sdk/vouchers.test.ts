// The life of a voucher at three terminals, against a real hub.
import {
  type ApproverDrawing,
  isTallystickError,
  type TallystickError,
  type Terminal,
} from "@tallystick/client";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ACCOUNT, nextInvitation, OFFER, rejection, type Scene, startScene } from "../helpers/sdk-scene.ts";
import { addPayee, balanceOf, issue, issueToAll, nextVoucher, PAYEE } from "../helpers/sdk-voucher-scene.ts";

const vouchers = suite("vouchers of the SDK");
let scene: Scene;
vouchers.before(async () => {
  scene = await startScene();
  await addPayee(scene);
});
vouchers.after.each(() => scene.leave());
vouchers.after(() => scene.close());

async function terminals(): Promise<{ issuer: Terminal; payer: Terminal; beneficiary: Terminal }> {
  const [issuer, payer, beneficiary] = await Promise.all(
    ["globex", "acme", "nordlicht"].map((party) => scene.terminal(party)),
  );
  return { issuer, payer, beneficiary } as { issuer: Terminal; payer: Terminal; beneficiary: Terminal };
}

/** A drawing as it reaches its approver. */
function nextDrawing(approver: Terminal): Promise<ApproverDrawing> {
  return new Promise((resolve) => {
    const stop = approver.onDrawing((drawing) => {
      stop();
      resolve(drawing);
    });
  });
}

vouchers(
  "it is accepted, drawn in part, paid out, and the rest released, and all three hear of it",
  async () => {
    const all = await terminals();
    const { issuer, payer, beneficiary } = await issueToAll(all, { memo: "Order 7" });
    assert.equal([issuer.role, payer.role, beneficiary.role], ["issuer", "payer", "beneficiary"]);
    assert.equal([issuer.state, issuer.id], ["issued", beneficiary.id]);
    const heard = Promise.all(
      [issuer, payer].map(async (voucher) => {
        const types: string[] = [];
        for await (const { version, type } of voucher.events({ from: 1 })) types.push(`${version} ${type}`);
        return types;
      }),
    );
    const before = await balanceOf(scene, "nordlicht", PAYEE.number);
    assert.is((await beneficiary.accept()).state, "accepted");
    await issuer.until("accepted");
    const drawing = await beneficiary.draw({ amount: 25_000, to: PAYEE });
    assert.equal([drawing.state, drawing.durability], ["honoured", "memory"]);
    assert.is((await drawing.honoured()).amount, 25_000);
    assert.is((await drawing.settled()).settlement, "settled");
    assert.is(await balanceOf(scene, "nordlicht", PAYEE.number), (before ?? 0) + 25_000);
    const { state, honoured, released } = await beneficiary.release();
    assert.equal([state, honoured, released], ["released", 25_000, OFFER.amount - 25_000]);
    const types = [
      "1 voucher.issued",
      "2 voucher.accepted",
      "3 drawing.honoured",
      "4 drawing.settled",
      "5 voucher.released",
    ];
    assert.equal(await heard, [types, types]);
    assert.equal(payer.snapshot.account, { kind: "funds", last4: "2233" });
    assert.is(
      beneficiary.snapshot.account,
      undefined,
      "the payer's account is not the beneficiary's to know",
    );
  },
);

vouchers("the events go on after the end until what was honoured is paid out", async () => {
  const { beneficiary } = await issueToAll(await terminals());
  const told: string[] = [];
  const whole = (async () => {
    for await (const { type } of beneficiary.events()) told.push(type);
  })();
  const drawing = await beneficiary.draw({ to: PAYEE });
  assert.is((await beneficiary.until("honoured")).remaining, 0);
  await whole;
  assert.equal(told, ["drawing.honoured", "drawing.settled"]);
  assert.is(drawing.snapshot.settlement, "settled");
});

vouchers("under approval a drawing waits for the approver, who is handed it and decides", async () => {
  const all = await terminals();
  const { issuer, payer, beneficiary } = await issueToAll(all, { approval: { by: "payer", within: 3600 } });
  const handed = nextDrawing(all.payer);
  const others: ApproverDrawing[] = [];
  for (const other of [all.issuer, all.beneficiary]) other.onDrawing((drawing) => void others.push(drawing));
  const first = await beneficiary.draw({ amount: 40_000, to: PAYEE });
  assert.equal([first.state, first.durability], ["presented", undefined]);
  const shown = await handed;
  assert.equal([shown.id, shown.voucherId, shown.snapshot.to], [first.id, payer.id, { last4: "001" }]);
  const refused = rejection<TallystickError>(first.settled());
  await shown.refuse("the goods are late");
  const error = await refused;
  assert.equal([error.code, error.money, error.voucher?.remaining], ["ended", "untouched", OFFER.amount]);
  assert.equal(error.details, { drawingId: first.id, reason: "the goods are late" });

  const again = nextDrawing(all.payer);
  const second = await beneficiary.draw({ to: PAYEE, amount: 1000, final: true });
  const approved = await (await again).approve();
  assert.equal(
    [approved.state, approved.released, approved.durability],
    ["honoured", OFFER.amount - 1000, "memory"],
  );
  await second.settled();
  assert.is((await issuer.until("honoured")).honoured, 1000);
  assert.equal(others, []);
});

vouchers("drawings that wait at the same time are approved at the same time", async () => {
  const all = await terminals();
  const { beneficiary, payer } = await issueToAll(all, { approval: { by: "payer", within: 3600 } });
  const drawn = [
    await beneficiary.draw({ amount: 1, to: PAYEE }),
    await beneficiary.draw({ amount: 2, to: PAYEE }),
  ];
  all.payer.onDrawing(async (drawing) => void (await drawing.approve()));
  await Promise.all(drawn.map((drawing) => drawing.settled()));
  await payer.until("accepted");
  assert.is(payer.snapshot.honoured, 3);
  assert.equal(scene.errors, []);
});

vouchers("an issuer that is the approver decides on drawings as they come", async () => {
  const all = await terminals();
  const { beneficiary, payer } = await issueToAll(all, { approval: { by: "issuer", within: 3600 } });
  all.issuer.onDrawing(async (drawing) => void (await drawing.approve()));
  await (await beneficiary.draw({ amount: 1, to: PAYEE })).settled();
  const waiting = await beneficiary.draw({ amount: 2, to: PAYEE });
  await waiting.settled();
  const error = await rejection<TallystickError>(payer.drawings[0]?.approve() as Promise<unknown>);
  assert.ok(["forbidden", "wrong_state"].includes(error.code), error.code);
});

vouchers("silence honours a drawing, and expiry ends a voucher, unasked", async () => {
  const all = await terminals();
  const { beneficiary, issuer } = await issueToAll(all, {
    approval: { by: "payer", within: 1 },
    validFor: 3,
  });
  const drawing = await beneficiary.draw({ amount: 5, to: PAYEE });
  await drawing.honoured({ timeoutMs: 60_000 });
  const error = await rejection<TallystickError>(issuer.until("honoured", { timeoutMs: 60_000 }));
  assert.equal([error.code, error.state, error.voucher?.released], ["ended", "expired", OFFER.amount - 5]);
});

vouchers("an issuer takes back what was not touched, and a beneficiary may refuse it", async () => {
  const all = await terminals();
  const withdrawn = await issueToAll(all);
  const waiting = rejection<TallystickError>(withdrawn.beneficiary.until("accepted"));
  await withdrawn.issuer.withdraw("a mistake");
  const error = await waiting;
  assert.equal([error.code, error.state, error.details?.reason], ["ended", "withdrawn", "a mistake"]);
  const rejected = await issueToAll(all);
  await rejected.beneficiary.reject("not ours");
  await rejected.issuer.until("rejected");
});

vouchers("an issuer that is its own beneficiary has it by its issuance, and is handed it", async () => {
  const { issuer, payer } = await terminals();
  const own = nextVoucher(issuer);
  const [asIssuer] = await issue(issuer, payer, { beneficiary: "globex" });
  const handed = await own;
  assert.is(handed.id, asIssuer.id);
  assert.ok(isTallystickError(await rejection(asIssuer.withdraw()), "forbidden"));
  await asIssuer.asBeneficiary().accept();
  await handed.until("accepted");
  const { beneficiary } = await issueToAll({ issuer, payer, beneficiary: await scene.terminal("nordlicht") });
  const [stranger] = await issue(issuer, payer);
  assert.throws(() => stranger.asBeneficiary(), /nordlicht is the beneficiary, not globex/);
  await beneficiary.reject();
});

vouchers("a voucher's id is not taken for an issuance's, nor the other way round", async () => {
  const { issuer, payer } = await terminals();
  const [asIssuer] = await issue(issuer, payer);
  const { issuanceId } = asIssuer.snapshot;
  const wrong = await rejection<TallystickError>(issuer.issuance(asIssuer.id));
  assert.is(wrong.code, "invalid_request");
  assert.match(wrong.message, `${asIssuer.id} is no issuance's id`);
  const other = await rejection<TallystickError>(issuer.voucher(issuanceId));
  assert.match(other.message, `${issuanceId} is no voucher's id`);
});

vouchers("what was issued before is there for the terminals that come later", async () => {
  const all = await terminals();
  const [issued] = await issue(all.issuer, all.payer);
  const { beneficiary } = await issueToAll(all, { approval: { by: "payer", within: 3600 } });
  const drawing = await beneficiary.draw({ amount: 7, to: PAYEE });
  await scene.leave();
  const later = await terminals();
  const taken = new Set<string>();
  later.beneficiary.onVoucher((voucher) => void taken.add(voucher.id));
  const waiting = new Map<string, ApproverDrawing>();
  later.payer.onDrawing((one) => void waiting.set(one.voucherId, one));
  const listed: string[] = [];
  for await (const { voucherId, role } of later.beneficiary.vouchers()) listed.push(`${role} ${voucherId}`);
  assert.ok(listed.includes(`beneficiary ${issued.id}`) && listed.includes(`beneficiary ${beneficiary.id}`));
  for await (const { state } of later.issuer.vouchers({ role: "issuer", state: "accepted" }))
    assert.is(state, "accepted");
  const asBeneficiary = await later.beneficiary.voucher(beneficiary.id);
  assert.is(asBeneficiary.role, "beneficiary");
  const patience = performance.now() + 60_000;
  while (!taken.has(issued.id) || !waiting.has(beneficiary.id)) {
    assert.ok(performance.now() < patience, "they are not handed out");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.not.ok(taken.has(beneficiary.id), "it was drawn on, so it does not wait");
  await waiting.get(beneficiary.id)?.approve();
  await asBeneficiary.drawings.find(({ id }) => id === drawing.id)?.settled();
  const stranger = await scene.terminal("initech");
  assert.ok(isTallystickError(await rejection(stranger.voucher(issued.id)), "not_found"));
});

vouchers("a refused drawing says why, draws nothing, and leaves the voucher on the error", async () => {
  const { beneficiary } = await issueToAll(await terminals());
  const wrong = rejection<TallystickError>(beneficiary.draw({ to: { ...PAYEE, holder: "Somebody" } }));
  assert.is((await wrong).code, "account_name_mismatch");
  const tooMuch = await rejection<TallystickError>(beneficiary.draw({ amount: OFFER.amount + 1, to: PAYEE }));
  assert.equal([tooMuch.code, tooMuch.details], ["exceeds_remaining", { remaining: OFFER.amount }]);
  assert.equal([tooMuch.money, tooMuch.voucher?.voucherId], ["untouched", beneficiary.id]);
  assert.equal(beneficiary.drawings, []);
});

vouchers("a drawing that can't be paid out says so, and that the money is in clearing", async () => {
  const { beneficiary, issuer } = await issueToAll(await terminals());
  const told = new Promise<string>((resolve) =>
    beneficiary.on("drawing.settlement_failed", ({ drawingId }) => resolve(drawingId)),
  );
  // As much as an account can hold: nothing more can be paid in.
  const full = { holder: "Full", kind: "funds", currency: "CNY", balance: Number.MAX_SAFE_INTEGER } as const;
  await scene.hub.putAccount("nordlicht", "DE-FULL", full);
  const drawing = await beneficiary.draw({ to: { number: "DE-FULL", holder: "Full" } });
  const error = await rejection<TallystickError>(drawing.settled());
  assert.equal([error.code, error.money, error.retry], ["settlement_failed", "clearing", "no"]);
  assert.is(await told, drawing.id);
  assert.is((await issuer.until("honoured")).state, "honoured");
});

vouchers("the example of the documents: an issuance leads to its voucher when it is issued", async () => {
  const all = await terminals();
  const invited = nextInvitation(all.payer);
  const asIssuer = await all.issuer.requestPayer({
    ...OFFER,
    beneficiary: "nordlicht",
    validFor: 30 * 86400,
  });
  const waiting = asIssuer.voucher();
  const asPayer = await invited;
  assert.equal([asPayer.snapshot.beneficiary, asPayer.snapshot.validFor], ["nordlicht", 30 * 86400]);
  await asPayer.agree();
  await asIssuer.until("agreed");
  await asIssuer.open();
  await asPayer.until("opened");
  await asPayer.submitAccount(ACCOUNT);
  await asIssuer.until("verified");
  await asIssuer.accept();
  assert.is((await waiting).snapshot.issuanceId, asIssuer.id);
  const ended = await all.issuer.requestPayer({ ...OFFER });
  const none = rejection(ended.voucher());
  await ended.cancel();
  assert.ok(isTallystickError(await none, "ended"));
});

vouchers.run();
