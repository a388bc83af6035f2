/**
 * Claim 6: claim 1 as modules of the server: first issuing, change, verification, second issuing; freeze before issue.
 */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readIssuance } from "../helpers/read-issuance.ts";
import { AMOUNT, CREDIT, codeOf, FUNDS, openIssuance, type Scene, setScene } from "./scene.ts";

const claim = suite("claim 6");
let scene: Scene;
claim.before(async () => {
  scene = await setScene();
});
claim.after(() => scene.close());

claim("the first issuing module begins only with the issuance request and the first account", async () => {
  const shop = await scene.terminal("shop");
  const issuer = await shop.requestPayer({ payer: "acme", amount: AMOUNT, currency: "CNY" });
  assert.is(await codeOf(issuer.open()), "wrong_state");
  assert.is(await codeOf(issuer.accept()), "wrong_state");
});

claim(
  "change, verification and second issuing follow one another, and the freeze is in the second account",
  async () => {
    const { issuer, payer } = await openIssuance(scene);
    await payer.submitAccount(FUNDS);
    await issuer.until("verified");
    await issuer.changeAccount();
    await payer.until("changing");
    const issued = await payer.submitAccount(CREDIT);
    const types = (await readIssuance(scene.hub.running.ledger, issuer.id)).events.map(({ type }) => type);
    assert.equal(types, [
      "payer.requested",
      "payer.agreed",
      "issuance.opened",
      "account.verified",
      "account.change_agreed",
      "voucher.issued",
    ]);
    assert.equal(issued.account, { kind: "credit", last4: "0042" });
    assert.is((await scene.account(CREDIT.number)).frozen, AMOUNT);
    assert.is((await scene.account(FUNDS.number)).frozen, 0);
  },
);

claim("money that has gone between verification and acceptance stops the issue", async () => {
  const { issuer, payer } = await openIssuance(scene);
  await payer.submitAccount(FUNDS);
  await issuer.until("verified");
  await scene.hub.putAccount("acme", FUNDS.number, {
    kind: "funds",
    holder: FUNDS.holder,
    currency: "CNY",
    balance: AMOUNT - 1,
  });
  assert.is(await codeOf(issuer.accept()), "account_refused");
  assert.is((await payer.until("opened")).state, "opened");
  assert.is((await scene.account(FUNDS.number)).frozen, 0);
});

claim.run();
