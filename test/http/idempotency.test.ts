import {
  type Account,
  type FencePage,
  type IssuanceEvent,
  MAX_AMOUNT,
  type Snapshot,
} from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { partitionKeys, partitionOf } from "../../server/ledger/keys.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal } from "../helpers/raw-terminal.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { type Answer, accountPath, call, funds, jsonOf, refusedWith } from "./client.ts";

const idempotency = suite("Idempotency-Key");
let redis: TestRedis;
let hub: TestHub;
let operator: string;
let fresh = 0;

idempotency.before(async () => {
  redis = await startRedis();
  hub = await startHub({ redisUrl: redis.url });
  operator = await hub.token("bank", { operator: true });
});
idempotency.after(async () => {
  await hub.close();
  await redis.stop();
});

/** A party of a test's own. */
function newParty(): string {
  fresh += 1;
  return `party-${fresh}`;
}

const ask = (method: string, path: string, body: unknown, key: string, token = operator) =>
  call(hub, method, path, { token, body, headers: { "idempotency-key": key } });
const put = (party: string, body: unknown, key: string, token?: string) =>
  ask("PUT", accountPath(party, "1"), body, key, token);
const adjust = (party: string, amount: number, reference: string, key: string) =>
  ask("POST", `${accountPath(party, "1")}/adjust`, { amount, reference }, key);
const balanceOf = async (party: string) => {
  const answer = await call(hub, "GET", accountPath(party, "1"), { token: operator });
  return (jsonOf(answer) as Account).balance;
};

function assertSame(again: Answer, first: Answer): void {
  const partsOf = ({ status, text, headers }: Answer) => [
    status,
    text,
    headers.get("etag"),
    headers.get("content-type"),
  ];
  assert.equal(partsOf(again), partsOf(first));
}

/** All keys of the store that repeats could have left something in. */
async function remembered(): Promise<string[]> {
  return (await redis.client().keys("ts:*")).filter((key) => /:(write|claim):/.test(key)).sort();
}

idempotency("a PUT that comes again is answered as it was, byte for byte, and undoes nothing", async () => {
  const party = newParty();
  const first = await put(party, funds(500), "k-put");
  assert.is(first.status, 201);
  await adjust(party, 70, "deposit", "k-deposit");
  assertSame(await put(party, funds(500), "k-put"), first);
  assert.is(await balanceOf(party), 570);
});

idempotency("an adjustment that comes again is answered as it was, whatever has changed since", async () => {
  const party = newParty();
  await put(party, funds(100), "k-made");
  const first = await adjust(party, 30, "wire", "k-wire");
  await put(party, funds(1, { holder: "Acme Holding", status: "blocked" }), "k-renamed");
  assertSame(await adjust(party, 30, "wire", "k-wire"), first);
  assert.is(await balanceOf(party), 1);
});

idempotency("many at once with one key have their effect once, and one answer", async () => {
  const party = newParty();
  const answers = await Promise.all(Array.from({ length: 20 }, () => put(party, funds(5), "k-hurried")));
  for (const answer of answers) assertSame(answer, answers[0] as Answer);
  assert.is(answers[0]?.status, 201);
  const journal = partitionKeys.journal(partitionOf(party, 16));
  const entries = await redis.client().xrange(journal, "-", "+");
  assert.is(entries.filter(([, fields]) => fields.includes(party)).length, 1);
});

idempotency("of different writes at once with one key, one is done", async () => {
  const party = newParty();
  const bodies = Array.from({ length: 10 }, (_, index) => funds(index));
  const answers = await Promise.all(bodies.map((body) => put(party, body, "k-contrary")));
  const done = answers.filter(({ status }) => status === 201);
  assert.is(done.length, 1);
  for (const answer of answers) if (answer !== done[0]) refusedWith(answer, 409, "conflict");
  assert.is(await balanceOf(party), (JSON.parse(done[0]?.text ?? "") as Account).balance);
});

idempotency("a key for something else is a conflict, whatever else it is, and changes nothing", async () => {
  const party = newParty();
  // Some are in the first one's partition, some are not.
  const others = Array.from({ length: 20 }, newParty);
  for (const other of others) await put(other, funds(1), `k-${other}`);
  await put(party, funds(500), "k-one");
  const before = await remembered();
  const contradictions = [
    put(party, funds(501), "k-one"),
    put(party, funds(500, { holder: "Acme Holding" }), "k-one"),
    put(party, funds(500, { status: "active" }), "k-one"),
    ask("PUT", accountPath(party, "2"), funds(500), "k-one"),
    adjust(party, 500, "wire", "k-one"),
    ask("POST", "/v1/fences/1-aaaaaaaaaaaaaaaa", { decision: "resume" }, "k-one"),
    ...others.map((other) => put(other, funds(500), "k-one")),
  ];
  for (const answer of await Promise.all(contradictions)) {
    const { detail } = refusedWith(answer, 409, "conflict");
    assert.match(detail, "Idempotency-Key");
  }
  assert.is(await balanceOf(party), 500);
  for (const other of others) assert.is(await balanceOf(other), 1);
  assert.equal(await remembered(), before);
});

idempotency("operators have keys of their own", async () => {
  const party = newParty();
  const another = await hub.token("bank-2", { operator: true });
  assert.is((await put(party, funds(1), "k-shared")).status, 201);
  assert.is((await put(party, funds(2), "k-shared", another)).status, 200);
  assert.is(await balanceOf(party), 2);
});

