/** History over HTTP and over the socket: what each may find, and a statement that adds up, also as CSV. */
import { setTimeout as sleep } from "node:timers/promises";
import type { IssuanceFindAck, StatementPage, VoucherFindAck } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { PLACE_NAMES, type Places, placeOf, startPlaces } from "../archive/places.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal } from "../helpers/raw-terminal.ts";
import { AMOUNT, accepted, FROM, openVoucherScene, TO, type VoucherScene } from "../vouchers/scene.ts";
import { call } from "./client.ts";

const history = suite("history");

let places: Places;
let hub: TestHub;
let scene: VoucherScene;
let voucherId: string;
history.before(async () => {
  places = await startPlaces();
  const url = await placeOf(places, PLACE_NAMES.at(-1) as string).fresh();
  hub = await startHub({ settings: { ARCHIVE_URL: url } });
  scene = await openVoucherScene(hub);
  voucherId = await scene.issue({ memo: "Invoice 42 of steel" });
  await accepted(scene.beneficiary, "voucher:draw", voucherId, { to: scene.to, amount: 40_000, final: true });
  await archived(voucherId, 3);
});
history.after(async () => {
  scene.close();
  await hub.close();
  await places.stop();
});

async function archived(id: string, version: number): Promise<void> {
  for (;;) {
    const found = await hub.running.archive.ask("readVoucher", id);
    if (found && found.snapshot.version >= version) return;
    await sleep(20);
  }
}

async function get(path: string, party?: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const token = await hub.token(party ?? "ops", { operator: party === undefined });
  const answer = await call(hub, "GET", path, { headers: { authorization: `Bearer ${token}` } });
  return { status: answer.status, body: JSON.parse(answer.text) };
}

const idsOf = (list: unknown): string[] =>
  (list as { voucherId?: string; issuanceId: string }[]).map(
    ({ voucherId: id, issuanceId }) => id ?? issuanceId,
  );

history("is found by an operator, of all parties or of one", async () => {
  const all = await get("/v1/vouchers?q=invoice+st&state=honoured");
  assert.equal(idsOf(all.body.vouchers), [voucherId]);
  const { body } = await get(`/v1/issuances?party=${scene.payer.party}&role=payer&currency=CNY`);
  assert.equal(idsOf(body.issuances), [voucherId.slice(1)]);
  assert.equal((await get("/v1/vouchers?currency=EUR")).body, { vouchers: [] });
  assert.equal((await get("/v1/vouchers?from=9999999999999")).body, { vouchers: [] });
});

history("is found by a party as far as it is its own, and in its view", async () => {
  const { issuer, payer, beneficiary } = scene;
  for (const { party } of [issuer, payer]) {
    const { body } = await get("/v1/vouchers", party);
    assert.equal((body.vouchers as { account?: object }[])[0]?.account, {
      kind: "funds",
      last4: FROM.slice(-4),
    });
    assert.equal(idsOf((await get("/v1/issuances", party)).body.issuances), [voucherId.slice(1)]);
  }
  const { body } = await get("/v1/vouchers", beneficiary.party);
  assert.equal(idsOf(body.vouchers), [voucherId]);
  assert.is((body.vouchers as { account?: object }[])[0]?.account, undefined);
  // A beneficiary sees nothing of the negotiation, whatever it asks by.
  for (const query of ["", "?q=invoice", `?q=${payer.party}`, "?state=issued"])
    assert.equal((await get(`/v1/issuances${query}`, beneficiary.party)).body, { issuances: [] });
  assert.equal((await get("/v1/vouchers?q=invoice", "stranger")).body, { vouchers: [] });
  assert.is((await get(`/v1/vouchers?party=${payer.party}`, "stranger")).status, 403);
  assert.is((await get(`/v1/vouchers?party=${payer.party}`, payer.party)).status, 200);
});

history("has all events, for whoever may see them", async () => {
  const { issuer, beneficiary } = scene;
  const typesOf = (body: Record<string, unknown>) =>
    (body.events as { type: string }[]).map(({ type }) => type);
  const issuance = `/v1/issuances/${voucherId.slice(1)}/events`;
  assert.equal(typesOf((await get(issuance, issuer.party)).body), [
    "payer.requested",
    "payer.agreed",
    "issuance.opened",
    "voucher.issued",
  ]);
  assert.is((await get(issuance, beneficiary.party)).status, 404);
  const voucher = `/v1/vouchers/${voucherId}/events`;
  const told = await get(voucher, beneficiary.party);
  assert.equal(typesOf(told.body), ["voucher.issued", "drawing.honoured", "drawing.settled"]);
  assert.not.match(JSON.stringify(told.body), /"account"/);
  assert.match(JSON.stringify((await get(voucher)).body), /"account"/);
  assert.is((await get(voucher, "stranger")).status, 404);
  assert.is((await get("/v1/vouchers/v1-0000000000000000/events")).status, 404);
});

