import { once } from "node:events";
import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { accountKeys, partitionOf } from "../../server/ledger/keys.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { accountPath, accountsPath, call, funds, jsonOf, refusedWith } from "./client.ts";

const app = suite("the hub's HTTP side as a whole");
let redis: TestRedis;
let hub: TestHub;
let operator: string;

app.before(async () => {
  redis = await startRedis();
  hub = await startHub({ redisUrl: redis.url });
  operator = await hub.token("bank", { operator: true });
});
app.after(async () => {
  await hub.close();
  await redis.stop();
});

const ROUTES: [string, string, string][] = [
  ["/healthz", "GET, HEAD, OPTIONS", "POST"],
  ["/readyz", "GET, HEAD, OPTIONS", "PUT"],
  ["/metrics", "GET, HEAD, OPTIONS", "DELETE"],
  [accountsPath("acme"), "GET, HEAD, OPTIONS", "POST"],
  [accountPath("acme", "1"), "GET, HEAD, PUT, OPTIONS", "DELETE"],
  [`${accountPath("acme", "1")}/adjust`, "POST, OPTIONS", "GET"],
  ["/v1/issuances/1-aaaaaaaaaaaaaaaa", "GET, HEAD, OPTIONS", "PATCH"],
  ["/v1/vouchers/v1-aaaaaaaaaaaaaaaa", "GET, HEAD, OPTIONS", "DELETE"],
];

for (const [path, allowed, wrong] of ROUTES) {
  app(`${wrong} ${path} is refused with the methods that there are, and OPTIONS tells them`, async () => {
    const refused = await call(hub, wrong, path, { token: operator });
    refusedWith(refused, 405, "invalid_request");
    assert.is(refused.headers.get("allow"), allowed);
    const options = await call(hub, "OPTIONS", path);
    assert.equal([options.status, options.headers.get("allow"), options.text], [204, allowed, ""]);
  });
}

app("HEAD answers as GET does, without a body", async () => {
  const answer = await call(hub, "HEAD", accountsPath("acme"), { token: operator });
  assert.equal([answer.status, answer.text], [200, ""]);
  assert.is(answer.headers.get("content-length"), String('{"accounts":[]}'.length));
});

app("a client that asks for HTTP/2 with its requests is answered in HTTP/1.1, and goes on", async () => {
  await hub.putAccount("acme", "H2C", funds(10));
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = async (method: string, path: string, body = "") => {
    const sent = httpRequest(`${hub.url}${path}`, {
      agent,
      method,
      headers: {
        connection: "Upgrade, HTTP2-Settings",
        upgrade: "h2c",
        "http2-settings": "AAMAAABkAAQAAP__",
        authorization: `Bearer ${operator}`,
        "content-type": "application/json",
        "content-length": body.length,
      },
    });
    sent.end(body);
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    return { status: response.statusCode, port: response.socket.localPort, body: await text(response) };
  };
  const first = await ask("GET", "/healthz");
  const body = JSON.stringify({ amount: 5, reference: "h2c-1" });
  const second = await ask("POST", `${accountPath("acme", "H2C")}/adjust`, body);
  const third = await ask("GET", accountPath("acme", "H2C"));
  assert.equal([first.status, second.status, third.status], [200, 200, 200]);
  assert.is(JSON.parse(third.body).balance, 15);
  assert.equal([second.port, third.port], [first.port, first.port]);
  agent.destroy();
});

app("a WebSocket that is asked for where there is none is answered as any other request", async () => {
  const headers = {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
  };
  for (const [path, status] of [
    ["/", 200],
    ["/v1/socket.io/", 404],
    ["/ws", 404],
    ["/socket.io/?EIO=4&transport=websocket", 101],
  ] as const) {
    const sent = httpRequest(`${hub.url}${path}`, { headers, agent: false });
    sent.end();
    const answered = await Promise.race([once(sent, "response"), once(sent, "upgrade")]);
    assert.is((answered[0] as IncomingMessage).statusCode, status, path);
    sent.destroy();
  }
});

app("an address that there is not is not found, with or without a token", async () => {
  for (const path of ["/v1", "/v2/parties", "/v1/parties/acme", "/favicon.ico", "/V1/x", "/healthz/x"]) {
    for (const options of [{}, { token: operator }]) {
      refusedWith(await call(hub, "GET", path, options), 404, "not_found");
    }
  }
});

app("every answer says that it is data and not a page, and not what made it", async () => {
  for (const path of ["/healthz", "/metrics", accountsPath("acme"), "/nowhere", "/socket.io/?EIO=4"]) {
    const { headers } = await call(hub, "GET", path, { token: operator });
    assert.is(headers.get("content-security-policy"), "default-src 'none';frame-ancestors 'none'");
    assert.is(headers.get("x-content-type-options"), "nosniff");
    assert.is(headers.get("referrer-policy"), "no-referrer");
    assert.is(headers.get("x-powered-by"), null);
    assert.is(headers.get("etag"), null);
  }
});

app("what is answered under /v1 is kept by no cache, a refusal too", async () => {
  for (const options of [{}, { token: operator }]) {
    const { headers } = await call(hub, "GET", accountsPath("acme"), options);
    assert.is(headers.get("cache-control"), "no-store");
  }
});

