import { setTimeout } from "node:timers/promises";
import { Snapshot, Voucher } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal } from "../helpers/raw-terminal.ts";
import { call, funds, issueVoucher, jsonOf, refusedWith } from "./client.ts";

const issuances = suite("issuances and vouchers over HTTP");
let hub: TestHub;

issuances.before(async () => {
  // The sweeper does not come by within this test: what it would end must not look open without it.
  hub = await startHub({ settings: { SWEEP_INTERVAL: "60000" } });
});
issuances.after(() => hub.close());

const get = async (path: string, party: string, options: { operator?: boolean } = {}) =>
  call(hub, "GET", path, { token: await hub.token(party, options) });

/** A party's account of 1000, and a voucher of 250 issued against it. */
async function issued(issuer: string, payer: string, memo?: string): Promise<Snapshot> {
  await hub.putAccount(payer, "6222020200112233", funds(1000, { holder: "华夏贸易" }));
  const account = { number: "6222020200112233", holder: "华夏贸易" };
  return issueVoucher(hub, { issuer, payer, amount: 250, account, ...(memo !== undefined && { memo }) });
}

issuances("both parties and an operator see the same snapshot as on the wire", async () => {
  const snapshot = await issued("seller", "buyer", "订单 42");
  const path = `/v1/issuances/${snapshot.issuanceId}`;
  for (const answer of [
    await get(path, "seller"),
    await get(path, "buyer"),
    await get(path, "bank", { operator: true }),
  ]) {
    assert.equal(Snapshot.strict().parse(jsonOf(answer)), snapshot);
  }
});

issuances("both parties and an operator see the voucher", async () => {
  const { issuanceId, voucher } = await issued("seller", "purchaser", "订单 43");
  const path = `/v1/vouchers/${voucher?.voucherId}`;
  const expected = {
    voucherId: `v${issuanceId}`,
    issuanceId,
    version: 1,
    state: "issued",
    status: "issued",
    issuer: "seller",
    payer: "purchaser",
    beneficiary: "seller",
    amount: 250,
    currency: "CNY",
    memo: "订单 43",
    honoured: 0,
    released: 0,
    pending: 0,
    remaining: 250,
    drawings: [],
    account: { kind: "funds", last4: "2233" },
    issuedAt: voucher?.issuedAt,
  };
  for (const answer of [
    await get(path, "seller"),
    await get(path, "purchaser"),
    await get(path, "bank", { operator: true }),
  ]) {
    const { digest, expiresAt, ...shown } = Voucher.strict().parse(jsonOf(answer));
    assert.equal(shown, expected);
    assert.is(expiresAt - shown.issuedAt, 90 * 24 * 3600 * 1000);
    assert.not.equal(digest, "");
  }
});

issuances("a voucher without a memo has none", async () => {
  const { voucher } = await issued("seller", "terse");
  assert.not("memo" in (jsonOf(await get(`/v1/vouchers/${voucher?.voucherId}`, "terse")) as object));
});

issuances("nobody learns the account's number, holder or balance", async () => {
  const { issuanceId, voucher } = await issued("seller", "discreet");
  for (const path of [`/v1/issuances/${issuanceId}`, `/v1/vouchers/${voucher?.voucherId}`]) {
    for (const party of ["seller", "discreet"]) {
      const { text } = await get(path, party);
      assert.not.match(text, "6222020200112233");
      assert.not.match(text, "华夏贸易");
      assert.not.match(text, "1000");
    }
  }
});

issuances("another party gets the very answer that it gets for what does not exist", async () => {
  const { issuanceId, voucher } = await issued("seller", "hidden");
  const pairs = [
    [`/v1/issuances/${issuanceId}`, `/v1/issuances/${issuanceId.slice(0, -4)}AAAA`],
    [`/v1/vouchers/${voucher?.voucherId}`, `/v1/vouchers/${voucher?.voucherId.slice(0, -4)}AAAA`],
  ] as const;
  for (const [existing, unknown] of pairs) {
    const [other, none] = [await get(existing, "stranger"), await get(unknown, "stranger")];
    refusedWith(other, 404, "not_found");
    const comparable = ({ status, text, headers }: typeof other) => {
      const { date, ...rest } = Object.fromEntries(headers);
      return { status, text, rest };
    };
    assert.equal(comparable(other), comparable(none));
  }
});

issuances("an issuance that has no voucher yet has none under the id that it will have", async () => {
  const issuer = await connectTerminal(hub, "early");
  const { issuance } = await issuer.accepted("payer:request", { payer: "late", amount: 5, currency: "CNY" });
  refusedWith(await get(`/v1/vouchers/v${issuance.issuanceId}`, "early"), 404, "not_found");
  const read = jsonOf(await get(`/v1/issuances/${issuance.issuanceId}`, "late"));
  assert.equal(read, issuance);
  issuer.close();
});

issuances("an issuance with a partition that there is not is not found", async () => {
  refusedWith(await get("/v1/issuances/99999-aaaaaaaaaaaaaaaa", "seller"), 404, "not_found");
  refusedWith(
    await get("/v1/vouchers/v99999-aaaaaaaaaaaaaaaa", "bank", { operator: true }),
    404,
    "not_found",
  );
});

issuances("an issuance whose deadline has passed is read as expired, and both sides are told", async () => {
  const issuer = await connectTerminal(hub, "waiting");
  const payer = await connectTerminal(hub, "silent");
  const { issuance } = await issuer.accepted("payer:request", {
    payer: "silent",
    amount: 5,
    currency: "CNY",
    respondWithin: 1,
  });
  const { issuanceId, deadline = 0 } = issuance;
  while ((await hub.running.ledger.now()) < deadline) await setTimeout(50);
  const read = jsonOf(await get(`/v1/issuances/${issuanceId}`, "waiting")) as Snapshot;
  assert.equal([read.state, read.version, read.deadline], ["expired", 2, undefined]);
  await issuer.told(issuanceId, "issuance.expired");
  await payer.told(issuanceId, "issuance.expired");
  assert.equal(jsonOf(await get(`/v1/issuances/${issuanceId}`, "bank", { operator: true })), read);
  issuer.close();
  payer.close();
});

issuances("a stranger's look ends nothing, and learns nothing of a deadline that has passed", async () => {
  const issuer = await connectTerminal(hub, "patient");
  const { issuance } = await issuer.accepted("payer:request", {
    payer: "away",
    amount: 5,
    currency: "CNY",
    respondWithin: 1,
  });
  const { issuanceId, deadline = 0 } = issuance;
  while ((await hub.running.ledger.now()) < deadline) await setTimeout(50);
  refusedWith(await get(`/v1/issuances/${issuanceId}`, "stranger"), 404, "not_found");
  await issuer.settle();
  assert.equal(issuer.events, []);
  issuer.close();
});

issuances.run();
