/** An operator's client against a real hub: every call, its refusals, and what becomes of it while the hub is away. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { isTallystickError, newCommandId, Operator, type TallystickError } from "@tallystick/client/operator";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ROUTES } from "../../server/http/routes.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal } from "../helpers/raw-terminal.ts";
import { issueVoucher } from "../http/client.ts";

const operators = suite("an operator's client");
let hub: TestHub;
let operator: Operator;
operators.before(async () => {
  hub = await startHub();
  operator = new Operator(hub.url, { token: () => hub.token("bank", { operator: true }) });
});
operators.after(() => hub.close());

const ACCOUNT = { holder: "Acme Ltd", kind: "funds", currency: "CNY", balance: 1000 } as const;

async function refused(promise: Promise<unknown>): Promise<TallystickError> {
  const error = await promise.then(
    () => assert.unreachable("it was not refused"),
    (reason) => reason,
  );
  assert.ok(isTallystickError(error), String(error));
  return error as TallystickError;
}

async function all<T>(list: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of list) found.push(one);
  return found;
}

operators(
  "keeps accounts: makes, reads, lists, adjusts and repays, each on the condition that it names",
  async () => {
    const made = await operator.putAccount("keeper", "1", ACCOUNT, { ifNoneMatch: "*" });
    assert.equal([made.balance, made.available], [1000, 1000]);
    assert.is(
      (await refused(operator.putAccount("keeper", "1", ACCOUNT, { ifNoneMatch: "*" }))).code,
      "conflict",
    );
    const adjusted = await operator.adjust(
      "keeper",
      "1",
      { amount: 5, reference: "r1" },
      { ifMatch: made.etag },
    );
    assert.is(adjusted.balance, 1005);
    assert.is.not(adjusted.etag, made.etag);
    const late = operator.adjust("keeper", "1", { amount: 5, reference: "r2" }, { ifMatch: made.etag });
    assert.is((await refused(late)).code, "conflict");
    assert.equal(await operator.account("keeper", "1"), adjusted);
    await operator.putAccount("keeper", "2", {
      holder: "Acme Ltd",
      kind: "credit",
      currency: "CNY",
      limit: 10,
    });
    const repaid = await refused(operator.repay("keeper", "2", { amount: 1, reference: "r1" }));
    assert.equal([repaid.code, repaid.money], ["exceeds_remaining", "untouched"]);
    await operator.putAccount("keeper", "3", ACCOUNT);
    const numbers = (await all(operator.accounts("keeper", { pageSize: 1 }))).map(({ number }) => number);
    assert.equal(numbers, ["1", "2", "3"], "over as many pages as there are");
  },
);

operators("repeats a write under the id that it was given, and it is done once", async () => {
  await operator.putAccount("twice", "1", ACCOUNT);
  const commandId = newCommandId();
  const write = () => operator.putAccount("twice", "1", { ...ACCOUNT, balance: 7 }, { commandId });
  const first = await write();
  await operator.adjust("twice", "1", { amount: 3, reference: "r1" });
  assert.equal(await write(), first, "it is answered as it was");
  assert.is((await operator.account("twice", "1")).balance, 10);
  const other = operator.putAccount("twice", "1", ACCOUNT, { commandId });
  assert.is((await refused(other)).commandId, commandId);
});

operators("reads issuances, vouchers, documents and keys, and ends a voucher", async () => {
  await operator.putAccount("acme", "1", ACCOUNT);
  const account = { number: "1", holder: "Acme Ltd" };
  const { issuanceId, voucher } = await issueVoucher(hub, {
    issuer: "globex",
    payer: "acme",
    amount: 100,
    account,
  });
  const voucherId = voucher?.voucherId ?? "";
  assert.is((await operator.issuance(issuanceId)).state, "issued");
  assert.equal((await operator.voucher(voucherId)).status, "issued");
  const document = await operator.document(voucherId);
  const { kid } = JSON.parse(Buffer.from(document.split(".")[0] ?? "", "base64url").toString());
  assert.ok((await operator.keys()).keys.some((key) => key.kid === kid));
  const why = { reason: "by mistake", reference: "case-1" };
  assert.is((await operator.voidVoucher(voucherId, why)).state, "voided");
  assert.is((await operator.voidVoucher(voucherId, why)).state, "voided", "the same reference is the same");
  const error = await refused(operator.document(voucherId));
  assert.equal([error.code, error.details], ["wrong_state", { state: "voided" }]);
});

operators("sees settlements and sends one that failed elsewhere", async () => {
  await operator.putAccount("drawn", "1", ACCOUNT);
  const account = { number: "1", holder: "Acme Ltd" };
  await operator.putAccount("payee", "1", { ...ACCOUNT, holder: "Payee" });
  const { voucher } = await issueVoucher(hub, { issuer: "payee", payer: "drawn", amount: 100, account });
  const terminal = await connectTerminal(hub, "payee");
  const to = { number: "1", holder: "Payee" };
  const draw = { voucherId: voucher?.voucherId, commandId: newCommandId(), to };
  const { event } = (await terminal.send("voucher:draw", draw)) as { event: { version: number } };
  terminal.close();
  const settlementId = `${voucher?.voucherId}.${event.version}`;
  let settlement = await operator.settlement(settlementId);
  while (settlement.state === "open") settlement = await operator.settlement(settlementId);
  assert.is(settlement.state, "settled");
  const elsewhere = operator.redirect(settlementId, { party: "payee", number: "1" });
  assert.is((await refused(elsewhere)).code, "wrong_state");
  const report = operator.report(settlementId, { state: "settled", reference: "x" });
  assert.is((await refused(report)).code, "wrong_state");
  assert.equal(await all(operator.settlements()), []);
  assert.equal(await all(operator.settlements({ state: "open" })), []);
});

operators("sees fences and decides about them", async () => {
  const issuer = await connectTerminal(hub, "fencer");
  const request = { payer: "acme", amount: 1, currency: "CNY" };
  const { issuanceId } = (await issuer.accepted("payer:request", request)).issuance;
  assert.equal(await all(operator.fences({ party: "fencer" })), []);
  assert.is((await refused(operator.fence(issuanceId))).code, "not_found");
  await issuer.send("issuance:sync", { issuanceId, after: 9, digest: "0123456789ab" });
  issuer.close();
  const [fence] = await all(operator.fences({ party: "fencer" }));
  assert.equal([fence?.issuanceId, fence?.version], [issuanceId, 9]);
  assert.is((await operator.fence(issuanceId)).by, "issuer");
  assert.ok("state" in (await operator.resume(issuanceId)));
  assert.is((await refused(operator.cancel(issuanceId, "no"))).code, "wrong_state");
});

operators("revokes a party's tokens, which ends its sessions", async () => {
  const terminal = await connectTerminal(hub, "leaver");
  const gone = new Promise((closed) => terminal.socket.once("disconnect", closed));
  assert.is((await operator.revoke("leaver")).party, "leaver");
  await gone;
});

operators("says what a hub refuses, with the code of the protocol", async () => {
  const { details, retry, code, message } = await refused(operator.account("BAD PARTY", "1"));
  assert.equal([code, retry], ["invalid_request", "no"]);
  assert.match(message, /party: /, "and names the field");
  assert.ok(Array.isArray(details?.issues));
  const stranger = new Operator(hub.url, { token: await hub.token("acme") });
  assert.is((await refused(stranger.fence("1-aaaaaaaaaaaaaaaa"))).code, "forbidden");
  assert.is(
    (await refused(new Operator(hub.url, { token: "x" }).account("acme", "1"))).code,
    "unauthenticated",
  );
});

operators("waits for a hub that is away, and for what stands before it, and gives up in time", async () => {
  const answers = [
    { status: 502, body: "<html>Bad Gateway</html>" },
    { status: 503, body: JSON.stringify({ code: "unavailable", detail: "no store" }) },
    { status: 200, body: JSON.stringify({ state: "issued" }) },
  ];
  const keys: (string | undefined)[] = [];
  const between = createServer((request, response) => {
    keys.push(request.headers["idempotency-key"] as string | undefined);
    const { status, body } = answers.shift() ?? { status: 503, body: "{}" };
    response.writeHead(status).end(body);
  });
  await new Promise<void>((listening) => between.listen(0, "127.0.0.1", listening));
  const { port } = between.address() as AddressInfo;
  const through = new Operator(`http://127.0.0.1:${port}/below`, { token: "x" });
  try {
    const voided = await through.voidVoucher("v1-aaaaaaaaaaaaaaaa", { reason: "x", reference: "x" });
    assert.is(voided.state, "issued");
    assert.is(keys.length, 3);
    assert.is(new Set(keys).size, 1, "under one key");
    const late = await refused(through.ready({ timeoutMs: 300 }));
    assert.equal([late.code, late.retry, late.money], ["timeout", "same", "unknown"]);
    const stop = AbortSignal.abort("enough");
    assert.is((await refused(through.ready({ signal: stop }))).code, "aborted");
  } finally {
    between.close();
    between.closeAllConnections();
  }
  const gone = await refused(through.adjust("acme", "1", { amount: 1, reference: "x" }, { timeoutMs: 300 }));
  assert.is(gone.code, "timeout");
  assert.ok(gone.commandId, "it can be repeated");
});

operators("is told what is no hub at all, and does not ask it again", async () => {
  let asked = 0;
  const other = createServer((_request, response) => {
    asked += 1;
    response.writeHead(404).end("nothing here");
  });
  await new Promise<void>((listening) => other.listen(0, "127.0.0.1", listening));
  const { port } = other.address() as AddressInfo;
  const error = await refused(new Operator(`http://127.0.0.1:${port}`, { token: "x" }).ready());
  assert.equal([error.code, asked], ["unsupported", 1]);
  other.close();
  other.closeAllConnections();
});

/** What is for machines, for pages and for terminals on the hub's own machine the client has no call for. */
const NOT_FOR_OPERATORS =
  /^\/(?:healthz|metrics|openapi\.json|asyncapi\.json|docs(?:\/:file)?|terminal|console|assets\/:file|v1\/local\/.*)?$/;