app("a fault of the hub's own is answered without a word of what it was", async () => {
  const keys = accountKeys({ partition: partitionOf("faulty", 16), party: "faulty", number: "66" });
  await redis.client().set(keys.account, "not an account");
  for (const [method, body] of [
    ["GET", undefined],
    ["PUT", funds(5)],
  ] as const) {
    const answer = await call(hub, method, accountPath("faulty", "66"), { token: operator, body });
    refusedWith(answer, 500, "internal");
    assert.not.match(answer.text, /WRONGTYPE|ts:\{|\.ts|lua|at /);
  }
});

app("a web page of another origin may not ask unless CORS_ORIGINS names it", async () => {
  const { headers } = await call(hub, "GET", "/healthz", { headers: { origin: "https://pay.example" } });
  assert.is(headers.get("access-control-allow-origin"), null);
});

app("CORS_ORIGINS lets the pages of its origins ask, and no others", async () => {
  const open = await startHub({ settings: { CORS_ORIGINS: "https://pay.example, http://localhost:5173" } });
  const allowed = async (origin: string) => {
    const preflight = await call(open, "OPTIONS", accountPath("acme", "1"), {
      headers: { origin, "access-control-request-method": "PUT" },
    });
    const answer = await call(open, "GET", accountPath("acme", "1"), { headers: { origin } });
    refusedWith(answer, 401, "unauthenticated");
    assert.is(
      answer.headers.get("access-control-expose-headers"),
      "WWW-Authenticate,Retry-After,ETag,X-Request-Id",
    );
    assert.is(preflight.headers.get("access-control-allow-methods"), "GET,PUT,POST,DELETE");
    assert.is(
      preflight.headers.get("access-control-allow-headers"),
      "Authorization,Content-Type,Idempotency-Key,If-Match,If-None-Match,Prefer",
    );
    return [preflight, answer].map(({ headers }) => headers.get("access-control-allow-origin"));
  };
  assert.equal(await allowed("https://pay.example"), ["https://pay.example", "https://pay.example"]);
  assert.equal(await allowed("http://localhost:5173"), ["http://localhost:5173", "http://localhost:5173"]);
  assert.equal(await allowed("https://evil.example"), [null, null]);
  await open.close();
});

app("CORS_ORIGINS of * lets every page ask", async () => {
  const open = await startHub({ settings: { CORS_ORIGINS: "*" } });
  const { headers } = await call(open, "GET", "/healthz", { headers: { origin: "https://any.example" } });
  assert.is(headers.get("access-control-allow-origin"), "*");
  await open.close();
});

/** A PUT that the hub has in hand: it has asked for the body, which only `finish` sends. */
async function putInHand(at: TestHub, party: string) {
  const put = httpRequest(`${at.url}${accountPath(party, "1")}`, {
    method: "PUT",
    headers: {
      authorization: `Bearer ${operator}`,
      "content-type": "application/json",
      expect: "100-continue",
    },
  });
  const answered = once(put, "response") as Promise<[IncomingMessage]>;
  put.flushHeaders();
  await once(put, "continue");
  return {
    finish: async () => {
      put.end(JSON.stringify(funds(5)));
      const [response] = await answered;
      response.resume();
      return response;
    },
  };
}

/** A connection that the hub has taken and that has brought nothing yet. */
async function openSilently(at: TestHub): Promise<Socket> {
  const socket = connect(at.port, "127.0.0.1");
  socket.on("error", () => undefined);
  await once(socket, "connect");
  // Connections are taken in their order.
  await call(at, "GET", "/healthz");
  return socket;
}

/** Asks over a connection, and reads until its end. */
async function askOver(socket: Socket, path: string): Promise<string> {
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk;
  });
  socket.write(`GET ${path} HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n`);
  await once(socket, "end");
  socket.end();
  return text;
}

app("a request in hand when the hub closes is done and answered; none is taken after", async () => {
  const closing = await startHub({ redisUrl: redis.url });
  const put = await putInHand(closing, "inhand");
  const closed = closing.close();
  assert.is((await put.finish()).statusCode, 201);
  await closed;
  const error = await call(closing, "GET", "/healthz").catch((thrown: Error) => thrown);
  assert.match(String((error as Error).cause), "ECONNREFUSED");
  const read = jsonOf(await call(hub, "GET", accountPath("inhand", "1"), { token: operator }));
  assert.is((read as { balance: number }).balance, 5);
});

app("while the hub closes it is not ready, and refuses what older connections still bring", async () => {
  const closing = await startHub({ redisUrl: redis.url });
  const put = await putInHand(closing, "inhand2");
  const older = [await openSilently(closing), await openSilently(closing), await openSilently(closing)];
  const closed = closing.close();
  const paths = ["/readyz", accountsPath("acme"), "/healthz"];
  const [ready, book, alive] = await Promise.all(
    older.map((socket, index) => askOver(socket, paths[index] as string)),
  );
  assert.match(ready ?? "", /^HTTP\/1\.1 503 [\s\S]*"detail":"The hub is closing\."/);
  assert.match(book ?? "", /^HTTP\/1\.1 503 [\s\S]*"code":"unavailable"/);
  assert.match(alive ?? "", /^HTTP\/1\.1 200 /);
  assert.is((await put.finish()).statusCode, 201);
  await closed;
});

app("a connection that brings nothing does not keep the hub from closing", async () => {
  const closing = await startHub({ redisUrl: redis.url });
  const socket = await openSilently(closing);
  await closing.close();
  socket.destroy();
});

app.run();
