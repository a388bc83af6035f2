import { suite } from "uvu";
import * as assert from "uvu/assert";
import { connectRedis } from "../../server/redis/connect.ts";
import { type Durability, readDurability } from "../../server/redis/durability.ts";
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
