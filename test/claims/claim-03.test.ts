/**
 * Claim 3: verification goes in order: first the name; only when it is right, the amount, where remaining funds or
 * remaining credit must be greater than or equal to the voucher's.
 */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CREDIT, codeOf, FUNDS, openIssuance, type Scene, setScene } from "./scene.ts";

const claim = suite("claim 3");
let scene: Scene;
claim.before(async () => {
  scene = await setScene();
});
claim.after(() => scene.close());

claim("the name is looked at first: with name and amount both wrong, the answer is the name", async () => {
  const { payer } = await openIssuance(scene, { amount: 900_000_00 });
  assert.is(await codeOf(payer.submitAccount({ ...FUNDS, holder: "Acme Limited" })), "account_name_mismatch");
});

claim("only when the name is right, the amount: more than what is available is refused", async () => {
  const { payer } = await openIssuance(scene, { amount: 900_000_00 });
  assert.is(await codeOf(payer.submitAccount(FUNDS)), "insufficient_funds");
  assert.is(await codeOf(payer.submitAccount(CREDIT)), "insufficient_credit");
});

for (const [kind, account, sum] of [
  ["funds", FUNDS, 200_000_00],
  ["credit", CREDIT, 150_000_00],
] as const) {
  claim(`remaining ${kind} that equal the amount pass; one minor unit more does not`, async () => {
    const { available } = await scene.account(account.number);
    assert.is(available, sum);
    const over = await openIssuance(scene, { amount: available + 1, review: "none" });
    assert.is(
      await codeOf(over.payer.submitAccount(account)),
      kind === "funds" ? "insufficient_funds" : "insufficient_credit",
    );
    const exact = await openIssuance(scene, { amount: available, review: "none" });
    assert.is((await exact.payer.submitAccount(account)).state, "issued");
    assert.is((await scene.account(account.number)).available, 0);
    const nothingLeft = await openIssuance(scene, { amount: 1, review: "none" });
    assert.is(
      await codeOf(nothingLeft.payer.submitAccount(account)),
      kind === "funds" ? "insufficient_funds" : "insufficient_credit",
    );
  });
}

claim.run();
