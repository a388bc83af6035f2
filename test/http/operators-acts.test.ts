// about 10 s, mostly waiting
/** Whatever an operator does is in the journal: who did it, what it was, when, and the id of the request. */
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { isWrite } from "../../server/api-docs/route-description.ts";
import { ROUTES } from "../../server/http/routes.ts";
import { type JournalEntry, readJournalEntry } from "../../server/ledger/journal-entry.ts";
import { accountKeys, partitionKeys } from "../../server/ledger/keys.ts";
import { readWriteId } from "../../server/ledger/write-ids.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { freshId } from "../helpers/raw-terminal.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { openScene, type Scene } from "../hub/scene.ts";
import { accepted, openVoucherScene, toldOf, type VoucherScene } from "../vouchers/scene.ts";
import { accountPath, call, funds, jsonOf } from "./client.ts";

const acts = suite("an operator's acts");
/** A name with what parts the id from it. */
const OPERATOR = "bank.clerk-7";
const PARTITIONS = 16;

let hub: TestHub;
let token: string;
let scene: Scene;
let vouchers: VoucherScene;
acts.before(async () => {
  const ARCHIVE_URL = `file:${temporaryFolder()}/archive.db`;
  const settings = { SWEEP_INTERVAL: "200", ARCHIVE_URL, WEBHOOK_ALLOW_PRIVATE: "yes" };
  hub = await startHub({ settings });
  token = await hub.token(OPERATOR, { operator: true });
  scene = await openScene(hub);
  vouchers = await openVoucherScene(hub);
});
acts.after(async () => {
  scene.close();
  vouchers.close();
  await hub.close();
});

const IMPORT = "/v1/accounts/import";

interface Act {
  path: string;
  body?: unknown;
}

/** Makes what each act is done to, and answers the act. */
const ACTS: { readonly [route: string]: () => Promise<Act> } = {
  "PUT /v1/parties/:party/accounts/:number": async () => ({
    path: accountPath("acme", "1"),
    body: { holder: "Acme Ltd", kind: "credit", currency: "CNY", limit: 500 },
  }),
  "POST /v1/parties/:party/accounts/:number/show": async () => ({
    path: `${accountPath("acme", "1")}/show`,
  }),
  "POST /v1/parties/:party/accounts/:number/adjust": async () => ({
    path: `${accountPath("acme", "1")}/adjust`,
    body: { amount: 5, reference: freshId() },
  }),
  "POST /v1/parties/:party/accounts/:number/repay": async () => {
    await hub.putAccount("acme", "2", { holder: "acme", kind: "credit", currency: "CNY", limit: 500 });
    const { ledger, store } = hub.running;
    const keys = accountKeys({ partition: ledger.partitionOf("acme"), party: "acme", number: "2" });
    await store.hset(keys.account, "used", "7");
    return { path: `${accountPath("acme", "2")}/repay`, body: { amount: 7, reference: freshId() } };
  },
  "POST /v1/parties/:party/revoke": async () => ({ path: "/v1/parties/somebody/revoke" }),
  "POST /v1/vouchers/:id/void": async () => ({
    path: `/v1/vouchers/${await vouchers.issue()}/void`,
    body: { reason: "an order of the court", reference: freshId() },
  }),
  "POST /v1/settlements/:id": async () => ({
    path: `/v1/settlements/${await failedSettlement()}`,
    body: { redirect: { party: vouchers.to.holder, number: vouchers.to.number } },
  }),
  "POST /v1/settlements/:id, of what was paid outside": async () => ({
    path: `/v1/settlements/${await failedSettlement()}`,
    body: { state: "settled", reference: freshId() },
  }),
  "POST /v1/fences/:issuanceId": async () => ({
    path: `/v1/fences/${await fenced()}`,
    body: { decision: "resume" },
  }),
  "POST /v1/fences/:issuanceId, which ends it": async () => ({
    path: `/v1/fences/${await fenced()}`,
    body: { decision: "cancel", reason: "in doubt" },
  }),
  "POST /v1/fences/:issuanceId, of a voucher": async () => {
    const voucherId = await vouchers.issue();
    await vouchers.payer.send("voucher:sync", { voucherId, after: 9, digest: "0123456789ab" });
    return { path: `/v1/fences/${voucherId}`, body: { decision: "resume" } };
  },
  "PUT /v1/webhooks/:id": async () => {
    const { id } = await endpoint();
    return { path: `/v1/webhooks/${id}`, body: ENDPOINT };
  },
  "DELETE /v1/webhooks/:id": async () => ({ path: `/v1/webhooks/${(await endpoint()).id}` }),
  "POST /v1/webhooks/:id/rotate": async () => ({ path: `/v1/webhooks/${(await endpoint()).id}/rotate` }),
  "POST /v1/webhooks/:id/deliveries/:delivery/again": async () => {
    const { id, deliveryId } = await endpoint();
    return { path: `/v1/webhooks/${id}/deliveries/${deliveryId}/again` };
  },
  "POST /v1/fences/:issuanceId, of what is missing": async () => {
    const { issuanceId, version, digest } = await scene.reach("opened");
    const { store } = hub.running;
    const keys = await store.keys(`ts:*${issuanceId}`);
    await store.del(...keys);
    await scene.payer.send("issuance:check", { known: [{ id: issuanceId, version, digest }] });
    return { path: `/v1/fences/${issuanceId}`, body: { decision: "resume" } };
  },
};