history("has the statement of an account: each change, and what stood after it", async () => {
  const { payer, beneficiary } = scene;
  const path = `/v1/parties/${payer.party}/accounts/${FROM}/entries`;
  const { body } = (await get(path, payer.party)) as unknown as { body: StatementPage };
  const lines = body.entries.map(({ at: _, kind: _k, currency: _c, ...line }) => line);
  assert.equal(lines, [
    { type: "account.put", amount: 1_000_000, balance: 1_000_000, frozen: 0 },
    { type: "voucher.issued", amount: AMOUNT, balance: 1_000_000, frozen: AMOUNT, cause: voucherId },
    { type: "drawing.honoured", amount: 40_000, balance: 960_000, frozen: 0, cause: voucherId },
  ]);
  const first = (await get(`${path}?limit=2`)).body as unknown as StatementPage;
  const rest = (await get(`${path}?limit=2&after=${first.next}`)).body as unknown as StatementPage;
  assert.equal([...first.entries, ...rest.entries], body.entries);
  assert.is(rest.next, undefined);
  const paid = (await get(`/v1/parties/${beneficiary.party}/accounts/${TO}/entries`))
    .body as unknown as StatementPage;
  assert.equal(
    paid.entries.map(({ type, amount, balance, cause }) => [type, amount, balance, cause]),
    [
      ["account.put", 0, 0, undefined],
      ["account.credited", 40_000, 40_000, `${voucherId}.2`],
    ],
  );
  for (const [other, status] of [
    ["stranger", 404],
    [beneficiary.party, 404],
    [payer.party, 200],
  ] as const)
    assert.is((await get(path, other)).status, status);
  assert.is((await get(`/v1/parties/${payer.party}/accounts/nothing/entries`)).status, 404);
  assert.is((await get(`/v1/parties/${payer.party}/accounts/nothing/entries?after=5`)).status, 404);
  const beyond = await get(`/v1/parties/${payer.party}/accounts/${FROM}/entries?after=999999`);
  assert.equal([beyond.status, beyond.body], [200, { entries: [] }]);
});

history("is CSV for whoever wants that", async () => {
  const path = `/v1/parties/${scene.payer.party}/accounts/${FROM}/entries?limit=2`;
  const headers = {
    authorization: `Bearer ${await hub.token("ops", { operator: true })}`,
    accept: "text/csv",
  };
  const answer = await call(hub, "GET", path, { headers });
  assert.match(answer.headers.get("content-type") ?? "", /^text\/csv/);
  assert.match(answer.headers.get("link") ?? "", /^<\/v1\/.*\/entries\?after=\d+&limit=2>; rel="next"$/);
  const [names, put, issued, end] = answer.text.split("\r\n");
  assert.is(names, "at,type,amount,currency,balance,limit,used,frozen,cause");
  assert.match(put ?? "", /^\d{4}-\d\d-\d\dT[\d:.]+Z,account\.put,1000000,CNY,1000000,,,0,$/);
  assert.match(issued ?? "", new RegExp(`,voucher\\.issued,${AMOUNT},CNY,1000000,,,${AMOUNT},${voucherId}$`));
  assert.is(end, "");
});

history("is found over the socket, in pages", async () => {
  const { payer, beneficiary } = scene;
  const mine = (await payer.send("voucher:find", { q: "steel", limit: 1 })) as VoucherFindAck;
  assert.ok(mine.ok && mine.next === undefined);
  assert.equal(idsOf(mine.vouchers), [voucherId]);
  const none = (await beneficiary.send("issuance:find", {})) as IssuanceFindAck;
  assert.equal(none, { ok: true, issuances: [] });
  for (const wrong of [
    { limit: 101 },
    { q: "" },
    { after: "x" },
    { state: "bored" },
    { party: "acme" },
    { currency: "XXX" },
  ]) {
    const answer = (await payer.send("voucher:find", wrong)) as VoucherFindAck;
    assert.ok(!answer.ok && answer.error.code === "invalid_request", JSON.stringify(wrong));
  }
});

history("is unavailable where there is no archive", async () => {
  const without = await startHub();
  const terminal = await connectTerminal(without, "acme");
  const answer = (await terminal.send("issuance:find", {})) as IssuanceFindAck;
  assert.ok(!answer.ok && answer.error.code === "unavailable");
  terminal.close();
  await without.close();
});

history.run();
