/** Subscriptions in a cluster cost the same however many slots were seen, and one that is refused is told. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Cluster } from "ioredis";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { checkServer, connectRedis, type Store } from "../../server/redis/connect.ts";
import { countSubscribedSlots } from "../../server/redis/sharded-channels.ts";
import { startCluster, type TestCluster } from "../helpers/redis.ts";

const sharded = suite<{ cluster: TestCluster; store: Cluster }>("subscriptions in a cluster");
sharded.before(async (context) => {
  context.cluster = await startCluster({ masters: 3, replicasPerMaster: 0 });
});
sharded.after(({ cluster }) => cluster.stop());
sharded.before.each(async (context) => {
  const store: Store = connectRedis(context.cluster.url, { name: "test", patient: true });
  await checkServer(store);
  assert.instance(store, Cluster);
  context.store = store as Cluster;
});
sharded.after.each(({ store }) => store.disconnect());

const CHANNELS = Array.from({ length: 300 }, (_, index) => `room:${index}`);

sharded("are heard, and leave nothing when they end", async ({ cluster, store }) => {
  await Promise.all(CHANNELS.map((channel) => store.ssubscribe(channel)));
  const slots = countSubscribedSlots(store);
  assert.ok(slots > 250 && slots <= CHANNELS.length, `${slots} slots`);
  // Subscribed twice, as a hub does that was refused for a while, a channel ends all the same.
  await store.ssubscribe("room:7");
  const heard = new Set<string>();
  const all = new Promise<void>((resolve) => {
    store.on("smessage", (channel: string) => {
      heard.add(channel);
      if (heard.size === CHANNELS.length) resolve();
    });
  });
  const publisher = connectRedis(cluster.url, { name: "test" }) as Cluster;
  await checkServer(publisher);
  for (const channel of CHANNELS) await publisher.spublish(channel, "hello");
  await all;
  await Promise.all(CHANNELS.map((channel) => store.sunsubscribe(channel)));
  assert.is(countSubscribedSlots(store), 0);
  assert.is(await publisher.spublish("room:7", "hello"), 0);
  publisher.disconnect();
});

sharded("those of one turn go out in one write to each master", async ({ cluster, store }) => {
  await store.ssubscribe(CHANNELS[0] as string, ...[]);
  await Promise.all(CHANNELS.map((channel) => store.ssubscribe(channel)));
  const reads = async () => {
    const counts = await Promise.all(
      [0, 1, 2].map(async (index) => {
        const stats = await cluster.client(index).info("stats");
        return Number(/total_reads_processed:(\d+)/.exec(stats)?.[1]);
      }),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  };
  const before = await reads();
  await Promise.all(CHANNELS.map((channel) => store.sunsubscribe(channel)));
  // Masters talk with each other meanwhile, too.
  assert.ok((await reads()) - before < CHANNELS.length / 2);
});

sharded(
  "one that is refused when the connection is made anew is told by the store",
  async ({ cluster, store }) => {
    await Promise.all(CHANNELS.slice(0, 30).map((channel) => store.ssubscribe(channel)));
    const refused = new Promise<Error>((resolve) => store.once("refused", resolve));
    for (const index of [0, 1, 2])
      await cluster.client(index).call("ACL", "SETUSER", "default", "resetchannels");
    for (const index of [0, 1, 2]) await cluster.client(index).call("CLIENT", "KILL", "TYPE", "pubsub");
    assert.match((await refused).message, "NOPERM");
    for (const index of [0, 1, 2])
      await cluster.client(index).call("ACL", "SETUSER", "default", "allchannels");
  },
);

sharded("ioredis is held to the minor version whose insides are known", () => {
  const manifest = JSON.parse(readFileSync(new URL("../../server/package.json", import.meta.url), "utf8"));
  const used = JSON.parse(
    readFileSync(createRequire(import.meta.url).resolve("ioredis/package.json"), "utf8"),
  );
  assert.match(manifest.dependencies.ioredis, /^~6\.0\.\d+$/);
  assert.match(used.version, /^6\.0\./);
});

sharded.run();
