/** Verification of an account: its order (claim 3), its edges, and that equal passes. */
import type { AccountPut, ErrorCode } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { errorOf } from "../helpers/raw-terminal.ts";
import { AMOUNT, openScene, type Scene } from "./scene.ts";

const verification = suite("verification");

let hub: TestHub;
let scene: Scene;
verification.before(async () => {
  hub = await startHub({ settings: { RATE_LIMIT: "100000" } });
  scene = await openScene(hub);
});
verification.after(async () => {
  scene.close();
  await hub.close();
});

/** What can be wrong with an account, in the order in which it is looked at. */
const WRONGS = ["name", "blocked", "currency", "amount"] as const;
type Wrong = (typeof WRONGS)[number];

function codeOf(wrong: Wrong, kind: AccountPut["kind"]): ErrorCode {
  const codes = {
    name: "account_name_mismatch",
    blocked: "account_blocked",
    currency: "currency_mismatch",
  } as const;
  if (wrong !== "amount") return codes[wrong];
  return kind === "funds" ? "insufficient_funds" : "insufficient_credit";
}

let accounts = 0;
/** Sends an account that has these things wrong with it, and nothing else: it covers the amount exactly. */
async function submitWith(kind: AccountPut["kind"], wrongs: ReadonlySet<Wrong>) {
  accounts += 1;
  const number = `ACCOUNT-${accounts}`;
  const total = wrongs.has("amount") ? AMOUNT - 1 : AMOUNT;
  await hub.putAccount(scene.payer.party, number, {
    holder: "北京贸易 Ltd",
    currency: wrongs.has("currency") ? "USD" : "CNY",
    status: wrongs.has("blocked") ? "blocked" : "active",
    ...(kind === "funds" ? { kind, balance: total } : { kind, limit: total }),
  });
  const { issuanceId } = await scene.reach("opened", { review: "none" });
  const holder = wrongs.has("name") ? "上海贸易 Ltd" : "北京贸易　ＬＴＤ";
  return scene.payer.command("account:submit", { issuanceId, account: { number, holder } });
}

for (const kind of ["funds", "credit"] as const) {
  verification(`a ${kind} account whose available amount equals the voucher's passes`, async () => {
    const answer = await submitWith(kind, new Set());
    assert.ok(answer.ok);
    assert.is(answer.issuance.state, "issued");
    assert.is(answer.issuance.account?.kind, kind);
  });

  for (let bits = 1; bits < 2 ** WRONGS.length; bits++) {
    const wrongs = WRONGS.filter((_, position) => bits & (1 << position));
    verification(
      `a ${kind} account wrong in ${wrongs.join(", ")} is refused for its ${wrongs[0]}`,
      async () => {
        const error = errorOf(await submitWith(kind, new Set(wrongs)));
        assert.is(error.code, codeOf(wrongs[0] as Wrong, kind));
      },
    );
  }
}

verification("what is frozen already is not available", async () => {
  const number = "SHARED";
  const body = { holder: "Shared", currency: "CNY", kind: "credit", limit: 2 * AMOUNT - 1 } as const;
  await hub.putAccount(scene.payer.party, number, body);
  const submit = async () => {
    const { issuanceId } = await scene.reach("opened", { review: "none" });
    return scene.payer.command("account:submit", { issuanceId, account: { number, holder: "Shared" } });
  };
  assert.ok((await submit()).ok);
  assert.is(errorOf(await submit()).code, "insufficient_credit");
});

verification("the largest amount can be frozen, to the last unit", async () => {
  const number = "LARGEST";
  const body = { holder: "Largest", currency: "CNY", kind: "funds" } as const;
  await hub.putAccount(scene.payer.party, number, { ...body, balance: Number.MAX_SAFE_INTEGER });
  const issue = async (amount: number) => {
    const { issuanceId } = await scene.reach("opened", { review: "none", amount });
    return scene.payer.command("account:submit", { issuanceId, account: { number, holder: "Largest" } });
  };
  assert.ok((await issue(Number.MAX_SAFE_INTEGER - 1)).ok);
  assert.not.ok((await issue(2)).ok);
  assert.ok((await issue(1)).ok);
  const account = await hub.running.accounts.get({ party: scene.payer.party, number });
  assert.equal([account?.frozen, account?.available], [Number.MAX_SAFE_INTEGER, 0]);
});

verification("an account blocked or lowered afterwards keeps what is frozen in it", async () => {
  const number = "BLOCKED-LATER";
  const body = { holder: "Later", currency: "CNY", kind: "funds" } as const;
  await hub.putAccount(scene.payer.party, number, { ...body, balance: 3 * AMOUNT });
  const { issuanceId } = await scene.reach("opened", { review: "none" });
  const account = { number, holder: "Later" };
  await scene.payer.accepted("account:submit", { issuanceId, account });
  const name = { party: scene.payer.party, number };
  const blocked = await hub.running.accounts.setStatus(name, "blocked");
  assert.ok(blocked.kind === "done" && blocked.account.frozen === AMOUNT);
  const below = await hub.running.accounts.put(name, { ...body, balance: AMOUNT - 1 });
  assert.ok(below.kind === "refused" && below.code === "insufficient_funds");
  const lowered = await hub.running.accounts.put(name, { ...body, balance: AMOUNT });
  assert.ok(
    lowered.kind === "done" && lowered.account.available === 0 && lowered.account.status === "blocked",
  );
  const other = await hub.running.accounts.put(name, { ...body, currency: "USD", balance: 2 * AMOUNT });
  assert.ok(other.kind === "refused" && other.code === "conflict");
});

verification.run();
