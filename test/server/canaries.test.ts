// about 12 s, mostly waiting
/**
 * Secrets and what payers want kept private are planted, and looked for in all that the hub says to others: its log down
 * to `trace`, metrics, refusals, pages, and what the other side is told. Things go well, badly, and the store is away.
 */
import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { ErrorBody, Webhook } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ROUTES } from "../../server/http/routes.ts";
import { accountKeys, partitionOf } from "../../server/ledger/keys.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal, openSocket, type RawTerminal } from "../helpers/raw-terminal.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { accountPath, call, funds, jsonOf } from "../http/client.ts";
import { accepted, command } from "../vouchers/scene.ts";
import { isVerified, type Receiver, startReceiver } from "../webhooks/receiver.ts";

const canaries = suite("planted secrets");

const signingKey = generateKeyPairSync("ed25519").privateKey.export({ format: "der", type: "pkcs8" });
/** Each is nowhere else in a run. */
const PLANTED: Record<string, string> = {
  "the payer's account number": "CANARY-NUMBER-31337",
  "the payer's holder": "Canary Holder Ltd",
  "the beneficiary's account number": "CANARY-PAYEE-27182",
  "the secret of tokens": "canary secret of tokens, 32 bytes or more",
  "the key of documents": signingKey.toString("base64"),
  "the store's password": "canary-password-of-redis",
  "the archive's password": "canary-password-of-postgres",
  "the token of metrics": "canary-token-of-metrics",
};
const NUMBER = PLANTED["the payer's account number"] as string;
const HOLDER = PLANTED["the payer's holder"] as string;
const PAYEE = PLANTED["the beneficiary's account number"] as string;
const METRICS = PLANTED["the token of metrics"] as string;

/** All that was said where nothing of it may be, with where it was. */
const said: { where: string; text: string }[] = [];
const note = (where: string, text: string) => void said.push({ where, text });

let redis: TestRedis;
let hub: TestHub;
let operator: string;
let receiver: Receiver;
canaries.before(async () => {
  const password = PLANTED["the store's password"] as string;
  redis = await startRedis({ tcp: true, durable: true, settings: { requirepass: password } });
  const folder = temporaryFolder();
  hub = await startHub({
    redisUrl: redis.url.replace("redis://", `redis://:${password}@`),
    settings: {
      LOG_LEVEL: "trace",
      JWT_SECRET: PLANTED["the secret of tokens"] as string,
      SIGNING_KEY: PLANTED["the key of documents"] as string,
      METRICS_TOKEN: METRICS,
      WEBHOOK_ALLOW_PRIVATE: "yes",
      ARCHIVE_URL: `file:${join(folder, "archive.db")}`,
    },
    onLog: (line) => note("the log", line),
  });
  operator = await hub.token("bank", { operator: true });
  PLANTED["an operator's token"] = operator;
  receiver = await startReceiver();
});
canaries.after(async () => {
  await receiver.close();
  await hub.close();
  await redis.stop();
});

/** A terminal whose token is planted; what it is refused is noted, and of the issuer's all that it is told. */
async function terminalOf(party: string): Promise<RawTerminal> {
  const terminal = await connectTerminal(hub, party);
  PLANTED[`the token of ${party}`] = (terminal.socket.auth as { token: string }).token;
  return terminal;
}

async function refusal(answer: Promise<ErrorBody>): Promise<void> {
  note("a refusal", JSON.stringify(await answer));
}

/** Makes an endpoint, or gives it another secret, whose answer alone has it; it is planted. */
async function newSecret(name: string, method: string, path: string, body?: object): Promise<string> {
  // The archive's threads begin beside the hub.
  let answer = await call(hub, method, path, { token: operator, ...(body && { body }) });
  while (answer.status === 503) {
    await setTimeout(50);
    answer = await call(hub, method, path, { token: operator, ...(body && { body }) });
  }
  const { secret } = jsonOf(answer) as Webhook;
  assert.ok(secret, `${name} is told once`);
  PLANTED[name] = secret;
  PLANTED[`${name}, decoded`] = Buffer.from(secret.replace("whsec_", ""), "base64").toString("latin1");
  return secret;
}

