/**
 * Claim 1: the server begins an issuance from the issuance request and the first payment account, consents to a
 * change of the account asked by the issuer or by the payer, verifies the second account, freezes and issues.
 */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { AMOUNT, CREDIT, codeOf, FUNDS, nextEvent, openIssuance, type Scene, setScene } from "./scene.ts";

const claim = suite("claim 1");
let scene: Scene;
claim.before(async () => {
  scene = await setScene();
});
claim.after(() => scene.close());

for (const asker of ["issuer", "payer"] as const) {
  claim(
    `the ${asker} asks for a change, the hub consents, verifies the second account, freezes and issues`,
    async () => {
      const before = { funds: await scene.account(FUNDS.number), credit: await scene.account(CREDIT.number) };
      const sides = await openIssuance(scene, { amount: 1_000_00 });
      await sides.payer.submitAccount(FUNDS);
      await sides.issuer.until("verified");
      const other = asker === "issuer" ? sides.payer : sides.issuer;
      const told = nextEvent(other, "account.change_agreed");

      const consent = await sides[asker].changeAccount("another account, please");
      assert.is(consent.state, "changing");
      const { event } = await told;
      assert.equal([event.by, "reason" in event && event.reason], [asker, "another account, please"]);

      const issued = await sides.payer.submitAccount(CREDIT);
      assert.is(issued.state, "issued");
      assert.is((await sides.issuer.until("issued")).voucher?.voucherId, issued.voucher?.voucherId);
      assert.is((await scene.account(CREDIT.number)).frozen, before.credit.frozen + 1_000_00);
      assert.is(
        (await scene.account(FUNDS.number)).frozen,
        before.funds.frozen,
        "nothing is frozen in the first account",
      );
    },
  );
}

claim("a second account that does not pass verification freezes nothing and issues nothing", async () => {
  const before = await scene.account(CREDIT.number);
  const { issuer, payer } = await openIssuance(scene, { amount: AMOUNT });
  await payer.submitAccount(FUNDS);
  await issuer.until("verified");
  await issuer.changeAccount();
  await payer.until("changing");
  assert.is(
    await codeOf(payer.submitAccount({ ...CREDIT, holder: "Somebody else" })),
    "account_name_mismatch",
  );
  assert.is(payer.state, "changing");
  assert.not(payer.snapshot.voucher);
  assert.equal(await scene.account(CREDIT.number), before);
});

claim("without a change the first account is frozen when the issuer accepts it", async () => {
  const { issuer, payer } = await openIssuance(scene, { amount: 10_00 });
  const before = await scene.account(FUNDS.number);
  await payer.submitAccount(FUNDS);
  await issuer.until("verified");
  assert.equal(await scene.account(FUNDS.number), before, "a verified account is not frozen yet");
  await issuer.accept();
  assert.is((await scene.account(FUNDS.number)).frozen, before.frozen + 10_00);
});

claim.run();
