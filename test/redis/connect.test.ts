// time limit: 600 s
// about 30 s, mostly waiting

import { writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { Cluster, Redis } from "ioredis";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  type ConnectOptions,
  checkServer,
  connectRedis,
  masters,
  type Store,
} from "../../server/redis/connect.ts";
import { startCluster, startRedis, type TestCluster } from "../helpers/redis.ts";
import { freePort, launch, send } from "../helpers/redis-process.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";

const open = new Set<Store>();

function connect(url: string, options: Partial<ConnectOptions> = {}): Store {
  const store = connectRedis(url, { name: "tallystick-hub", ...options });
  store.on("error", () => undefined);
  open.add(store);
  return store;
}

function closeAll(): void {
  for (const store of open) store.disconnect();
  open.clear();
}

async function refusal(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => assert.unreachable("it did not fail") as never,
    (error: Error) => error.message,
  );
}

/** Tries until it succeeds; the runner's time limit ends it otherwise. */
async function untilDone(work: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await work();
      return;
    } catch {
      await setTimeout(50);
    }
  }
}

const single = suite("one server");
single.after.each(closeAll);

single("is reached over a Unix socket, under the line's name", async () => {
  const redis = await startRedis();
  const store = connect(redis.url);
  await checkServer(store);
  assert.match(String(await store.client("LIST")), / name=tallystick-hub /);
  assert.equal(masters(store), [store]);
  await redis.stop();
});

single("is reached over TCP, with user, password and database", async () => {
  const redis = await startRedis({ tcp: true, settings: { requirepass: "p@ss/word" } });
  const address = redis.url.slice("redis://".length);
  const store = connect(`redis://default:p%40ss%2Fword@${address}/5`);
  await checkServer(store);
  assert.match(String(await store.client("LIST")), / db=5 /);
  assert.match(await refusal(checkServer(connect(redis.url))), "NOAUTH");
  assert.match(await refusal(checkServer(connect(`redis://:wrong@${address}`))), "WRONGPASS");
  await redis.stop();
});

single("is said not to answer, and why, when nobody is there", async () => {
  const port = await freePort();
  const message = await refusal(checkServer(connect(`redis://127.0.0.1:${port}`)));
  assert.match(message, `the store does not answer: connect ECONNREFUSED 127.0.0.1:${port}`);
});

single("fails commands while it is away, and serves again when it is back", async () => {
  const redis = await startRedis({ durable: true });
  const store = connect(redis.url);
  await store.set("key", "there");
  await redis.kill("SIGKILL");
  for (let attempt = 0; attempt < 3; attempt++) await refusal(store.get("key"));
  await redis.restart();
  await untilDone(() => store.get("key"));
  assert.is(await store.get("key"), "there");
  await redis.stop();
});

single("fails a command that is not answered in time, and is reached again over a new line", async () => {
  const redis = await startRedis();
  const store = connect(redis.url, { commandTimeoutMs: 100 });
  await store.ping();
  const before = await store.client("ID");
  await redis.kill("SIGSTOP");
  assert.match(await refusal(store.ping()), /timed out/);
  // The silence ends the line, as it must when the other side is gone without a word.
  await new Promise((resolve) => store.once("close", resolve));
  await redis.kill("SIGCONT");
  await untilDone(() => store.ping());
  assert.is.not(await store.client("ID"), before);
  await redis.stop();
});

single("is waited for by a patient line, however long it is away", async () => {
  const redis = await startRedis({ durable: true });
  const store = connect(redis.url, { patient: true, commandTimeoutMs: 50 });
  await store.set("key", "there");
  await redis.kill("SIGKILL");
  const answer = store.get("key");
  await setTimeout(500);
  await redis.restart();
  assert.is(await answer, "there");
  await redis.stop();
});

single.run();

const old = suite("a server's version");
old.after.each(closeAll);

