// about 18 s, mostly waiting
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { connectRedis, type Store } from "../../../server/redis/connect.ts";
import {
  type EmbeddedRedis,
  runningRedis,
  startEmbeddedRedis,
} from "../../../server/redis/embedded/embedded-redis.ts";
import { nodeArguments } from "../../helpers/source.ts";
import { temporaryFolder } from "../../helpers/temporary-folder.ts";

const HUB = join(dirname(dirname(import.meta.dirname)), "fixtures", "embedded-hub.ts");
const hubs = new Set<ChildProcess>();
const servers = new Set<number>();

const embedded = suite("the hub's own Redis");

embedded.after.each(() => {
  for (const hub of hubs) hub.kill("SIGKILL");
  for (const pid of servers) if (isAlive(pid)) process.kill(pid, "SIGKILL");
  hubs.clear();
  servers.clear();
});

async function start(dataDir: string, settings: Record<string, string> = {}): Promise<EmbeddedRedis> {
  const redis = await startEmbeddedRedis({ dataDir, settings, log: () => undefined });
  servers.add(redis.pid);
  return redis;
}

interface Said {
  url: string;
  pid: number;
  adopted: boolean;
  refused?: string;
}

/** Starts another process that stands for a hub. */
async function startHub(dataDir: string, environment: Record<string, string> = {}) {
  const hub = spawn(process.execPath, [...nodeArguments(HUB), dataDir], {
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
    env: { ...process.env, ...environment },
  });
  hubs.add(hub);
  const [line] = (await once(createInterface(hub.stdout), "line")) as [string];
  const said = JSON.parse(line) as Said;
  if (said.pid) servers.add(said.pid);
  return { said, hub, group: hub.pid as number };
}

async function killed(hub: ChildProcess, kill: () => void): Promise<void> {
  const gone = once(hub, "exit");
  kill();
  await gone;
}

async function on<T>(url: string, work: (store: Store) => Promise<T>): Promise<T> {
  const store = connectRedis(url, { name: "test" });
  try {
    return await work(store);
  } finally {
    store.disconnect();
  }
}

const put = (url: string, key: string) => on(url, (store) => store.set(key, "there"));
const get = (url: string, key: string) => on(url, (store) => store.get(key));

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function refusal(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => assert.unreachable("it was not refused") as never,
    (error: Error) => error.message,
  );
}

embedded("keeps every write on the disk, and evicts nothing", async () => {
  const redis = await start(temporaryFolder());
  const settings = await on(redis.url, (store) =>
    store.config("GET", "appendonly", "appendfsync", "save", "maxmemory-policy", "port"),
  );
  assert.equal(Object.fromEntries(chunk(settings as string[])), {
    appendonly: "yes",
    appendfsync: "always",
    save: "",
    "maxmemory-policy": "noeviction",
    port: "0",
  });
  assert.match(redis.version, /^\d+\.\d+/);
  await redis.stop();
});

function chunk(list: string[]): [string, string][] {
  return list.flatMap((name, index) =>
    index % 2 === 0 ? [[name, list[index + 1] ?? ""] as [string, string]] : [],
  );
}

embedded("takes settings of its user's", async () => {
  const redis = await start(temporaryFolder(), { maxclients: "77" });
  const clients = await on(redis.url, (store) => store.config("GET", "maxclients"));
  assert.equal(clients, ["maxclients", "77"]);
  await redis.stop();
});

embedded("is private to its user, with all that it writes", async () => {
  const dataDir = join(temporaryFolder(), "made", "by itself");
  const redis = await start(dataDir);
  await put(redis.url, "key");
  assert.is(statSync(dataDir).mode & 0o777, 0o700);
  for (const file of readdirSync(dataDir, { recursive: true, encoding: "utf8" })) {
    // Whose folder the data is in is nobody else's business, so nobody else reaches the lock's socket.
    if (file.startsWith("lock-")) continue;
    assert.is(statSync(join(dataDir, file)).mode & 0o077, 0, file);
  }
  await redis.stop();
});

