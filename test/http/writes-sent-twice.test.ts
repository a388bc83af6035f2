/** A write of the account book is done once, though the store's client sends it again and others write in between. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Account, FencePage, Snapshot } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { importAccounts } from "../../server/import/import-accounts.ts";
import { partitionKeys, partitionOf } from "../../server/ledger/keys.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { startProxy, type TcpProxy } from "../helpers/tcp-proxy.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { accountPath, call, funds, jsonOf } from "./client.ts";

const twice = suite("writes of the account book that are sent twice");
let redis: TestRedis;
let proxy: TcpProxy;
/** Its line to the store can be spoiled. */
let hub: TestHub;
let other: TestHub;
let operator: string;
twice.before(async () => {
  redis = await startRedis({ tcp: true });
  const { hostname: host, port } = new URL(redis.url);
  proxy = await startProxy(() => ({ host, port: Number(port) }), { redis: true });
  hub = await startHub({ redisUrl: `redis://127.0.0.1:${proxy.port}` });
  other = await startHub({ redisUrl: redis.url });
  operator = await hub.token("bank", { operator: true });
});
twice.after(async () => {
  await hub.close();
  await other.close();
  await proxy.close();
  await redis.stop();
});

/** Does a write whose reply is lost; what the others do then happens before the line is back, and it is sent again. */
async function withoutReply<T>(write: () => Promise<T>, others: () => Promise<unknown>): Promise<T> {
  const lost = proxy.loseFrom("Acme Ltd");
  const written = write();
  await lost;
  await others();
  proxy.cut();
  return written;
}

const ask = (at: TestHub, method: string, path: string, body?: unknown, key?: string) =>
  call(at, method, path, { token: operator, body, ...(key && { headers: { "idempotency-key": key } }) });
const deposit = (party: string, amount = 70) =>
  ask(other, "POST", `${accountPath(party, "1")}/adjust`, { amount, reference: `deposit-${amount}` });
const read = async (party: string) => jsonOf(await ask(other, "GET", accountPath(party, "1"))) as Account;

/** How often the account was set, as the journal has it. */
async function timesSet(party: string): Promise<number> {
  const journal = partitionKeys.journal(partitionOf(party, 16));
  const entries = await redis.client().xrange(journal, "-", "+");
  return entries.filter(([, fields]) => fields.includes("account.put") && fields.includes(party)).length;
}

twice("a PUT that makes an account leaves the deposit that came before it was sent again", async () => {
  const made = await withoutReply(
    () => ask(hub, "PUT", accountPath("made", "1"), funds(500)),
    async () => jsonOf(await deposit("made")),
  );
  assert.is((jsonOf(made, 201) as Account).balance, 500);
  assert.is((await read("made")).balance, 570);
  assert.is(await timesSet("made"), 1);
});

twice("a PUT that sets an account anew leaves what came before it was sent again", async () => {
  await other.putAccount("set", "1", funds(10));
  await withoutReply(
    () => ask(hub, "PUT", accountPath("set", "1"), funds(500)),
    async () => {
      jsonOf(await deposit("set"));
      jsonOf(await deposit("set", -20));
    },
  );
  assert.is((await read("set")).balance, 550);
  assert.is(await timesSet("set"), 2);
});

twice("an adjustment is done once", async () => {
  await other.putAccount("adjusted", "1", funds(10));
  const answer = await withoutReply(
    () => ask(hub, "POST", `${accountPath("adjusted", "1")}/adjust`, { amount: 5, reference: "five" }),
    async () => jsonOf(await deposit("adjusted")),
  );
  assert.is((jsonOf(answer) as Account).balance, 15);
  assert.is((await read("adjusted")).balance, 85);
});

twice("an account that was blocked, and made active by somebody else, stays active", async () => {
  const name = { party: "blocked", number: "1" };
  await other.putAccount(name.party, name.number, funds(10));
  const outcome = await withoutReply(
    () => hub.running.accounts.setStatus(name, "blocked"),
    () => other.running.accounts.setStatus(name, "active"),
  );
  assert.is(outcome.kind === "done" && outcome.account.status, "blocked");
  assert.is((await read("blocked")).status, "active");
});

twice("a row of an import is kept once; the same file again sets the account again", async () => {
  const file = join(temporaryFolder(), "accounts.csv");
  const row = "imported,1,Acme Ltd,funds,CNY,5.00,active";
  await writeFile(file, `party,number,holder,kind,currency,amount,status\n${row}\n`);
  const importIt = () => importAccounts(hub.running.accounts, file, {});
  const result = await withoutReply(importIt, async () => jsonOf(await deposit("imported")));
  assert.is(result.kept, 1);
  assert.is((await read("imported")).balance, 570);
  await importIt();
  assert.is((await read("imported")).balance, 500);
});

twice("a decision about a fence decides nothing about a later one", async () => {
  const { ledger } = hub.running;
  const offer = { commandId: "fenced", payer: "payer", amount: 5, currency: "CNY", memo: "Acme Ltd" };
  const made = await ledger.requestPayer({ party: "issuer" }, offer);
  assert.is(made.kind, "done");
  const { issuanceId } = made.snapshot as Snapshot;
  const fence = async (version: number) =>
    (await other.running.ledger.fences.fence(issuanceId, { party: "payer", version })).kind;
  assert.is(await fence(3), "new");
  const path = `/v1/fences/${issuanceId}`;
  const decided = await withoutReply(
    () => ask(hub, "POST", path, { decision: "resume" }),
    async () => assert.is(await fence(4), "new"),
  );
  jsonOf(decided);
  const { fences } = jsonOf(await ask(other, "GET", "/v1/fences")) as FencePage;
  assert.equal(
    fences.map((one) => one.issuanceId),
    [issuanceId],
  );
});

twice("a PUT answered 503 that runs later is settled by its key, and runs once", async () => {
  const put = (at: TestHub) =>
    ask(at, "PUT", accountPath("late", "1"), funds(500, { holder: "Late Ltd" }), "late");
  // Longer than the hub waits for the store.
  proxy.delay(6000, "Late Ltd");
  const unanswered = await put(hub);
  assert.is(unanswered.status, 503);
  proxy.delay(0);
  // The operator does not wait, and sends it to another hub; the first one is still on its way.
  const first = await put(other);
  assert.is((jsonOf(first, 201) as Account).balance, 500);
  jsonOf(await deposit("late"));
  // What the first hub asks after it is answered after it.
  const account = jsonOf(await ask(hub, "GET", accountPath("late", "1"))) as Account;
  assert.is(account.balance, 570);
  const again = await put(hub);
  assert.equal([again.status, again.text], [201, first.text]);
  assert.is(await timesSet("late"), 1);
});

twice.run();