/** An endpoint to which an event is on its way. */
async function endpoint(): Promise<{ id: string; deliveryId: string }> {
  const id = `hook-${freshId().toLowerCase().slice(0, 8)}`.replaceAll("_", "-");
  await waitFor(async () => (await put(id)).status === 200);
  await scene.reach("opened");
  let deliveries: { deliveryId: string }[] = [];
  await waitFor(async () => {
    const { text } = await call(hub, "GET", `/v1/webhooks/${id}/deliveries`, { token });
    deliveries = JSON.parse(text).deliveries ?? [];
    return deliveries.length > 0;
  });
  return { id, deliveryId: deliveries[0]?.deliveryId ?? "" };
}

const ENDPOINT = { url: "http://127.0.0.1:9/hook?secret" };
const put = (id: string) => call(hub, "PUT", `/v1/webhooks/${id}`, { token, body: ENDPOINT });

/** The threads that have the archive begin beside the hub. */
async function waitFor(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(20);
}

/** An issuance of which a terminal has shown more than the store has. */
async function fenced(): Promise<string> {
  const { issuanceId } = await scene.reach("opened");
  await scene.payer.send("issuance:sync", { issuanceId, after: 20, digest: "0123456789ab" });
  return issuanceId;
}

/** A drawing that could not be paid, since its account was made a line of credit meanwhile. */
async function failedSettlement(): Promise<string> {
  const voucherId = await vouchers.issue({ approval: { by: "payer", within: 600 } });
  const { to, beneficiary, payer } = vouchers;
  const number = `P-${freshId().slice(0, 8)}`;
  const name = { party: to.holder, number };
  await hub.putAccount(to.holder, number, funds(0, { holder: to.holder }));
  const drawn = await accepted(beneficiary, "voucher:draw", voucherId, { to: { ...to, number }, amount: 5 });
  await hub.running.accounts.put(name, { holder: to.holder, kind: "credit", currency: "CNY", limit: 5 });
  const drawingId = String(drawn.event.version);
  const { event } = await accepted(payer, "drawing:approve", voucherId, { drawingId });
  await toldOf(payer, voucherId, "drawing.settlement_failed");
  return `${voucherId}.${event.version}`;
}

/** The entries of all journals. */
async function journal(): Promise<JournalEntry[]> {
  const found: JournalEntry[] = [];
  for (let partition = 0; partition < PARTITIONS; partition++)
    for (const [, fields] of await hub.running.store.xrange(partitionKeys.journal(partition), "-", "+"))
      found.push(...[readJournalEntry(fields)].filter((entry) => entry !== undefined));
  return found;
}

