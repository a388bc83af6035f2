import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { accountsPath, call, jsonOf, refusedWith } from "./client.ts";

const health = suite("health over HTTP");
let redis: TestRedis;
let hub: TestHub;

health.before(async () => {
  redis = await startRedis({ durable: true });
  hub = await startHub({ redisUrl: redis.url });
});
health.after(async () => {
  await hub.close();
  await redis.stop();
});

const ready = () => call(hub, "GET", "/readyz");
const alive = () => call(hub, "GET", "/healthz");

/** Asks until the hub says that it is ready; the test's time limit ends what never does. */
async function untilReady(): Promise<void> {
  while ((await ready()).status !== 200) await setTimeout(50);
}

health("with the store there the hub is alive and ready, and asks for no token", async () => {
  assert.equal(jsonOf(await alive()), { status: "alive" });
  assert.equal(jsonOf(await ready()), { status: "ready", durability: "fsynced" });
});

health(
  "while the store does not answer the hub is alive, not ready, and says why without waiting for it",
  async () => {
    process.kill(redis.pid, "SIGSTOP");
    try {
      const answers = await Promise.all([ready(), ready(), ready()]);
      for (const answer of answers) {
        const problem = refusedWith(answer, 503, "unavailable");
        assert.is(problem.detail, "The store did not answer within 1000 ms.");
        assert.is(answer.headers.get("retry-after"), "1");
      }
      jsonOf(await alive());
    } finally {
      process.kill(redis.pid, "SIGCONT");
    }
    await untilReady();
  },
);

health("while the store is gone the hub is not ready; once it is back it is, without a restart", async () => {
  await redis.kill("SIGKILL");
  const problem = refusedWith(await ready(), 503, "unavailable");
  assert.match(
    problem.detail,
    /^The line to the store is down\.$|^The store did not answer within 1000 ms\.$/,
  );
  jsonOf(await alive());
  const token = await hub.token("bank", { operator: true });
  const answer = await call(hub, "GET", accountsPath("acme"), { token });
  refusedWith(answer, 503, "unavailable");
  assert.is(answer.headers.get("retry-after"), "1");
  await redis.restart();
  await untilReady();
  jsonOf(await call(hub, "GET", accountsPath("acme"), { token }));
});

health(
  "a store that can't write to its disk makes the hub not ready, and its error's text stays inside",
  async () => {
    const client = redis.client();
    const [, folder = ""] = (await client.config("GET", "dir")) as string[];
    // A snapshot can't take the place of a folder; a server whose last one failed refuses even PING.
    mkdirSync(join(folder, "dump.rdb"));
    await client.config("SET", "save", "3600 1");
    await client.bgsave();
    while (!(await client.info("persistence")).includes("rdb_last_bgsave_status:err")) await setTimeout(20);
    const problem = refusedWith(await ready(), 503, "unavailable");
    assert.is(problem.detail, "The store can't serve now: MISCONF.");
    await client.config("SET", "save", "");
    await untilReady();
  },
);

health("the metrics are in Prometheus' own format", async () => {
  const answer = await call(hub, "GET", "/metrics");
  assert.is(answer.status, 200);
  assert.match(answer.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
  assert.match(answer.text, /^# TYPE tallystick_commands_total counter$/m);
  assert.match(answer.text, /^tallystick_connections_open 0$/m);
});

health.run();