operators("has a call for every route", async () => {
  const asked = new Set<string>();
  const recorded: typeof fetch = async (input, init) => {
    asked.add(`${init?.method} ${decodeURIComponent(new URL(String(input)).pathname)}`);
    const lists = [
      "accounts",
      "settlements",
      "fences",
      "issuances",
      "vouchers",
      "entries",
      "webhooks",
      "deliveries",
    ];
    return new Response(JSON.stringify(Object.fromEntries(lists.map((name) => [name, []]))), { status: 200 });
  };
  const client = new Operator("http://hub", { token: "x", fetch: recorded });
  await client.account(":party", ":number");
  await client.putAccount(":party", ":number", ACCOUNT);
  await client.adjust(":party", ":number", { amount: 1, reference: "x" });
  await client.showAccount(":party", ":number");
  await client.repay(":party", ":number", { amount: 1, reference: "x" });
  await client.issuance(":id");
  await client.voucher(":id");
  await client.document(":id");
  await client.keys();
  await client.voidVoucher(":id", { reason: "x", reference: "x" });
  await client.settlement(":id");
  await client.redirect(":id", { party: "x", number: "1" });
  await client.fence(":issuanceId");
  await client.resume(":issuanceId");
  await client.ready();
  await client.revoke(":party");
  await client.issuanceEvents(":id");
  await client.voucherEvents(":id");
  await client.events();
  await client.webhooks.put(":id", { url: "https://x" });
  await client.webhooks.get(":id");
  await client.webhooks.rotate(":id");
  await client.webhooks.delete(":id");
  await client.webhooks.again(":id", ":delivery");
  await client.audit();
  await client.beginAudit();
  await client.importAccounts("x").catch(() => undefined);
  const once = new AbortController();
  await all(client.live({ signal: once.signal, onLost: () => once.abort() }));
  for (const list of [
    client.accounts(":party"),
    client.settlements(),
    client.fences(),
    client.issuances(),
    client.vouchers(),
    client.findAccounts(),
    client.statement(":party", ":number"),
    client.webhooks.list(),
    client.webhooks.deliveries(":id"),
  ])
    await all<unknown>(list);
  const routes = ROUTES.filter(({ path }) => !NOT_FOR_OPERATORS.test(path));
  assert.equal([...asked].sort(), routes.map(({ method, path }) => `${method} ${path}`).sort());
});

operators.run();