embedded("has its data again after it was stopped and started, and leaves no process", async () => {
  const dataDir = temporaryFolder();
  const first = await start(dataDir);
  await put(first.url, "key");
  await first.stop();
  assert.not(isAlive(first.pid));
  const second = await start(dataDir);
  assert.not(second.adopted);
  assert.is(await get(second.url, "key"), "there");
  await second.stop();
});

embedded("may be stopped twice, and when it is gone already", async () => {
  const redis = await start(temporaryFolder());
  process.kill(redis.pid, "SIGKILL");
  await Promise.all([redis.stop(), redis.stop()]);
});

embedded("has its data again after kill -9 of the server", async () => {
  const dataDir = temporaryFolder();
  const first = await start(dataDir);
  await put(first.url, "key");
  process.kill(first.pid, "SIGKILL");
  await first.stop();
  const second = await start(dataDir);
  assert.not(second.adopted);
  assert.is(await get(second.url, "key"), "there");
  await second.stop();
});

embedded("drops a write that a crash cut in half", async () => {
  const dataDir = temporaryFolder();
  const first = await start(dataDir);
  await put(first.url, "key");
  process.kill(first.pid, "SIGKILL");
  await first.stop();
  const folder = join(dataDir, "appendonlydir");
  const log = readdirSync(folder).find((file) => file.endsWith(".incr.aof")) as string;
  appendFileSync(join(folder, log), "*3\r\n$3\r\nSET\r\n$4\r\nhalf\r\n$9\r\nno");
  const second = await start(dataDir);
  assert.is(await get(second.url, "key"), "there");
  assert.is(await get(second.url, "half"), null);
  await second.stop();
});

embedded("is taken over, still running, when its hub was killed", async () => {
  const dataDir = temporaryFolder();
  const { said, hub } = await startHub(dataDir);
  await put(said.url, "key");
  await killed(hub, () => hub.kill("SIGKILL"));
  const redis = await start(dataDir);
  assert.ok(redis.adopted);
  assert.is(redis.pid, said.pid);
  assert.is(await get(redis.url, "key"), "there");
  await redis.stop();
  assert.is(await runningRedis(dataDir), undefined);
});

embedded("starts again on its data when hub and server were killed", async () => {
  const dataDir = temporaryFolder();
  const { said, hub } = await startHub(dataDir);
  await put(said.url, "key");
  await killed(hub, () => hub.kill("SIGKILL"));
  process.kill(said.pid, "SIGKILL");
  const redis = await start(dataDir);
  assert.is.not(redis.pid, said.pid);
  assert.is(await get(redis.url, "key"), "there");
  await redis.stop();
});

embedded("outlives Ctrl-C, which is for the hub to handle", async () => {
  const dataDir = temporaryFolder();
  const { said, hub, group } = await startHub(dataDir);
  await killed(hub, () => process.kill(-group, "SIGINT"));
  // A server that was told to end as well takes a moment for it.
  await setTimeout(300);
  assert.ok(isAlive(said.pid));
  const redis = await start(dataDir);
  assert.ok(redis.adopted);
  assert.is(redis.pid, said.pid);
  await redis.stop();
});

embedded("is waited for, not replaced, when it does not answer just now", async () => {
  const dataDir = temporaryFolder();
  const { said, hub } = await startHub(dataDir);
  await killed(hub, () => hub.kill("SIGKILL"));
  process.kill(said.pid, "SIGSTOP");
  const starting = start(dataDir);
  // Long enough for a second server to have come up, were it started.
  await setTimeout(300);
  process.kill(said.pid, "SIGCONT");
  const redis = await starting;
  assert.ok(redis.adopted);
  assert.is(redis.pid, said.pid);
  await redis.stop();
});

embedded("refuses a second hub while the first one lives, and then no more", async () => {
  const dataDir = temporaryFolder();
  const first = await start(dataDir);
  const { said } = await startHub(dataDir);
  assert.match(said.refused ?? "", `${dataDir} is in use by another Tallystick`);
  assert.match(await refusal(start(dataDir)), "DATA_DIR of its own");
  await put(first.url, "key");
  await first.stop();
  const second = await start(dataDir);
  assert.is(await get(second.url, "key"), "there");
  await second.stop();
});

