/** A store that can't serve is told from a fault of our own, by real servers. */
import { setTimeout } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { isUnavailable } from "../../server/redis/availability.ts";
import { connectRedis, type Store } from "../../server/redis/connect.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { startSentinel } from "../helpers/redis-sentinel.ts";
import { startProxy } from "../helpers/tcp-proxy.ts";

const availability = suite("a store that can't serve");

function connect(url: string): Store {
  const store = connectRedis(url, { name: "tallystick-hub", commandTimeoutMs: 1000 });
  store.on("error", () => undefined);
  return store;
}

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

availability("is unavailable when its password is changed under the hub", async () => {
  const redis = await startRedis({ tcp: true, settings: { requirepass: "old" } });
  const url = redis.url.replace("//", "//:old@");
  const [operator, store] = [connect(url), connect(url)];
  await store.set("key", "there");
  await operator.config("SET", "requirepass", "new");
  await operator.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
  const errors: unknown[] = [];
  const until = Date.now() + 1500;
  while (Date.now() < until) {
    errors.push(await errorOf(store.set("key", "again")));
    await setTimeout(50);
  }
  for (const error of errors) assert.ok(isUnavailable(error), String(error));
  assert.ok(
    errors.some((error) => /NOAUTH|WRONGPASS/.test(String(error))),
    String(errors),
  );
  for (const one of [operator, store]) one.disconnect();
  await redis.stop();
});

availability("is unavailable when its user loses the right to a command", async () => {
  const redis = await startRedis({ tcp: true });
  await redis.client().acl("SETUSER", "hub", "on", ">pw", "~*", "&*", "+@all");
  const store = connect(redis.url.replace("//", "//hub:pw@"));
  await store.set("key", "there");
  await redis.client().acl("SETUSER", "hub", "-set");
  const error = await errorOf(store.set("key", "again"));
  assert.match(String(error), "NOPERM");
  assert.ok(isUnavailable(error));
  store.disconnect();
  await redis.stop();
});

/** How long until a write succeeds again, milliseconds; whatever fails meanwhile has to be `unavailable`. */
async function writesAgainAfter(store: Store, server: TestRedis): Promise<number> {
  const since = Date.now();
  for (;;) {
    const error = await errorOf(store.set("written", String(since)));
    if (error === undefined && (await server.client().get("written")) === String(since))
      return Date.now() - since;
    assert.ok(error === undefined || isUnavailable(error), String(error));
    assert.ok(Date.now() - since < 60_000, `still ${error}`);
    await setTimeout(50);
  }
}

availability(
  "is followed by an address that moves to the promoted replica while the old connection stays",
  async () => {
    const settings = { "repl-diskless-sync-delay": "0" };
    const [first, second] = await Promise.all([1, 2].map(() => startRedis({ tcp: true, settings })));
    const ports = [first, second].map((redis) => Number(redis?.url.split(":").at(-1)));
    let target = ports[0] as number;
    const address = await startProxy(() => ({ host: "127.0.0.1", port: target }));
    const store = connect(`redis://127.0.0.1:${address.port}`);
    await store.set("key", "there");
    await first?.client().replicaof("127.0.0.1", ports[1] as number);
    target = ports[1] as number;
    assert.ok((await writesAgainAfter(store, second as TestRedis)) < 20_000);
    store.disconnect();
    await address.close();
    await Promise.all([first?.stop(), second?.stop()]);
  },
);

availability("behind Sentinel is followed within seconds of a planned failover", async () => {
  const watched = await startSentinel();
  const store = connect(watched.url);
  await store.set("key", "there");
  await watched.failOver();
  await watched.untilPromoted(watched.master);
  const tookMs = await writesAgainAfter(store, watched.replica);
  // Without asking Sentinel it would stay with the old master for 10 to 16 s.
  assert.ok(tookMs < 8000, `${tookMs} ms`);
  store.disconnect();
  await watched.stop();
});

availability.run();
