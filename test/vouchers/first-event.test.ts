/** The first event of a voucher reaches a beneficiary that took no part in its issuance, and is told again as long as it is news. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { freshId } from "../helpers/raw-terminal.ts";
import { accepted, FROM, openVoucherScene, toldOf, type VoucherScene } from "./scene.ts";

const first = suite("the first event of a voucher");
let hub: TestHub;
let scene: VoucherScene;

first.before(async () => {
  hub = await startHub({ settings: { SWEEP_INTERVAL: "100" } });
});
first.after(() => hub.close());
first.before.each(async () => {
  scene = await openVoucherScene(hub);
});
first.after.each(() => scene.close());

/** An issuance that the next command issues. */
async function open() {
  const { issuer, payer, beneficiary } = scene;
  const offer = { amount: 100, currency: "CNY", review: "none", beneficiary: beneficiary.party } as const;
  const { issuance } = await issuer.accepted("payer:request", { payer: payer.party, ...offer });
  const { issuanceId } = issuance;
  await payer.accepted("payer:agree", { issuanceId });
  await issuer.accepted("issuance:open", { issuanceId });
  const submit = { issuanceId, commandId: freshId(), account: { number: FROM, holder: payer.party } };
  return { submit, voucherId: `v${issuanceId}` };
}

const timesTold = (voucherId: string) =>
  scene.beneficiary.voucherEvents.filter(
    (event) => event.voucherId === voucherId && event.type === "voucher.issued",
  ).length;

first("reaches the beneficiary though the hub dies between the commit and telling it", async () => {
  const { submit, voucherId } = await open();
  // The commit alone, as a hub leaves it that is killed there.
  await hub.running.ledger.execute("account:submit", scene.payer, submit);
  assert.is((await toldOf(scene.beneficiary, voucherId, "voucher.issued")).version, 1);
});

first(
  "is told by a repeat of the command that issued it, as long as nothing has happened since",
  async () => {
    const { submit, voucherId } = await open();
    const { payer, beneficiary } = scene;
    await payer.accepted("account:submit", submit);
    await toldOf(beneficiary, voucherId, "voucher.issued");
    await payer.accepted("account:submit", submit);
    const until = performance.now() + 60_000;
    while (timesTold(voucherId) < 2) {
      assert.ok(performance.now() < until, "a repeat tells it");
      await new Promise((wake) => setTimeout(wake, 10));
    }
    await accepted(beneficiary, "voucher:accept", voucherId, {});
    for (let time = 0; time < 3; time++) await payer.accepted("account:submit", submit);
    // What a repeat would tell comes before what is done after it.
    const other = await scene.issue();
    await toldOf(beneficiary, other, "voucher.issued");
    await beneficiary.settle();
    assert.is(timesTold(voucherId), 2);
  },
);

first.run();
