import { setTimeout } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { connectRedis } from "../../server/redis/connect.ts";
import { type Durability, DurabilityWatch, readDurability } from "../../server/redis/durability.ts";
import { startHub } from "../helpers/hub.ts";
import { startRedis } from "../helpers/redis.ts";

const durability = suite("durability");

async function durabilityOf(settings: Record<string, string>, rights?: string): Promise<Durability> {
  const redis = await startRedis({ settings });
  if (rights) await redis.client().acl("SETUSER", "default", rights);
  const store = connectRedis(redis.url, { name: "test" });
  try {
    return await readDurability(store);
  } finally {
    store.disconnect();
    await redis.stop();
  }
}

const CASES: [settings: Record<string, string>, level: string, says: RegExp][] = [
  [{ appendonly: "yes", appendfsync: "always" }, "fsynced", /on the store's disk before/],
  [{ appendonly: "yes", appendfsync: "everysec" }, "memory", /last second/],
  [{ appendonly: "yes", appendfsync: "no" }, "memory", /whatever the system had not written/],
  [{ appendonly: "no" }, "memory", /last snapshot/],
  [
    { appendonly: "yes", appendfsync: "always", "no-appendfsync-on-rewrite": "yes" },
    "memory",
    /while the log is rewritten/,
  ],
];
for (const [settings, level, says] of CASES) {
  durability(`a store with ${JSON.stringify(settings)} is said to be ${level}`, async () => {
    const found = await durabilityOf(settings);
    assert.is(found.level, level);
    assert.match(found.says, says);
  });
}

durability("a store that hides its settings is not trusted", async () => {
  const found = await durabilityOf({ appendonly: "yes", appendfsync: "always" }, "-config");
  assert.is(found.level, "memory");
  assert.match(found.says, /nobody knows/);
});

durability("a setting that is changed while the hub runs is known within seconds", async () => {
  const redis = await startRedis({ durable: true });
  const store = connectRedis(redis.url, { name: "test" });
  const watch = new DurabilityWatch(store, 0);
  const changes: string[] = [];
  try {
    await watch.refresh();
    watch.watch(({ level }) => changes.push(level));
    assert.is(watch.level, "fsynced");
    for (const [appendfsync, level] of [
      ["no", "memory"],
      ["always", "fsynced"],
    ] as const) {
      await redis.client().config("SET", "appendfsync", appendfsync);
      const until = Date.now() + 60_000;
      while (watch.level !== level && Date.now() < until) await setTimeout(20);
      assert.is(watch.level, level);
    }
    assert.equal(changes, ["memory", "fsynced"]);
  } finally {
    store.disconnect();
    await redis.stop();
  }
});

durability("a MIN_REPLICAS that a failover can get round is warned of", async () => {
  const master = await startRedis({
    tcp: true,
    durable: true,
    settings: { "repl-diskless-sync-delay": "0" },
  });
  const [host, port] = master.url.slice("redis://".length).split(":");
  const replicas = await Promise.all(
    [1, 2].map(() => startRedis({ tcp: true, settings: { replicaof: `${host} ${port}` } })),
  );
  const store = connectRedis(master.url, { name: "test" });
  try {
    while ((await readDurability(store, 1)).replicas < 2) await setTimeout(50);
    const found = await readDurability(store, 1);
    assert.is(found.level, "replicated");
    assert.match(found.warning ?? "", /MIN_REPLICAS is 1 and a master has 2 replicas.*set MIN_REPLICAS to 2/);
    assert.is((await readDurability(store, 2)).warning, undefined);
    assert.is((await readDurability(store)).warning, undefined);
  } finally {
    store.disconnect();
    await Promise.all([master, ...replicas].map((one) => one.stop()));
  }
});

durability("a hub does not serve from a store that throws data away", async () => {
  const redis = await startRedis({ settings: { "maxmemory-policy": "allkeys-lru" } });
  try {
    await startHub({ redisUrl: redis.url }).then(
      () => assert.unreachable(),
      (error: Error) => assert.match(error.message, /maxmemory-policy is allkeys-lru.*noeviction/),
    );
  } finally {
    await redis.stop();
  }
});

durability.run();
