/**
 * Claim 5: the issuer asks for a payer; on agreement it sends the issuance request and the payer is told, so that it
 * sends its first account; it may ask for a change, and on consent the payer is told, so that it sends a second one.
 */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { AMOUNT, CREDIT, codeOf, FUNDS, nextEvent, type Scene, setScene } from "./scene.ts";

const claim = suite("claim 5");
let scene: Scene;
claim.before(async () => {
  scene = await setScene();
});
claim.after(() => scene.close());

claim("from the request to the voucher, each message in its turn", async () => {
  const [shop, acme] = [await scene.terminal("shop"), await scene.terminal("acme")];
  const invitation = new Promise<import("@tallystick/client").PayerIssuance>((resolve) =>
    acme.onRequest(resolve),
  );
  const issuer = await shop.requestPayer({
    payer: "acme",
    amount: AMOUNT,
    currency: "CNY",
    memo: "Invoice 7",
  });
  const payer = await invitation;
  assert.equal(
    [payer.snapshot.amount, payer.snapshot.memo, payer.snapshot.issuer],
    [AMOUNT, "Invoice 7", "shop"],
  );

  assert.is(await codeOf(issuer.open()), "wrong_state", "without agreement there is no issuance request");
  await payer.agree();
  await issuer.until("agreed");
  const toSend = nextEvent(payer, "issuance.opened");
  await issuer.open();
  assert.is((await toSend).snapshot.state, "opened", "the payer is told to send its first account");
  await payer.submitAccount(FUNDS);

  await issuer.until("verified");
  const toSendAgain = nextEvent(payer, "account.change_agreed");
  assert.is((await issuer.changeAccount("please use credit")).state, "changing");
  const { event } = await toSendAgain;
  assert.is("reason" in event && event.reason, "please use credit");
  await payer.submitAccount(CREDIT);
  assert.is((await issuer.until("issued")).account?.kind, "credit");
});

claim("a payer that declines ends it, and the issuer learns why", async () => {
  const [shop, acme] = [await scene.terminal("shop"), await scene.terminal("acme")];
  acme.onRequest(async (payer) => {
    await payer.decline("not this month");
  });
  const issuer = await shop.requestPayer({ payer: "acme", amount: AMOUNT, currency: "CNY" });
  const told = nextEvent(issuer, "payer.declined");
  assert.is(await codeOf(issuer.until("agreed")), "ended");
  assert.is(issuer.state, "declined");
  const { event } = await told;
  assert.is("reason" in event && event.reason, "not this month");
});

claim.run();
