// time limit: 360 s
// about 40 s, mostly waiting
// nginx with the configuration that server/README.md shows, before two hubs.
import { setTimeout } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readDocument } from "../guards/documents.ts";
import { findNginx } from "../helpers/find-nginx.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { startNginx } from "../helpers/nginx.ts";
import { openSocket, type RawSocket } from "../helpers/raw-terminal.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";

const TEMPLATE = readDocument("server/README.md").code("Several hubs", "nginx");
const TERMINALS = 100;
const AWAY_MS = 3000;
/** A terminal pauses for up to 7.5 s between two attempts. */
const BACK_WITHIN_MS = 15_000;
/** Longer than the heartbeat of 25 s, and shorter than the document's time-out. */
const IDLE_TIMEOUT_S = 27;

const nginx = suite("nginx as the document shows it");
const program = findNginx({ log: console.log });
let redis: TestRedis;
let hubs: TestHub[];
nginx.before(async () => {
  redis = await startRedis();
  hubs = await Promise.all([1, 2].map(() => startHub({ redisUrl: redis.url })));
});
nginx.after(async () => {
  for (const hub of hubs) await hub.close();
  await redis.stop();
});

/** Puts the test's addresses in the place of the document's, and takes its TLS out. */
function configured(port: number): string {
  let text = TEMPLATE;
  const replace = (pattern: RegExp, by: string) => {
    assert.match(text, pattern);
    text = text.replaceAll(new RegExp(pattern, "gm"), by);
  };
  replace(/listen 443 ssl;/, `listen 127.0.0.1:${port};`);
  replace(/ssl_\w+ \S+;/, "");
  for (const [index, hub] of hubs.entries())
    replace(new RegExp(`10\\.0\\.0\\.1${index + 1}:3000`), `127.0.0.1:${hub.port}`);
  assert.not.match(text, /10\.0\.0\.|ssl/);
  return text;
}

async function connected(socket: RawSocket): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    socket.once("session:ready", () => resolve());
    socket.once("connect_error", reject);
  });
}

const test: typeof nginx.skip = program === undefined ? nginx.skip : nginx;

test("lets all terminals back in after all hubs were away for a while", async () => {
  const proxy = await startNginx(program as string, configured);
  const token = await (hubs[0] as TestHub).token("acme");
  const url = `http://127.0.0.1:${proxy.port}`;
  const sockets = Array.from({ length: TERMINALS }, () =>
    openSocket(url, { auth: { token }, reconnection: true }),
  );
  await Promise.all(sockets.map(connected));
  let back = 0;
  for (const socket of sockets) socket.on("session:ready", () => back++);
  await Promise.all(hubs.map((hub) => hub.running.close()));
  await setTimeout(AWAY_MS);
  await Promise.all(hubs.map((hub) => hub.restart()));
  const until = performance.now() + BACK_WITHIN_MS;
  while (back < TERMINALS && performance.now() < until) await setTimeout(50);
  const counts = `${back} of ${TERMINALS} are back`;
  for (const socket of sockets) socket.disconnect();
  await proxy.stop();
  assert.is(back, TERMINALS, counts);
});

test("keeps a terminal that says nothing, and passes on what it says afterwards", async () => {
  // The document's own time-outs are longer, so that what holds with these holds with those.
  const timeouts = TEMPLATE.match(/proxy_(read|send)_timeout \d+s/g) ?? [];
  assert.is(timeouts.length, 2);
  for (const timeout of timeouts) assert.ok(Number(/\d+/.exec(timeout)) > IDLE_TIMEOUT_S, timeout);
  const proxy = await startNginx(program as string, (port) =>
    configured(port).replaceAll(/(proxy_(read|send)_timeout) \d+s/g, `$1 ${IDLE_TIMEOUT_S}s`),
  );
  const token = await (hubs[0] as TestHub).token("acme");
  const socket = openSocket(`http://127.0.0.1:${proxy.port}`, {
    auth: { token },
    // What a client says of where it comes from is of no consequence.
    extraHeaders: { "X-Forwarded-For": "10.9.9.9, <script>", "X-Forwarded-Host": "elsewhere.example" },
  });
  await connected(socket);
  let lost = "";
  socket.on("disconnect", (reason) => {
    lost = reason;
  });
  await setTimeout((IDLE_TIMEOUT_S + 2) * 1000);
  assert.is(lost, "");
  const answer = (await socket.timeout(5000).emitWithAck("issuance:list", {})) as { ok: boolean };
  assert.ok(answer.ok);
  socket.disconnect();
  await proxy.stop();
});

nginx.run();
