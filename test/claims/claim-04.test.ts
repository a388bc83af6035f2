/**
 * Claim 4: after freezing and issuing, the voucher's status is updated to issued (已开证).
 */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { FUNDS, openIssuance, type Scene, setScene } from "./scene.ts";

const claim = suite("claim 4");
let scene: Scene;
claim.before(async () => {
  scene = await setScene();
});
claim.after(() => scene.close());

claim("the voucher's status is issued, and the issuance's too", async () => {
  const { issuer, payer } = await openIssuance(scene, { amount: 42_00 });
  await payer.submitAccount(FUNDS);
  await issuer.until("verified");
  const { voucherId } = (await issuer.accept()).voucher;
  assert.is(issuer.state, "issued");
  assert.is((await payer.until("issued")).voucher?.voucherId, voucherId);
  const response = await fetch(`${scene.hub.url}/v1/vouchers/${voucherId}`, {
    headers: { authorization: `Bearer ${await scene.hub.token("shop")}` },
  });
  const voucher = (await response.json()) as Record<string, unknown>;
  assert.equal([voucher.status, voucher.amount, voucher.payer], ["issued", 42_00, "acme"]);
});

claim("before that there is no voucher at all", async () => {
  const { issuer, payer } = await openIssuance(scene, { amount: 42_00 });
  await payer.submitAccount(FUNDS);
  const { state, voucher } = await issuer.until("verified");
  assert.equal([state, voucher], ["verified", undefined]);
  const response = await fetch(`${scene.hub.url}/v1/vouchers/v${issuer.id}`, {
    headers: { authorization: `Bearer ${await scene.hub.token("shop")}` },
  });
  assert.is(response.status, 404);
});

claim.run();
