// about 23 s, mostly waiting
/** What an operator revokes is good nowhere from then on: not for a session, not for a new one, not over HTTP. */
import { Redis } from "ioredis";
import { SignJWT } from "jose";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { REVOKED_KEY } from "../../server/ledger/keys.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal, openSocket, type RawSocket } from "../helpers/raw-terminal.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { call, jsonOf, refusedWith } from "../http/client.ts";

const revoking = suite("revoked tokens");
const SECRET = "a secret of this test, of 32 bytes or more";

let redis: TestRedis;
let hubs: [TestHub, TestHub];
let operator: string;
revoking.before(async () => {
  redis = await startRedis();
  const start = () => startHub({ redisUrl: redis.url, settings: { JWT_SECRET: SECRET } });
  hubs = [await start(), await start()];
  operator = await hubs[0].token("bank", { operator: true });
});
revoking.after(async () => {
  for (const hub of hubs) await hub.close();
  await redis.stop();
});

const revoke = (party: string, headers: Record<string, string> = {}) =>
  call(hubs[0], "POST", `/v1/parties/${party}/revoke`, { token: operator, headers });

/** Connects; answers what the terminal was told last: that the session is ready, or why it was refused. */
async function enter(hub: TestHub, token: string): Promise<"ready" | string> {
  const socket = openSocket(hub.url, { auth: { token } });
  const said = await new Promise<string>((resolve) => {
    socket.once("session:ready", () => resolve("ready"));
    socket.once("session:error", (error) => resolve(error.code));
    socket.once("connect_error", (error: Error & { data?: { code?: string } }) =>
      resolve(error.data?.code ?? ""),
    );
  });
  socket.disconnect();
  return said;
}

/** What ends a session: the error that is told last, once the connection is closed. */
function ended(socket: RawSocket): Promise<string | undefined> {
  let code: string | undefined;
  socket.on("session:error", (error) => {
    code = error.code;
  });
  return new Promise((resolve) => socket.once("disconnect", () => resolve(code)));
}

revoking("end the party's sessions on all hubs, and no other's", async () => {
  const old = await hubs[0].token("acme");
  const terminals = await Promise.all(hubs.map((hub) => connectTerminal(hub, "acme")));
  const others = await Promise.all(hubs.map((hub) => connectTerminal(hub, "globex")));
  const ends = terminals.map(({ socket }) => ended(socket));
  const { party, revokedAt } = jsonOf(await revoke("acme")) as { party: string; revokedAt: number };
  assert.is(party, "acme");
  assert.ok(Math.abs(revokedAt - Date.now()) < 60_000);
  assert.equal(await Promise.all(ends), ["unauthenticated", "unauthenticated"]);
  for (const hub of hubs) assert.is(await enter(hub, old), "unauthenticated");
  for (const other of others) {
    await other.settle();
    other.close();
  }
  // What is made once it was answered is another token.
  for (const hub of hubs) assert.is(await enter(hub, await hub.token("acme")), "ready");
});

revoking("are refused over HTTP, and so are those that don't say when they were made", async () => {
  const key = new TextEncoder().encode(SECRET);
  const ageless = await new SignJWT({ sub: "clerk", scope: "operator terminal" })
    .setProtectedHeader({ alg: "HS256" })
    .setExpirationTime("1h")
    .sign(key);
  const old = await hubs[1].token("clerk", { operator: true });
  for (const token of [ageless, old]) jsonOf(await call(hubs[1], "GET", "/v1/fences", { token }));
  jsonOf(await revoke("clerk"));
  for (const token of [ageless, old])
    refusedWith(await call(hubs[1], "GET", "/v1/fences", { token }), 401, "unauthenticated");
  assert.is(await enter(hubs[1], ageless), "unauthenticated");
  jsonOf(
    await call(hubs[1], "GET", "/v1/fences", { token: await hubs[1].token("clerk", { operator: true }) }),
  );
});

revoking("stay revoked after all hubs were closed", async () => {
  const old = await hubs[0].token("initech");
  jsonOf(await revoke("initech"));
  for (const hub of hubs) await hub.restart();
  for (const hub of hubs) assert.is(await enter(hub, old), "unauthenticated");
});

revoking("are revoked once for each Idempotency-Key: what was made since is not touched", async () => {
  const first = jsonOf(await revoke("umbrella", { "idempotency-key": "once" }));
  const fresh = await hubs[0].token("umbrella");
  assert.equal(jsonOf(await revoke("umbrella", { "idempotency-key": "once" })), first);
  assert.is(await enter(hubs[1], fresh), "ready");
  refusedWith(await revoke("hooli", { "idempotency-key": "once" }), 409, "conflict");
});

revoking("end sessions also where the word of it was lost", async () => {
  const terminal = await connectTerminal(hubs[1], "stark");
  const end = ended(terminal.socket);
  // As a hub does that dies before it tells the others.
  await hubs[0].running.ledger.revocations.revoke("stark");
  assert.is(await end, "unauthenticated");
});

revoking("end sessions where others of the same millisecond have been heard of before", async () => {
  const terminals = await Promise.all(["wayne", "kent"].map((party) => connectTerminal(hubs[1], party)));
  const [first, second] = terminals.map(({ socket }) => ended(socket)) as [Promise<string>, Promise<string>];
  const { revocations } = hubs[0].running.ledger;
  await revocations.revoke("wayne");
  assert.is(await first, "unauthenticated");
  const store = new Redis(redis.url);
  await store.zadd(REVOKED_KEY, await revocations.until("wayne"), "kent");
  store.disconnect();
  assert.is(await second, "unauthenticated");
});

revoking("begin no session once they have ended, however long the store was waited for", async () => {
  const token = await hubs[0].running.tokens.sign?.({ party: "late", ttlSeconds: 1 });
  const store = new Redis(redis.url);
  await store.call("CLIENT", "PAUSE", "1500", "ALL");
  assert.is(await enter(hubs[0], token as string), "unauthenticated");
  store.disconnect();
});

revoking("can be revoked by an operator with the whole scope alone", async () => {
  for (const scope of ["terminal", "operator:read", "operator:accounts", "operator:fences"]) {
    const token = await hubs[0].running.tokens.sign?.({ party: "acme", scope, ttlSeconds: 60 });
    refusedWith(
      await call(hubs[0], "POST", "/v1/parties/acme/revoke", { token: token as string }),
      403,
      "forbidden",
    );
  }
  refusedWith(
    await call(hubs[0], "POST", "/v1/parties/NO/revoke", { token: operator }),
    400,
    "invalid_request",
  );
});

revoking.run();