/** A server that says of itself what a real one of that version says. */
function pretend(info: string): Promise<{ url: string; server: Server }> {
  const answer = (socket: Socket, text: string) => {
    for (const [, command] of text.matchAll(/\r\n\$\d+\r\n(hello|client|info|ping)\r\n/gi)) {
      if (/info/i.test(command ?? "")) socket.write(`$${info.length}\r\n${info}\r\n`);
      else if (/hello/i.test(command ?? "")) socket.write("-ERR unknown command 'HELLO'\r\n");
      else socket.write("+PONG\r\n");
    }
  };
  return new Promise((resolve) => {
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.on("data", (chunk) => answer(socket, String(chunk)));
    });
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" ? address?.port : 0;
      resolve({ url: `redis://127.0.0.1:${port}`, server });
    });
  });
}

old("before 7.0 is refused", async () => {
  const { url, server } = await pretend("# Server\r\nredis_version:6.2.14\r\nloading:0\r\n");
  assert.match(await refusal(checkServer(connect(url))), "the store is Redis 6.2.14, and Tallystick needs");
  closeAll();
  server.close();
});

old("of Valkey is taken", async () => {
  const { url, server } = await pretend(
    "# Server\r\nredis_version:6.2.4\r\nvalkey_version:8.1.1\r\nloading:0\r\n",
  );
  await checkServer(connect(url));
  closeAll();
  server.close();
});

old.run();

const sentinel = suite("a master behind Sentinel");
sentinel.after.each(closeAll);

/** Starts a master and one Sentinel that watches over it under the name "book". */
async function startWatched(sentinelSettings: Record<string, string> = {}) {
  const redis = await startRedis({ tcp: true });
  const file = join(temporaryFolder(), "sentinel.conf");
  const port = await freePort();
  const [host, masterPort] = redis.url.slice("redis://".length).split(":");
  writeFileSync(file, `sentinel monitor book ${host} ${masterPort} 1\n`);
  const settings = { port: String(port), bind: "127.0.0.1", ...sentinelSettings };
  const watcher = await launch(settings, { host: "127.0.0.1", port }, { sentinelFile: file });
  const stop = async () => {
    await send(watcher, "SIGKILL");
    await redis.stop();
  };
  return { redis, address: `127.0.0.1:${port}`, stop };
}

sentinel("is found by its name", async () => {
  const { redis, address, stop } = await startWatched();
  const store = connect(`redis+sentinel://${address}/book`);
  await checkServer(store);
  await store.set("key", "there");
  assert.is(await redis.client().get("key"), "there");
  await stop();
});

sentinel("is found when the Sentinels ask for a password of their own", async () => {
  const { redis, address, stop } = await startWatched({ requirepass: "watch word" });
  const store = connect(`redis+sentinel://${address}/book?sentinelPassword=watch%20word`);
  await checkServer(store);
  await store.set("key", "there");
  assert.is(await redis.client().get("key"), "there");
  await stop();
});

sentinel("is found while another Sentinel is away, and nothing is printed of that", async () => {
  const { address, stop } = await startWatched();
  const printed: unknown[] = [];
  const { error } = console;
  console.error = (...words: unknown[]) => printed.push(words.join(" "));
  try {
    const store = connect(`redis+sentinel://${address},127.0.0.1:${await freePort()}/book`);
    await checkServer(store);
    // The connection over which failovers are heard of is made once the master's is there.
    await setTimeout(300);
  } finally {
    console.error = error;
  }
  await stop();
  assert.equal(printed, []);
});

sentinel("is refused under a wrong name, with the names that there are", async () => {
  const { address, stop } = await startWatched();
  assert.match(
    await refusal(checkServer(connect(`redis+sentinel://${address}/ledger`))),
    `the Sentinel at ${address} has no master named ledger; it has book`,
  );
  await stop();
});