embedded("refuses a second hub while the first one is stopped in its tracks", async () => {
  const dataDir = temporaryFolder();
  const { hub } = await startHub(dataDir);
  hub.kill("SIGSTOP");
  assert.match(await refusal(start(dataDir)), "in use by another Tallystick");
});

embedded(
  "lets exactly one in of many that come at the same instant, also over a dead hub's lock",
  async () => {
    const dataDir = temporaryFolder();
    const { hub } = await startHub(dataDir);
    await killed(hub, () => hub.kill("SIGKILL"));
    const all = await Promise.all(Array.from({ length: 4 }, () => startHub(dataDir)));
    const winners = all.filter(({ said }) => said.refused === undefined);
    assert.is(winners.length, 1);
    assert.ok(winners[0]?.said.adopted);
  },
);

embedded(
  "works in a folder whose path is too long for a Unix socket, whatever TMPDIR says later",
  async () => {
    const dataDir = join(temporaryFolder(), "a folder with a long name ".repeat(6));
    const { said, hub } = await startHub(dataDir, { TMPDIR: temporaryFolder() });
    assert.ok(said.url.length < 108);
    await put(said.url, "key");
    assert.match((await startHub(dataDir)).said.refused ?? "", "in use by another Tallystick");
    await killed(hub, () => hub.kill("SIGKILL"));
    const redis = await start(dataDir);
    assert.ok(redis.adopted);
    assert.is(await get(redis.url, "key"), "there");
    await redis.stop();
  },
);

embedded("never starts a second server where one still runs whose socket was removed", async () => {
  const dataDir = temporaryFolder();
  const { said, hub } = await startHub(dataDir);
  await killed(hub, () => hub.kill("SIGKILL"));
  rmSync(said.url.slice("unix:".length));
  assert.match(
    await refusal(start(dataDir)),
    `a redis-server (process ${said.pid}) still runs on ${dataDir}`,
  );
});

embedded("says what the server said when it can't be started, and lets go of the folder", async () => {
  const dataDir = temporaryFolder();
  const message = await refusal(start(dataDir, { "maxmemory-policy": "whatever" }));
  assert.match(message, "redis-server ended with 1 while starting");
  assert.match(message, "maxmemory-policy");
  const redis = await start(dataDir);
  await redis.stop();
});

embedded("is found by a process that only visits, while it runs", async () => {
  const dataDir = temporaryFolder();
  assert.is(await runningRedis(dataDir), undefined);
  assert.is(await runningRedis(join(dataDir, "missing")), undefined);
  const redis = await start(dataDir);
  assert.equal(await runningRedis(dataDir), { url: redis.url });
  await redis.stop();
  assert.is(await runningRedis(dataDir), undefined);
});

embedded("leaves a folder that was there before as open as it was", async () => {
  const dataDir = join(temporaryFolder(), "shared");
  mkdirSync(dataDir, { mode: 0o755 });
  const redis = await start(dataDir);
  assert.is(statSync(dataDir).mode & 0o777, 0o755);
  await redis.stop();
});

embedded(
  "a server that dies under its hub is started again on its data, and stopped with the hub",
  async () => {
    const redis = await start(temporaryFolder());
    await on(redis.url, (store) => store.set("key", "there"));
    const before = redis.pid;
    process.kill(before, "SIGKILL");
    while (redis.pid === before) await setTimeout(20);
    servers.add(redis.pid);
    assert.is(await on(redis.url, (store) => store.get("key")), "there");
    await redis.stop();
    assert.not.ok(isAlive(redis.pid));
  },
);

embedded("a server that is killed while its hub stops it is not started again", async () => {
  const folder = temporaryFolder();
  const redis = await start(folder);
  process.kill(redis.pid, "SIGKILL");
  await redis.stop();
  assert.is(await runningRedis(folder), undefined);
  assert.not.ok(isAlive(redis.pid));
});

embedded.run();
