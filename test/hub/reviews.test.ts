/** What becomes of an account that is sent, under each review, and how often one may be refused or changed. */
import { MAX_CHANGES, MAX_REFUSALS, REVIEWS, type Review, type State } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { errorOf, freshId } from "../helpers/raw-terminal.ts";
import { ACCOUNTS, AMOUNT, openScene, type Scene, type Situation, submission } from "./scene.ts";

const reviews = suite("reviews");

let hub: TestHub;
let scene: Scene;
reviews.before(async () => {
  hub = await startHub({ settings: { RATE_LIMIT: "100000" } });
  scene = await openScene(hub);
});
reviews.after(async () => {
  scene.close();
  await hub.close();
});

/** Where an account that passes leads to. Under `none` no account ever stands, so that case can't be. */
const PASSED: [review: Review, situation: Situation, state: State][] = [
  ["first", "opened", "verified"],
  ["first", "opened after a refusal", "verified"],
  ["first", "changing", "issued"],
  ["first", "changing with no account standing", "issued"],
  ["every", "opened", "verified"],
  ["every", "opened after a refusal", "verified"],
  ["every", "changing", "verified"],
  ["every", "changing with no account standing", "verified"],
  ["none", "opened", "issued"],
  ["none", "opened after a refusal", "issued"],
  ["none", "changing with no account standing", "issued"],
];

for (const [review, situation, state] of PASSED) {
  reviews(
    `under the review "${review}", ${situation}: an account that passes leads to ${state}`,
    async () => {
      const { issuanceId } = await scene.reach(situation, { review });
      const before = await scene.account("other");
      const { event, issuance } = await scene.payer.accepted(
        "account:submit",
        submission(scene, issuanceId, "other"),
      );
      assert.is(issuance.state, state);
      assert.is(event.type, state === "issued" ? "voucher.issued" : "account.verified");
      assert.equal(issuance.account, { kind: "funds", last4: ACCOUNTS.other.number.slice(-4) });
      const after = await scene.account("other");
      assert.is(after.frozen - before.frozen, state === "issued" ? AMOUNT : 0);
      assert.is(issuance.voucher !== undefined, state === "issued");
      if (state === "verified") {
        const accepted = await scene.issuer.accepted("issuance:accept", { issuanceId });
        assert.is(accepted.issuance.state, "issued");
        assert.is((await scene.account("other")).frozen - before.frozen, AMOUNT);
      }
    },
  );

  reviews(
    `under the review "${review}", ${situation}: a refused account changes no state and no money`,
    async () => {
      const reached = await scene.reach(situation, { review });
      const { issuanceId, version } = reached;
      const error = errorOf(await scene.submit(issuanceId, "empty"));
      assert.is(error.code, "insufficient_funds");
      const now = await scene.payer.sync(issuanceId, version);
      assert.ok(now.ok);
      assert.is(now.issuance.state, reached.state);
      assert.equal(now.issuance.account, reached.account);
      assert.equal(
        now.events.map(({ type, version: at }) => [type, at]),
        [["account.refused", version + 1]],
      );
      assert.equal(error.details, { event: now.events[0] });
      assert.is((await scene.account("empty")).frozen, 0);
    },
  );
}

for (const review of REVIEWS) {
  reviews(`under the review "${review}", an issuance fails with its fifth refused account`, async () => {
    const { issuanceId } = await scene.reach("opened", { review });
    for (let left = MAX_REFUSALS - 1; left >= 0; left--) {
      const { details } = errorOf(await scene.submit(issuanceId, "empty"));
      const { event } = details as { event: { attemptsLeft: number; state: State } };
      assert.equal([event.attemptsLeft, event.state], [left, left === 0 ? "failed" : "opened"]);
    }
    const late = await scene.payer.refused("account:submit", submission(scene, issuanceId, "good"));
    assert.equal([late.code, late.details], ["wrong_state", { state: "failed" }]);
  });
}

reviews("no more than five changes are agreed, and the issuance stays as it was", async () => {
  const { issuanceId } = await scene.reach("verified", { review: "every" });
  for (let changes = 1; changes <= MAX_CHANGES; changes++) {
    const { issuance } = await scene.issuer.accepted("account:change", { issuanceId });
    assert.is(issuance.changes, changes);
    await scene.payer.accepted("account:keep", { issuanceId });
  }
  const before = await scene.issuer.sync(issuanceId);
  assert.is((await scene.issuer.refused("account:change", { issuanceId })).code, "change_not_allowed");
  assert.is((await scene.payer.refused("account:change", { issuanceId })).code, "change_not_allowed");
  assert.equal(await scene.issuer.sync(issuanceId), before);
  const { issuance } = await scene.issuer.accepted("issuance:accept", { issuanceId });
  assert.is(issuance.state, "issued");
});

reviews(
  "when the money has gone before the acceptance, the account is refused and the payer may send another",
  async () => {
    const poor = { party: scene.payer.party, number: "6222020200778899" };
    const funded = { kind: "funds", holder: poor.party, currency: "CNY" } as const;
    await hub.putAccount(poor.party, poor.number, { ...funded, balance: AMOUNT });
    const { issuanceId } = await scene.reach("opened");
    const account = { number: poor.number, holder: poor.party };
    await scene.payer.accepted("account:submit", { issuanceId, account });
    await hub.putAccount(poor.party, poor.number, { ...funded, balance: AMOUNT - 1 });

    const error = await scene.issuer.refused("issuance:accept", { issuanceId });
    assert.is(error.code, "account_refused");
    const now = await scene.issuer.sync(issuanceId);
    assert.ok(now.ok);
    assert.is(now.issuance.state, "opened");
    assert.is(now.issuance.account, undefined);
    await scene.payer.accepted("account:submit", submission(scene, issuanceId, "good"));
    assert.is((await scene.issuer.accepted("issuance:accept", { issuanceId })).issuance.state, "issued");
  },
);

reviews(
  "an acceptance that is the fifth refusal fails the issuance, and is answered the same again",
  async () => {
    const number = "6222020200990011";
    const funded = { kind: "funds", holder: scene.payer.party, currency: "CNY" } as const;
    await hub.putAccount(scene.payer.party, number, { ...funded, balance: AMOUNT });
    const { issuanceId } = await scene.reach("opened");
    for (let refused = 1; refused < MAX_REFUSALS; refused++) await scene.submit(issuanceId, "empty");
    await scene.payer.accepted("account:submit", {
      issuanceId,
      account: { number, holder: scene.payer.party },
    });
    await hub.running.accounts.setStatus({ party: scene.payer.party, number }, "blocked");

    const commandId = freshId();
    const first = await scene.issuer.command("issuance:accept", { issuanceId, commandId });
    assert.not.ok(first.ok);
    const now = await scene.issuer.sync(issuanceId);
    assert.ok(now.ok);
    assert.is(now.issuance.state, "failed");
    assert.is(now.issuance.account, undefined);
    assert.equal(await scene.issuer.command("issuance:accept", { issuanceId, commandId }), first);
  },
);

reviews("a party that is both is told why its own account is refused at the acceptance", async () => {
  const own = await openScene(hub, { isSelf: true });
  const { issuanceId } = await own.reach("verified");
  await hub.running.accounts.setStatus({ party: own.payer.party, number: ACCOUNTS.good.number }, "blocked");
  assert.is((await own.issuer.refused("issuance:accept", { issuanceId })).code, "account_blocked");
  own.close();
});

reviews.run();
