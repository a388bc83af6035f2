import { suite } from "uvu";
import * as assert from "uvu/assert";
import { accountKeys, partitionOf } from "../../server/ledger/keys.ts";
import { createLog, type Logger, SampledLines } from "../../server/log.ts";
import { startHub } from "../helpers/hub.ts";
import { connectTerminal, openSocket, type RawTerminal } from "../helpers/raw-terminal.ts";
import { startRedis } from "../helpers/redis.ts";
import { accountPath, accountsPath, call, funds } from "../http/client.ts";

const logs = suite("the log");

/** A log, and what it wrote. */
function capture(level = "trace"): { log: Logger; text: () => string; last: () => Record<string, unknown> } {
  const lines: string[] = [];
  const log = createLog({ level, destination: { write: (line) => void lines.push(line) } });
  return { log, text: () => lines.join(""), last: () => JSON.parse(lines.at(-1) ?? "{}") };
}

logs("is JSON, a line each, from its level on", () => {
  const { log, text, last } = capture("info");
  log.debug("hidden");
  log.info({ partitions: 16 }, "listening");
  assert.is(text().trim().split("\n").length, 1);
  const { level, time, ...rest } = last();
  assert.is(level, 30);
  assert.type(time, "number");
  assert.equal(rest, { partitions: 16, msg: "listening" });
});

/** Entries that hold 6222020200112233 where it must not be logged. */
const PRIVATE: [string, object][] = [
  ["at the top", { number: "6222020200112233" }],
  ["in an object", { payload: { account: { number: "6222020200112233" } } }],
  ["deeper than paths would reach", { a: { b: { c: { d: { e: { holder: "6222020200112233" } } } } } }],
  ["in lists", { rows: [[{ number: "6222020200112233" }], { holder: "6222020200112233" }] }],
  ["in other capitals", { headers: { Authorization: "6222020200112233" } }],
  ["in a key of the store", { failed: "no such key ts:{7}:account:acme:6222020200112233:freezes" }],
  ["in a list of keys", { keys: ["ts:{7}:account:acme:6222020200112233"] }],
  ["deeper than anything is logged", nested(30, { note: "6222020200112233" })],
];

function nested(depth: number, inner: object): object {
  return depth === 0 ? inner : { inside: nested(depth - 1, inner) };
}

for (const [where, entry] of PRIVATE) {
  logs(`leaves out what is private ${where}`, () => {
    const { log, text } = capture();
    log.info(entry, "a command");
    assert.match(text(), "a command");
    assert.not.match(text(), "6222020200112233");
  });
}

logs("says of an error what it is, and leaves out what hangs on it", () => {
  const { log, text, last } = capture();
  const command = { name: "evalsha", args: ["sha", "ts:{7}:account:acme:6222020200112233", "华夏贸易"] };
  const cause = Object.assign(new Error("MISCONF"), { command });
  const error = Object.assign(
    new TypeError("WRONGTYPE for ts:{7}:account:acme:6222020200112233", { cause }),
    {
      command,
      code: "EPIPE",
    },
  );
  log.error({ err: error }, "a command failed");
  const { err } = last() as { err: Record<string, unknown> };
  assert.equal([err.type, err.code], ["TypeError", "EPIPE"]);
  assert.is(err.message, "WRONGTYPE for ts:{7}:account:[private]");
  assert.match(String(err.stack), "log.test.ts");
  assert.match(text(), "MISCONF");
  log.error(error);
  log.error({ error: String(error) }, String(error));
  assert.not.match(text(), "6222020200112233");
  assert.not.match(text(), "华夏贸易");
});

logs("leaves tokens out of texts too", () => {
  const { log, text } = capture();
  const token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhY21lIn0.c2lnbmF0dXJl";
  log.info({ url: `/v1?access_token=${token}` }, `refused ${token}`);
  assert.not.match(text(), "eyJ");
  assert.is(text().match(/\[private\]/g)?.length, 2);
});

logs("is not upset by what goes round in circles", () => {
  const { log, text } = capture();
  const round: Record<string, unknown> = { number: "6222020200112233" };
  round.again = round;
  log.info(round, "round");
  assert.match(text(), '"msg":"round"');
  assert.not.match(text(), "6222020200112233");
});

const NUMBER = "6222020200112233";
const CORRUPT = "7333131311223344";
const HOLDER = "Ｈｕａｘｉａ Trading 华夏贸易";
/** The holder as it is written, and as the store compares it. */
const PRIVATE_TEXTS = [NUMBER, CORRUPT, "Ｈｕａｘｉａ", "huaxia", "华夏贸易"];

logs("of a hub at work never holds an account's number, a holder or a token", async () => {
  const redis = await startRedis();
  let text = "";
  const hub = await startHub({
    redisUrl: redis.url,
    settings: { LOG_LEVEL: "trace" },
    onLog: (line) => {
      text += line;
    },
  });
  const operator = await hub.token("bank", { operator: true });
  const forged = `${await hub.token("acme")}x`;
  const tokens = [operator, forged, await hub.token("seller"), await hub.token("acme")];
  // An account that is no account: whatever reads it fails with an error of the store's own.
  const broken = accountKeys({ partition: partitionOf("acme", 16), party: "acme", number: CORRUPT });
  await redis.client().set(broken.account, "x");
  await askForAccounts(hub, operator, forged);
  const issuer = await connectTerminal(hub, "seller");
  const payer = await connectTerminal(hub, "acme");
  await negotiate(issuer, payer);
  await connectBadly(hub.url, forged);
  const issuanceId = await openIssuance(issuer, payer);
  await redis.kill("SIGKILL");
  await payer.command("account:submit", { issuanceId, account: { number: NUMBER, holder: HOLDER } });
  await call(hub, "GET", accountPath("acme", NUMBER), { token: operator });
  await hub.close();
  await redis.stop();

  for (const what of ["a command failed", "a request failed", "the store did not answer", "answered"]) {
    assert.match(text, `"msg":"${what}"`);
  }
  assert.match(text, '"route":"/v1/parties/:party/accounts/:number"');
  for (const secret of [...PRIVATE_TEXTS, ...tokens]) {
    assert.not.match(text.toLowerCase(), secret.toLowerCase());
  }
});

