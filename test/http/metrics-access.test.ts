/** Who may read metrics, and how balancers learn that a hub closes soon. */
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Settings } from "../../server/config.ts";
import { startHub } from "../helpers/hub.ts";
import { connectTerminal } from "../helpers/raw-terminal.ts";
import { freePort } from "../helpers/redis-process.ts";

const access = suite("who may read metrics");
const TOKEN = "a token of Prometheus's own";

/** Settings, the header that is sent, and the status that comes. */
const ACCESS: [
  what: string,
  settings: { [N in keyof Settings]?: string },
  header: string | undefined,
  status: number,
][] = [
  ["on loopback", {}, undefined, 200],
  ["on all addresses", { HOST: "0.0.0.0" }, undefined, 401],
  ["behind a proxy", { TRUST_PROXY: "1" }, undefined, 401],
  ["with a token that was set, without it", { METRICS_TOKEN: TOKEN }, undefined, 401],
  ["with a token that was set, and another", { METRICS_TOKEN: TOKEN }, `Bearer ${TOKEN}x`, 401],
  ["with a token that was set, and it", { METRICS_TOKEN: TOKEN, HOST: "0.0.0.0" }, `Bearer ${TOKEN}`, 200],
  ["that have a port of their own, at the hub's", { METRICS_PORT: "0" }, undefined, 404],
];

for (const [what, settings, header, status] of ACCESS) {
  access(`${what}: ${status}`, async () => {
    const hub = await startHub({ settings });
    const url = `http://127.0.0.1:${hub.port}/metrics`;
    const answer = await fetch(url, { headers: header === undefined ? {} : { authorization: header } });
    assert.is(answer.status, status);
    assert.is((await answer.text()).includes("tallystick_connections_open"), status === 200);
    await hub.close();
  });
}

access("with a port of their own are served there alone, and nothing else is", async () => {
  const port = await freePort();
  const hub = await startHub({ settings: { METRICS_PORT: String(port), METRICS_TOKEN: TOKEN } });
  const get = (path: string, headers = {}) => fetch(`http://127.0.0.1:${port}${path}`, { headers });
  assert.is((await get("/metrics")).status, 401);
  const answer = await get("/metrics", { authorization: `Bearer ${TOKEN}` });
  assert.match(await answer.text(), "tallystick_connections_open");
  assert.is(answer.headers.get("x-content-type-options"), "nosniff");
  assert.is((await get("/healthz")).status, 404);
  await hub.close();
});

access("a hub that drains says 503 at /readyz, and serves everything until it closes", async () => {
  const hub = await startHub({ settings: { DRAIN: "3" } });
  const ready = async () => (await fetch(`${hub.url}/readyz`)).status;
  assert.is(await ready(), 200);
  const closed = hub.close();
  while ((await ready()) !== 503) await sleep(5);
  const terminal = await connectTerminal(hub, "acme");
  await terminal.accepted("payer:request", { payer: "globex", amount: 1, currency: "CNY" });
  terminal.close();
  await closed;
  assert.instance(await fetch(`${hub.url}/readyz`).catch((error: unknown) => error), Error);
});

access.run();
