/**
 * Claim 8: claim 3 as the verification module: names are compared as people write them, and what is frozen already
 * is not available.
 */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { codeOf, FUNDS, openIssuance, type Scene, setScene } from "./scene.ts";

const claim = suite("claim 8");
let scene: Scene;
claim.before(async () => {
  scene = await setScene();
});
claim.after(() => scene.close());

claim("case, width and white space of a name do not matter; letters do", async () => {
  for (const holder of ["acme ltd", "  ACME\u3000Ltd ", "\uff21\uff43\uff4d\uff45 Ltd"]) {
    const { payer } = await openIssuance(scene, { amount: 1_00 });
    assert.is((await payer.submitAccount({ ...FUNDS, holder })).state, "verified", holder);
  }
  const { payer } = await openIssuance(scene, { amount: 1_00 });
  assert.is(await codeOf(payer.submitAccount({ ...FUNDS, holder: "Acme Lt" })), "account_name_mismatch");
});

claim("an account that is another party's, or nobody's, is answered like a wrong name", async () => {
  await scene.hub.putAccount("globex", "9999000011112222", {
    kind: "funds",
    holder: "Globex",
    currency: "CNY",
    balance: 1_00,
  });
  const { payer } = await openIssuance(scene, { amount: 1_00 });
  assert.is(
    await codeOf(payer.submitAccount({ number: "9999000011112222", holder: "Globex" })),
    "account_name_mismatch",
  );
  assert.is(
    await codeOf(payer.submitAccount({ number: "0000000000000000", holder: "Acme Ltd" })),
    "account_name_mismatch",
  );
});

claim("what one voucher has frozen is not available to the next", async () => {
  const { available } = await scene.account(FUNDS.number);
  const first = await openIssuance(scene, { amount: available - 50_00, review: "none" });
  await first.payer.submitAccount(FUNDS);
  const second = await openIssuance(scene, { amount: 50_01, review: "none" });
  assert.is(await codeOf(second.payer.submitAccount(FUNDS)), "insufficient_funds");
});

claim.run();