sentinel("and Sentinel itself are told apart, and from a cluster and TLS", async () => {
  const { redis, address, stop } = await startWatched();
  const server = redis.url.slice("redis://".length);
  for (const [url, said] of [
    [`redis://${address}`, "is a Sentinel, not a Redis: use redis+sentinel://host:port/master"],
    [`redis+sentinel://${server}/book`, `${server} is no Sentinel: use redis://${server}`],
    [`redis+cluster://${server}`, `${server} is no cluster: use redis://${server}`],
    [`rediss://${server}`, `${server} does not speak TLS: use redis, not rediss`],
    [`rediss+sentinel://${address}/book`, `${address} does not speak TLS: use redis, not rediss`],
    [`rediss+cluster://${server}`, `${server} does not speak TLS: use redis, not rediss`],
  ] as const) {
    assert.match(await refusal(checkServer(connect(url, { commandTimeoutMs: 1500 }))), said, url);
  }
  await stop();
});

sentinel.run();

const KEYS = Array.from({ length: 30 }, (_, index) => `ts:{${index}}:key`);
const clusters = suite<{ cluster: TestCluster }>("a cluster");
clusters.before(async (context) => {
  context.cluster = await startCluster({ masters: 3, replicasPerMaster: 1 });
});
clusters.after.each(closeAll);
clusters.after(({ cluster }) => cluster.stop());

clusters("serves keys on all masters", async ({ cluster }) => {
  const store = connect(cluster.url);
  await checkServer(store);
  assert.instance(store, Cluster);
  await Promise.all(KEYS.map((key) => store.set(key, key)));
  assert.equal(await Promise.all(KEYS.map((key) => store.get(key))), KEYS);
});

clusters("tells all masters, which hold all keys between them", async ({ cluster }) => {
  const store = connect(cluster.url);
  await checkServer(store);
  const servers = masters(store);
  assert.is(servers.length, 3);
  assert.ok(servers.every((server) => server instanceof Redis));
  await Promise.all(KEYS.map((key) => store.set(key, key)));
  const found = await Promise.all(servers.map((server) => server.keys("ts:*")));
  assert.equal(found.flat().sort(), [...KEYS].sort());
  assert.ok(found.every((keys) => keys.length > 0));
});

clusters("is found from one node alone", async ({ cluster }) => {
  const [first = ""] = cluster.url.split(",");
  const store = connect(first);
  await checkServer(store);
  assert.is(masters(store).length, 3);
});

clusters(
  "serves again after a master's failover, by the client that was there before",
  async ({ cluster }) => {
    const store = connect(cluster.url);
    await checkServer(store);
    await Promise.all(KEYS.map((key) => store.set(key, key)));
    // What a replica does not have yet is lost with its master.
    await Promise.all(masters(store).map((server) => server.wait(1, 5000)));
    await cluster.kill(0);
    await cluster.untilServed();
    await untilDone(() => Promise.all(KEYS.map((key) => store.get(key))));
    assert.equal(await Promise.all(KEYS.map((key) => store.get(key))), KEYS);
    await cluster.restart(0);
    await cluster.untilServed();
  },
);

clusters("fails commands while all of it is away, and serves again when it is back", async ({ cluster }) => {
  const store = connect(cluster.url, { commandTimeoutMs: 500 });
  await checkServer(store);
  await Promise.all(KEYS.map((key) => store.set(key, key)));
  const nodes = cluster.pids.map((_, index) => index);
  await Promise.all(nodes.map((index) => cluster.kill(index)));
  for (let attempt = 0; attempt < 3; attempt++) {
    const answers = await Promise.allSettled(KEYS.map((key) => store.get(key)));
    assert.ok(answers.every(({ status }) => status === "rejected"));
  }
  await Promise.all(nodes.map((index) => cluster.restart(index)));
  await cluster.untilServed();
  await untilDone(() => Promise.all(KEYS.map((key) => store.get(key))));
  assert.equal(await Promise.all(KEYS.map((key) => store.get(key))), KEYS);
});

clusters("is said not to answer when nobody is there", async () => {
  const store = connect(`redis+cluster://127.0.0.1:${await freePort()}`, { commandTimeoutMs: 500 });
  assert.match(await refusal(checkServer(store)), "the store does not answer");
});

clusters.run();
