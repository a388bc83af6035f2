/**
 * Claim 10: claim 5 as modules of the issuer: payer request, issuance request, first change request.
 */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { codeOf, FUNDS, openIssuance, type Scene, setScene } from "./scene.ts";

const claim = suite("claim 10");
let scene: Scene;
claim.before(async () => {
  scene = await setScene();
});
claim.after(() => scene.close());

claim("the issuer has its three requests, and none of the payer's", async () => {
  const { issuer } = await openIssuance(scene);
  for (const command of ["open", "accept", "changeAccount", "cancel"]) {
    assert.type((issuer as unknown as Record<string, unknown>)[command], "function", command);
  }
  for (const command of ["agree", "decline", "submitAccount", "keepAccount"]) {
    assert.type((issuer as unknown as Record<string, unknown>)[command], "undefined", command);
  }
});

claim("the hub refuses a change before there is an account to change", async () => {
  const { issuer, payer } = await openIssuance(scene);
  assert.is(await codeOf(issuer.changeAccount()), "wrong_state");
  await payer.submitAccount(FUNDS);
  await issuer.until("verified");
  assert.is(await codeOf(issuer.changeAccount()), "ok");
});

claim("at most five changes are agreed", async () => {
  const { issuer, payer } = await openIssuance(scene);
  await payer.submitAccount(FUNDS);
  for (let change = 1; change <= 5; change++) {
    await issuer.until("verified");
    assert.is((await issuer.changeAccount()).changes, change);
    await payer.until("changing");
    await payer.keepAccount();
  }
  await issuer.until("verified");
  assert.is(await codeOf(issuer.changeAccount()), "change_not_allowed");
  assert.is(issuer.state, "verified");
  await issuer.accept();
});

claim.run();
