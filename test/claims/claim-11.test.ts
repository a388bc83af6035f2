/**
 * Claim 11: issuer terminal, payer terminal and server together; the payer may ask for the change itself and, on
 * consent, sends its second account straight away.
 */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CREDIT, FUNDS, nextEvent, openIssuance, type Scene, setScene } from "./scene.ts";

const claim = suite("claim 11");
let scene: Scene;
claim.before(async () => {
  scene = await setScene();
});
claim.after(() => scene.close());

claim(
  "the payer asks, the hub consents, and the payer sends its second account without anybody else's word",
  async () => {
    const { issuer, payer } = await openIssuance(scene, { amount: 60_00 });
    const heard: string[] = [];
    issuer.on(({ type, by }) => heard.push(`${type} by ${by}`));
    await payer.submitAccount(FUNDS);
    const consent = await payer.changeAccount("rather on credit");
    assert.is(consent.state, "changing");
    const issued = await payer.submitAccount(CREDIT);
    assert.is(issued.state, "issued");
    const seen = await issuer.until("issued");
    assert.is(seen.voucher?.voucherId, issued.voucher?.voucherId);
    assert.equal(heard, [
      "account.verified by payer",
      "account.change_agreed by payer",
      "voucher.issued by payer",
    ]);
  },
);

claim("the payer may keep the account that was verified", async () => {
  const { issuer, payer } = await openIssuance(scene, { amount: 60_00 });
  await payer.submitAccount(FUNDS);
  await payer.changeAccount();
  const kept = nextEvent(issuer, "account.kept");
  await payer.keepAccount();
  assert.equal((await kept).snapshot.account, { kind: "funds", last4: "2233" });
  await issuer.accept();
});

claim.run();