canaries("while endpoints are made", async () => {
  const to = { url: receiver.url };
  await newSecret("a webhook's secret", "PUT", "/v1/webhooks/told", to);
  await newSecret("the secret of one that refuses", "PUT", "/v1/webhooks/refusing", {
    url: `${receiver.url}?refuse`,
  });
  for (const [method, path, body] of [
    ["PUT", "/v1/webhooks/told", to],
    ["PUT", "/v1/webhooks/told", { url: "no address" }],
    ["GET", "/v1/webhooks", undefined],
    ["GET", "/v1/webhooks/told", undefined],
  ] as const)
    note(
      `${method} ${path}`,
      (await call(hub, method, path, { token: operator, ...(body && { body }) })).text,
    );
});

canaries("while vouchers are issued and drawn, accounts refused, and messages are wrong", async () => {
  const put = (party: string, number: string, holder: string) =>
    call(hub, "PUT", accountPath(party, number), { token: operator, body: funds(1000, { holder }) });
  jsonOf(await put("payer", NUMBER, HOLDER), 201);
  jsonOf(await put("drawer", PAYEE, "Drawer"), 201);
  const [issuer, payer, drawer] = await Promise.all(["issuer", "payer", "drawer"].map(terminalOf));
  assert.ok(issuer && payer && drawer);
  const account = { number: NUMBER, holder: HOLDER };
  const offer = { payer: "payer", beneficiary: "drawer", currency: "CNY", review: "every" } as const;
  for (const amount of [10, 5000]) {
    const { issuanceId } = (await issuer.accepted("payer:request", { ...offer, amount })).issuance;
    await payer.accepted("payer:agree", { issuanceId });
    await issuer.accepted("issuance:open", { issuanceId });
    for (const wrong of [
      { ...account, holder: "Somebody" },
      { number: PAYEE, holder: HOLDER },
    ])
      await refusal(payer.refused("account:submit", { issuanceId, account: wrong }));
    await refusal(
      payer.refused("account:submit", { issuanceId, account: { ...account, more: HOLDER } as never }),
    );
    await refusal(issuer.refused("account:submit", { issuanceId, account }));
    const answer = await payer.command("account:submit", { issuanceId, account });
    if (!answer.ok) {
      note("a refusal", JSON.stringify(answer));
      continue;
    }
    await issuer.accepted("issuance:accept", { issuanceId });
    const voucherId = `v${issuanceId}`;
    const to = { number: PAYEE, holder: "Drawer" };
    await accepted(drawer, "voucher:draw", voucherId, { amount: 4, to });
    note("a refusal", JSON.stringify(await command(drawer, "voucher:draw", voucherId, { amount: 400, to })));
    const document = await call(hub, "GET", `/v1/vouchers/${voucherId}/document`, { token: operator });
    note("a document", Buffer.from(document.text.split(".")[1] ?? "", "base64url").toString());
  }
  await issuer.settle();
  for (const frame of issuer.frames) note("what the issuer was told", frame);
  for (const terminal of [issuer, payer, drawer]) terminal.close();
});

canaries("while webhooks are sent, and their secrets rotated", async () => {
  receiver.answer = (_got, response) => void response.writeHead(500).end("no");
  const rotated = await newSecret("the rotated secret", "POST", "/v1/webhooks/told/rotate");
  const issuer = await terminalOf("issuer");
  await issuer.accepted("payer:request", { payer: "payer", amount: 1, currency: "CNY" });
  issuer.close();
  while (!receiver.got.some((one) => isVerified(one, rotated))) await setTimeout(20);
  for (const { headers, body } of receiver.got) note("a webhook", body + JSON.stringify(headers));
  for (const id of ["told", "refusing"])
    for (const path of [`/v1/webhooks/${id}`, `/v1/webhooks/${id}/deliveries`])
      note(`GET ${path}`, (await call(hub, "GET", path, { token: operator })).text);
  // What operators did is in the journals, and what they were told is not.
  for (const key of await hub.running.store.keys("ts:*journal*"))
    for (const [, fields] of await hub.running.store.xrange(key, "-", "+"))
      if (fields.some((field) => field.includes("webhook"))) note("the journal", JSON.stringify(fields));
  assert.ok(
    said.some(({ where }) => where === "the journal"),
    "acts on endpoints are in the journal",
  );
});

