/**
 * Claim 9: claim 4 as an update module: freeze, voucher and status come together, whoever looks and whenever.
 */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readIssuance } from "../helpers/read-issuance.ts";
import { FUNDS, openIssuance, type Scene, setScene } from "./scene.ts";

const claim = suite("claim 9");
let scene: Scene;
claim.before(async () => {
  scene = await setScene();
});
claim.after(() => scene.close());

claim("the status is issued at the moment of the freeze, for everybody, and stays so", async () => {
  const { issuer, payer } = await openIssuance(scene, { amount: 77_00, review: "none" });
  const { frozen } = await scene.account(FUNDS.number);
  const submitted = payer.submitAccount(FUNDS);
  // Whatever is seen while it happens: a freeze without the status, or the status without a freeze, never is.
  for (let look = 0; look < 50; look++) {
    const account = await scene.account(FUNDS.number);
    const reading = await readIssuance(scene.hub.running.ledger, issuer.id);
    if (account.frozen > frozen) assert.is(reading?.snapshot.state, "issued");
  }
  await submitted;
  assert.is((await issuer.until("issued")).state, "issued");
  assert.is((await scene.account(FUNDS.number)).frozen, frozen + 77_00);
});

claim.run();