/** Everything that can be asked of the account book, good and bad. */
async function askForAccounts(hub: Parameters<typeof call>[0], operator: string, forged: string) {
  const path = accountPath("acme", NUMBER);
  const body = funds(1000, { holder: HOLDER });
  await call(hub, "PUT", path, { token: operator, body });
  await call(hub, "PUT", path, { token: operator, body: { ...body, holder: `${HOLDER}\n` } });
  await call(hub, "PUT", path, { token: operator, body: `{"holder":"${HOLDER}"` });
  await call(hub, "GET", path, { token: operator });
  await call(hub, "GET", path, { token: forged });
  await call(hub, "GET", `${path}/nowhere?access_token=${operator}`);
  await call(hub, "GET", accountsPath("acme"), { token: operator });
  await call(hub, "POST", `${path}/adjust`, { token: operator, body: { amount: 5, reference: "r" } });
  for (const method of ["GET", "PUT"]) {
    const options = { token: operator, ...(method === "PUT" && { body }) };
    await call(hub, method, accountPath("acme", CORRUPT), options);
  }
}

/** A negotiation with accounts that are refused, malformed, broken and good. */
async function negotiate(issuer: RawTerminal, payer: RawTerminal): Promise<void> {
  const issuanceId = await openIssuance(issuer, payer);
  const submit = (account: object) => payer.command("account:submit", { issuanceId, account } as never);
  await submit({ number: NUMBER, holder: `Not ${HOLDER}` });
  await submit({ number: NUMBER, holder: HOLDER, extra: true });
  assert.equal(await submit({ number: CORRUPT, holder: HOLDER }), internal());
  await payer.send("account:guess", { number: NUMBER, holder: HOLDER });
  // Without an acknowledgement: not answered, but complained of.
  const { socket } = payer as { socket: { emit(name: string, payload: object): unknown } };
  socket.emit("account:submit", { number: NUMBER, holder: HOLDER });
  await payer.accepted("account:submit", { issuanceId, account: { number: NUMBER, holder: HOLDER } });
  await issuer.accepted("issuance:accept", { issuanceId });
}

function internal() {
  const message = "The hub has met a fault of its own; it is in the hub's log.";
  return { ok: false, error: { code: "internal", message } };
}

async function openIssuance(issuer: RawTerminal, payer: RawTerminal): Promise<string> {
  const request = { payer: payer.party, amount: 250, currency: "CNY" };
  const { issuanceId } = (await issuer.accepted("payer:request", request)).issuance;
  await payer.accepted("payer:agree", { issuanceId });
  await issuer.accepted("issuance:open", { issuanceId });
  return issuanceId;
}

async function connectBadly(url: string, token: string): Promise<void> {
  const socket = openSocket(url, { auth: { token } });
  await new Promise((resolve) => socket.once("connect_error", resolve));
  socket.disconnect();
}

logs("has one line a second of what comes by the thousand, and says how many others there were", async () => {
  const lines = new SampledLines();
  const written: unknown[] = [];
  for (let time = 0; time < 10_000; time++) lines.say((besides) => written.push(besides));
  assert.ok(written.length >= 1 && written.length < 10);
  const before = written.length;
  while (written.length === before) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    lines.say((besides) => written.push(besides));
  }
  assert.equal(written[0], {});
  assert.ok(((written.at(-1) as { others: number }).others ?? 0) > 0);
});

logs(
  "have a line for each message at debug, with who asked what and what came of it, and no account",
  async () => {
    const lines: string[] = [];
    const hub = await startHub({ onLog: (line) => lines.push(line), settings: { LOG_LEVEL: "debug" } });
    await hub.putAccount("payer", NUMBER, { holder: HOLDER, kind: "funds", currency: "CNY", balance: 1000 });
    const [issuer, payer] = [await connectTerminal(hub, "issuer"), await connectTerminal(hub, "payer")];
    const issuanceId = await openIssuance(issuer, payer);
    const account = { number: NUMBER, holder: HOLDER };
    await payer.accepted("account:submit", { issuanceId, commandId: "once-1", account });
    await payer.refused("payer:agree", { issuanceId, commandId: "twice 2" });
    issuer.close();
    payer.close();
    await hub.close();
    const answered = lines.map((line) => JSON.parse(line)).filter(({ command }) => command !== undefined);
    const told = answered.map(({ command, party, issuanceId: id, result }) => [command, party, id, result]);
    assert.equal(told, [
      ["payer:request", "issuer", issuanceId, "ok"],
      ["payer:agree", "payer", issuanceId, "ok"],
      ["issuance:open", "issuer", issuanceId, "ok"],
      ["account:submit", "payer", issuanceId, "ok"],
      ["payer:agree", "payer", issuanceId, "invalid_request"],
    ]);
    assert.equal(
      answered.slice(3).map(({ commandId, milliseconds }) => [commandId, typeof milliseconds]),
      [
        ["once-1", "number"],
        [undefined, "number"],
      ],
      "an id that is none is not logged",
    );
    assert.not.match(lines.join("\n"), new RegExp(`${NUMBER}|${HOLDER}`));
  },
);

logs.run();