canaries("while requests are refused, and the hub meets a record that is none", async () => {
  const path = accountPath("payer", NUMBER);
  const requests: [method: string, path: string, options: Parameters<typeof call>[3]][] = [
    ["PUT", path, { token: operator, body: { holder: HOLDER, kind: "funds" } }],
    ["PUT", path, { token: operator, body: `{"holder":"${HOLDER}",` }],
    ["PUT", path, { token: operator, body: funds(1, { holder: HOLDER }), headers: { "if-match": '"x"' } }],
    ["POST", `${path}/adjust`, { token: operator, body: { amount: -5000, reference: "r" } }],
    ["POST", `${path}/repay`, { token: operator, body: { amount: 5, reference: "r" } }],
    ["GET", path, { token: `${operator}x` }],
    ["GET", path, {}],
    ["GET", `${path}/nowhere`, { token: operator }],
    ["GET", "/metrics", { token: `${METRICS}x` }],
  ];
  for (const [method, where, options] of requests) {
    const answer = await call(hub, method, where, options);
    assert.ok(answer.status >= 400, answer.text);
    note(`${method} refused`, answer.text + JSON.stringify([...answer.headers]));
  }
  const { account } = accountKeys({ partition: partitionOf("faulty", 16), party: "faulty", number: NUMBER });
  await hub.running.store.set(account, HOLDER);
  const answer = await call(hub, "GET", accountPath("faulty", NUMBER), { token: operator });
  assert.is(answer.status, 500);
  note("a fault of the hub's", answer.text);
  assert.ok(said.some(({ where, text }) => where === "the log" && text.includes("a request failed")));
  await hub.running.store.del(account);
  for (const token of [`${operator}x`, METRICS, HOLDER]) {
    const socket = openSocket(hub.url, { auth: { token } });
    const error = await new Promise((resolve) => socket.once("connect_error", resolve));
    note("a session refused", JSON.stringify(error) + String(error));
  }
});

canaries("while the store is away, and comes back with another password", async () => {
  const payer = await terminalOf("payer");
  await redis
    .client()
    .config("SET", "requirepass", "another")
    .catch(() => undefined);
  await hub.running.store.config("SET", "requirepass", "another");
  await redis.kill("SIGKILL");
  const account = { number: NUMBER, holder: HOLDER };
  await refusal(payer.refused("account:submit", { issuanceId: "1-AAAAAAAAAAAAAAAA", account }));
  for (const path of [accountPath("payer", NUMBER), "/readyz"]) {
    const answer = await call(hub, "GET", path, { token: operator });
    assert.is(answer.status, 503);
    note("an outage", answer.text);
  }
  await redis.restart();
  payer.close();
});

canaries("while the archive can't be reached", async () => {
  const away = await startHub({
    settings: {
      LOG_LEVEL: "trace",
      ARCHIVE_URL: `postgres://archivist:${PLANTED["the archive's password"]}@127.0.0.1:1/archive`,
    },
    onLog: (line) => note("the log", line),
  });
  const token = await away.token("bank", { operator: true });
  const answer = await call(away, "GET", "/v1/issuances", { token });
  assert.is(answer.status, 503);
  note("an outage", answer.text);
  await away.close();
});

canaries("are in nothing that was said, nor in metrics and pages", async () => {
  const metrics = await call(hub, "GET", "/metrics", { token: METRICS });
  assert.is(metrics.status, 200);
  note("metrics", metrics.text);
  for (const { method, path, who } of ROUTES) {
    if (method !== "GET" || who !== "anybody" || path.includes(":") || path === "/metrics") continue;
    note(`GET ${path}`, (await call(hub, "GET", path)).text);
  }
  assert.ok(said.filter(({ where }) => where === "the log").length > 20, "the log has said something");
  assert.ok(Object.keys(PLANTED).length >= 16);
  for (const [what, secret] of Object.entries(PLANTED)) {
    const found = said.find(({ text }) => text.includes(secret));
    assert.is(found, undefined, `${what} is in ${found?.where}: ${found?.text.slice(0, 300)}`);
  }
});

canaries.run();