idempotency("the quotes of the draft's form are no part of the key", async () => {
  const party = newParty();
  const first = await put(party, funds(1), '"k-quoted_1"');
  await put(party, funds(2), "k-2");
  assertSame(await put(party, funds(1), "k-quoted_1"), first);
  assert.is(await balanceOf(party), 2);
});

const BAD_KEYS: [string, string][] = [
  ["empty", ""],
  ["of quotes alone", '""'],
  ["with one quote", '"k'],
  ["of 65 characters", "k".repeat(65)],
  ["with a blank", "a b"],
  ["with a colon", "a:b"],
  ["of two", "a, b"],
  ["with parameters", '"a";x=1'],
];
for (const [what, key] of BAD_KEYS) {
  idempotency(`a key ${what} is refused, and nothing is done`, async () => {
    const party = newParty();
    refusedWith(await put(party, funds(1), key), 400, "invalid_request");
    const answer = await call(hub, "GET", accountPath(party, "1"), { token: operator });
    assert.is(answer.status, 404);
  });
}

idempotency("a key of 64 characters is good", async () => {
  assert.is((await put(newParty(), funds(1), "k".repeat(64))).status, 201);
});

idempotency("a refusal leaves nothing: the key is free, and the same again may pass", async () => {
  const party = newParty();
  await put(party, funds(5), "k-poor");
  const before = await remembered();
  refusedWith(await adjust(party, -10, "out", "k-out"), 422, "insufficient_funds");
  refusedWith(await adjust("nobody", 1, "in", "k-nobody"), 404, "not_found");
  refusedWith(await adjust(party, MAX_AMOUNT, "in", "k-most"), 400, "invalid_request");
  refusedWith(
    await ask("POST", "/v1/fences/1-aaaaaaaaaaaaaaaa", { decision: "resume" }, "k-fence"),
    404,
    "not_found",
  );
  assert.equal(await remembered(), before);
  await adjust(party, 5, "more", "k-more");
  assert.is((jsonOf(await adjust(party, -10, "out", "k-out")) as Account).balance, 0);
  assert.is((jsonOf(await adjust(party, 3, "in", "k-nobody")) as Account).balance, 3);
});

idempotency("all that is remembered of a write is forgotten after 24 hours", async () => {
  const before = new Set(await remembered());
  const party = newParty();
  await put(party, funds(5), "k-timed");
  await hub.putAccount(party, "1", funds(6));
  await hub.running.accounts.setStatus({ party, number: "1" }, "blocked");
  await adjust(party, 5, "in", "k-timed-2");
  const made = (await remembered()).filter((key) => !before.has(key));
  assert.is(made.length, 6);
  const day = 24 * 60 * 60 * 1000;
  for (const key of made) {
    const left = await redis.client().pttl(key);
    assert.ok(left > day - 60_000 && left <= day, `${key}: ${left}`);
  }
});

idempotency("once it is forgotten a key may be used for something else", async () => {
  const party = newParty();
  await put(party, funds(1), "k-old");
  await redis.client().del(...(await remembered()));
  assert.is((await put(party, funds(2), "k-old")).status, 200);
});

/** An issuance that a terminal knows more of than the store, fenced. */
async function fenced(
  payer: string,
): Promise<{ issuanceId: string; fence: (version: number) => Promise<unknown> }> {
  const issuer = await connectTerminal(hub, "seller");
  const { issuance } = await issuer.accepted("payer:request", { payer, amount: 5, currency: "CNY" });
  issuer.close();
  const { issuanceId } = issuance;
  const fence = async (version: number) =>
    (await hub.running.ledger.fences.fence(issuanceId, { party: payer, version })).kind;
  assert.is(await fence(3), "new");
  return { issuanceId, fence };
}

const decide = (issuanceId: string, body: unknown, key: string) =>
  ask("POST", `/v1/fences/${issuanceId}`, body, key);

idempotency("a decision that comes again decides nothing about a later fence", async () => {
  const { issuanceId, fence } = await fenced(newParty());
  const first = await decide(issuanceId, { decision: "resume" }, "k-resume");
  jsonOf(first);
  assert.is(await fence(4), "new");
  assertSame(await decide(issuanceId, { decision: "resume" }, "k-resume"), first);
  const { fences } = jsonOf(await call(hub, "GET", "/v1/fences", { token: operator })) as FencePage;
  assert.ok(fences.some((one) => one.issuanceId === issuanceId));
  jsonOf(await decide(issuanceId, { decision: "resume" }, "k-resume-2"));
});

idempotency("a cancellation that comes again is answered as it was, and told again", async () => {
  const payer = newParty();
  const { issuanceId } = await fenced(payer);
  const terminal = await connectTerminal(hub, payer);
  const told: IssuanceEvent[] = [];
  terminal.socket.on("issuance:event", (event: IssuanceEvent) => told.push(event));
  const body = { decision: "cancel", reason: "lost" };
  const first = await decide(issuanceId, body, "k-cancel");
  assert.is((jsonOf(first) as Snapshot).state, "cancelled");
  assertSame(await decide(issuanceId, body, "k-cancel"), first);
  refusedWith(await decide(issuanceId, { decision: "cancel" }, "k-cancel"), 409, "conflict");
  await terminal.sync(issuanceId);
  assert.equal(
    told.map(({ type, version }) => [type, version]),
    [
      ["issuance.cancelled", 2],
      ["issuance.cancelled", 2],
    ],
  );
  terminal.close();
});

idempotency.run();
