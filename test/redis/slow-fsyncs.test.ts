/** How long the store's disk takes: read from the latency monitor, shown as a metric, and told by the load test. */
import type { Redis } from "ioredis";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { describeFsyncs, readStore, storeCost } from "../../server/load/probes.ts";
import { connectRedis, type Store } from "../../server/redis/connect.ts";
import { readSlow, slowestFsync } from "../../server/redis/slow-fsyncs.ts";
import { startHub } from "../helpers/hub.ts";
import { startRedis } from "../helpers/redis.ts";

const fsyncs = suite("the store's fsyncs");

/** Takes 50 ms. */
const SLOW_SCRIPT = `
  local function micros() local t = redis.call('TIME') return t[1] * 1000000 + t[2] end
  local ends = micros() + 50000
  repeat until micros() > ends`;

/** A server and a client of it. */
async function withStore(
  settings: Record<string, string>,
  use: (found: { store: Store; client: Redis; url: string }) => Promise<void>,
): Promise<void> {
  const redis = await startRedis({ durable: true, settings });
  const store = connectRedis(redis.url, { name: "test" });
  try {
    await use({ store, client: redis.client(), url: redis.url });
  } finally {
    store.disconnect();
    await redis.stop();
  }
}

/** Writes until an fsync was slow; a disk in memory never is. */
async function writeUntilSlow(client: Redis): Promise<number | undefined> {
  for (let writes = 0; writes < 5000; writes++) {
    await client.set("some", writes);
    const history = (await client.latency("HISTORY", "aof-fsync-always")) as [number, number][];
    if (history.length > 0) return Math.max(...history.map(([, milliseconds]) => milliseconds));
  }
  return undefined;
}

fsyncs("are the latency monitor's, with the second of each", async () => {
  await withStore({ "latency-monitor-threshold": "1" }, async ({ store, client }) => {
    assert.equal(await readSlow(store, "command"), []);
    // What a disk does can't be had at will; what a command does can.
    await client.eval(SLOW_SCRIPT, 0);
    const [found, ...others] = (await readSlow(store, "command")) ?? [];
    assert.ok(found && found.milliseconds >= 50, `${found?.milliseconds} ms`);
    assert.ok(Math.abs(Date.now() / 1000 - found.at) < 30);
    assert.equal(others, []);
  });
});

fsyncs("of a store that does not watch them, or may not tell, are not known", async () => {
  await withStore({ "latency-monitor-threshold": "0" }, async ({ store }) => {
    assert.is(await readSlow(store), undefined);
    assert.is(await slowestFsync(store), undefined);
  });
  await withStore({ "latency-monitor-threshold": "1" }, async ({ store, client }) => {
    await client.acl("SETUSER", "default", "-latency");
    assert.is(await slowestFsync(store), undefined);
  });
  await withStore({ "latency-monitor-threshold": "1" }, async ({ store, client }) => {
    await client.acl("SETUSER", "default", "-config");
    assert.is(
      await slowestFsync(store),
      undefined,
      "nothing was slow, and whether that is watched is hidden",
    );
  });
});

fsyncs("are a metric, of the last minute's slowest", async () => {
  await withStore({ "latency-monitor-threshold": "1" }, async ({ client, url }) => {
    const hub = await startHub({ redisUrl: url });
    try {
      const slowest = await writeUntilSlow(client);
      const text = await (await fetch(new URL("/metrics", hub.url))).text();
      const told = /^tallystick_store_fsync_slowest_seconds (\S+)$/m.exec(text)?.[1];
      assert.ok(told !== undefined, "it is told");
      assert.ok(Number(told) >= (slowest ?? 0) / 1000, `${told} s, and Redis saw ${slowest} ms`);
      await client.config("SET", "latency-monitor-threshold", "0");
      const later = await (await fetch(new URL("/metrics", hub.url))).text();
      assert.not.match(later, /^tallystick_store_fsync_slowest_seconds \d/m);
    } finally {
      await hub.close();
    }
  });
});

fsyncs("of a load are those since its beginning", async () => {
  await withStore({ "latency-monitor-threshold": "1" }, async ({ store }) => {
    const before = await readStore(store);
    assert.ok(before.slowFsyncs !== undefined);
  });
  const reading = { cpuSeconds: 0, memoryBytes: 0 };
  const at = (second: number, milliseconds: number) => ({ at: second, milliseconds });
  const cost = (
    after: ReturnType<typeof at>[] | undefined,
    before: ReturnType<typeof at>[] | undefined = [],
  ) =>
    storeCost(
      { ...reading, slowFsyncs: before },
      { ...reading, slowFsyncs: after },
      { seconds: 1, negotiations: 1 },
    );
  const { fsyncs: found } = cost([at(9, 500), at(10, 3), at(11, 20), at(12, 7)], [at(8, 90), at(9, 500)]);
  assert.equal(found, { seconds: 3, medianMs: 7, maxMs: 20 });
  assert.match(describeFsyncs(found), /^in 3 seconds .* median 7 ms, max 20 ms$/);
  assert.match(describeFsyncs(cost([at(9, 500)], [at(9, 500)]).fsyncs), /less than a millisecond/);
  assert.match(describeFsyncs(cost(undefined).fsyncs), /not known/);
});

fsyncs.run();