/** Those that were written under an id. */
async function entriesOf(requestId: string): Promise<JournalEntry[]> {
  return (await journal()).filter((entry) => readWriteId(idIn(entry) ?? "").requestId === requestId);
}

function idIn(entry: JournalEntry | undefined): string | undefined {
  if (entry && "write" in entry && entry.write) return entry.write.id;
  return entry && "intent" in entry ? entry.intent : undefined;
}

acts("are all done below", () => {
  const isElsewhere = ({ path }: { path: string }) =>
    // An audit changes nothing.
    path === "/v1/audit" || path === IMPORT;
  const routes = ROUTES.filter((route) => route.who === "operator" && isWrite(route) && !isElsewhere(route));
  const done = new Set(Object.keys(ACTS).map((name) => name.split(",")[0]));
  assert.equal(routes.map(({ method, path }) => `${method} ${path}`).toSorted(), [...done].toSorted());
});

for (const [name, prepare] of Object.entries(ACTS)) {
  acts(`${name}: the journal has who, what and when, under the id that was answered`, async () => {
    const { path, body } = await prepare();
    const [method = ""] = name.split(" ");
    const options = { token, body, headers: { "idempotency-key": freshId() } };
    const answer = await call(hub, method, path, options);
    assert.ok(answer.status < 300, answer.text);
    const requestId = answer.headers.get("x-request-id") ?? "";
    const entries = await entriesOf(requestId);
    assert.is(entries.length, 1, JSON.stringify(entries));
    assert.is(readWriteId(idIn(entries[0]) ?? "").author, OPERATOR);
    // The same again is the same act, and has one entry.
    const again = await call(hub, method, path, options);
    assert.equal([again.status < 300, again.headers.get("x-request-id")], [true, requestId]);
    assert.is((await entriesOf(requestId)).length, 1);
  });
}

acts(
  "a file of accounts: the journal says of each row who brought it, each under an id of its own",
  async () => {
    const csv =
      "party,number,holder,kind,currency,amount\nacme,i1,Acme,funds,CNY,5.00\nacme,i2,Acme,funds,CNY,6.00\n";
    const answer = await call(hub, "POST", IMPORT, {
      token,
      body: csv,
      headers: { "content-type": "text/csv" },
    });
    assert.match(answer.text, /"kept":2/);
    const ids = (await journal()).flatMap((entry) =>
      entry.kind === "account.put" && /^i[12]$/.test(entry.number) ? [idIn(entry) ?? ""] : [],
    );
    assert.equal(
      ids.map((id) => readWriteId(id).author),
      [OPERATOR, OPERATOR],
    );
    assert.is(new Set(ids).size, 2);
  },
);

acts(
  "without a key are two, each with an id of its own; one that is refused has none in the journal",
  async () => {
    const put = () => call(hub, "PUT", accountPath("acme", "3"), { token, body: funds(5) });
    const ids = [await put(), await put()].map((answer) => {
      jsonOf(answer, answer.status);
      return answer.headers.get("x-request-id") ?? "";
    });
    assert.is(new Set(ids).size, 2);
    for (const id of ids) assert.is((await entriesOf(id)).length, 1);
    const refused = await call(hub, "POST", `${accountPath("acme", "3")}/adjust`, {
      token,
      body: { amount: -50, reference: freshId() },
    });
    assert.is(refused.status, 422);
    assert.equal(await entriesOf(refused.headers.get("x-request-id") ?? ""), []);
  },
);

acts("on an endpoint that is not there are in no journal, nor is an address", async () => {
  for (const path of ["rotate", "deliveries/1/again"]) {
    const refused = await call(hub, "POST", `/v1/webhooks/none/${path}`, { token });
    assert.is(refused.status, 404);
    assert.equal(await entriesOf(refused.headers.get("x-request-id") ?? ""), []);
  }
  assert.not.match(JSON.stringify(await journal()), /127\.0\.0\.1:9/);
});

acts.run();
