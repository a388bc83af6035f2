/** What is drawn of a line of credit is used, and can be paid back, once for each reference. */
import type { Account } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { partitionKeys } from "../../server/ledger/keys.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { accepted, openVoucherScene, toldOf } from "../vouchers/scene.ts";
import { accountPath, call, jsonOf, refusedWith } from "./client.ts";

const repay = suite("lines of credit over HTTP");
let hub: TestHub;
let operator: string;

repay.before(async () => {
  hub = await startHub();
  operator = await hub.token("bank", { operator: true });
});
repay.after(() => hub.close());

const LINE = "LINE-1";

/** A payer with a line of 1,000 of which 300 were drawn and 200 are frozen. */
async function drawnLine(): Promise<{
  party: string;
  ask: (
    method: string,
    path?: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => ReturnType<typeof call>;
}> {
  const scene = await openVoucherScene(hub);
  const { payer, beneficiary, to } = scene;
  const { party } = payer;
  await hub.putAccount(party, LINE, { kind: "credit", holder: party, currency: "CNY", limit: 1_000 });
  const voucherId = await scene.issue({ amount: 500, from: LINE });
  await toldOf(beneficiary, voucherId, "voucher.issued");
  await accepted(beneficiary, "voucher:draw", voucherId, { amount: 300, to });
  await toldOf(beneficiary, voucherId, "drawing.settled");
  scene.close();
  const path = accountPath(party, LINE);
  return {
    party,
    ask: (method, more = "", body, headers) =>
      call(hub, method, path + more, {
        token: operator,
        ...(body !== undefined && { body }),
        ...(headers && { headers }),
      }),
  };
}

/** What came into a party's partition, minor units. */
async function cameIn(party: string): Promise<number> {
  const { ledger, store } = hub.running;
  return Number(await store.hget(partitionKeys.sums(ledger.partitionOf(party)), "in:CNY"));
}

repay("a drawing uses the line, and leaves less of it available", async () => {
  const { ask } = await drawnLine();
  const { limit, used, frozen, available } = jsonOf(await ask("GET")) as Account;
  assert.equal({ limit, used, frozen, available }, { limit: 1_000, used: 300, frozen: 200, available: 500 });
});

repay("repaying makes room, once for each reference, and never more than is used", async () => {
  const { party, ask } = await drawnLine();
  const before = await cameIn(party);
  const body = { amount: 120, reference: "wire-1" };
  const first = jsonOf(await ask("POST", "/repay", body)) as Account;
  assert.equal([first.used, first.available], [180, 620]);
  assert.equal(jsonOf(await ask("POST", "/repay", body)), first);
  assert.is(await cameIn(party), before + 120);
  refusedWith(await ask("POST", "/repay", { ...body, amount: 121 }), 409, "conflict");
  const much = { amount: 181, reference: "wire-2" };
  refusedWith(await ask("POST", "/repay", much), 422, "exceeds_remaining");
  // A refusal leaves nothing: its reference is free.
  assert.is((jsonOf(await ask("POST", "/repay", { ...much, amount: 180 })) as Account).used, 0);
  // References of adjustments are others.
  assert.is(
    (jsonOf(await ask("POST", "/adjust", { amount: 1, reference: "wire-1" })) as Account).limit,
    1_001,
  );
});

repay("under an Idempotency-Key and a condition it is as every write", async () => {
  const { ask } = await drawnLine();
  const tag = (await ask("GET")).headers.get("etag") ?? "";
  const headers = { "Idempotency-Key": "repay-once", "If-Match": tag };
  const body = { amount: 100, reference: "wire-1" };
  const done = await ask("POST", "/repay", body, headers);
  assert.is((jsonOf(done) as Account).used, 200);
  assert.not.equal(done.headers.get("etag"), tag, "what is used is shown, so the tag tells it");
  assert.is((await ask("POST", "/repay", body, headers)).text, done.text);
  const late = await ask("POST", "/repay", { amount: 1, reference: "wire-2" }, { "If-Match": tag });
  refusedWith(late, 412, "conflict");
});

repay("a limit can't be lowered below what is used and frozen, nor the account become another", async () => {
  const { party, ask } = await drawnLine();
  const line = { kind: "credit", holder: party, currency: "CNY" };
  refusedWith(await ask("PUT", "", { ...line, limit: 499 }), 422, "insufficient_funds");
  refusedWith(await ask("POST", "/adjust", { amount: -501, reference: "less" }), 422, "insufficient_funds");
  assert.is((jsonOf(await ask("PUT", "", { ...line, limit: 500 })) as Account).available, 0);
  const funds = { kind: "funds", holder: party, currency: "CNY", balance: 1_000 };
  refusedWith(await ask("PUT", "", funds), 409, "conflict");
});

repay("a blocked line can be repaid, and stays blocked", async () => {
  const { party, ask } = await drawnLine();
  await hub.running.accounts.setStatus({ party, number: LINE }, "blocked");
  const account = jsonOf(await ask("POST", "/repay", { amount: 300, reference: "all" })) as Account;
  assert.equal([account.used, account.frozen, account.status], [0, 200, "blocked"]);
});

repay("one repayment sent many times at once has its effect once", async () => {
  const { ask } = await drawnLine();
  const body = { amount: 70, reference: "wire-1" };
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask("POST", "/repay", body)));
  assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
  assert.is((jsonOf(await ask("GET")) as Account).used, 230);
});

repay("only a line of credit can be repaid, an amount above nothing, by operators", async () => {
  const { party, ask } = await drawnLine();
  const funds = accountPath(party, "6222020200112233");
  const body = { amount: 1, reference: "x" };
  refusedWith(await call(hub, "POST", `${funds}/repay`, { token: operator, body }), 400, "invalid_request");
  refusedWith(await ask("POST", "/repay", { amount: 0, reference: "x" }), 400, "invalid_request");
  refusedWith(await ask("POST", "/repay", { amount: -5, reference: "x" }), 400, "invalid_request");
  const token = await hub.token(party);
  refusedWith(
    await call(hub, "POST", `${accountPath(party, LINE)}/repay`, { token, body }),
    403,
    "forbidden",
  );
  const nowhere = accountPath(party, "NOWHERE");
  refusedWith(await call(hub, "POST", `${nowhere}/repay`, { token: operator, body }), 404, "not_found");
});

repay.run();
