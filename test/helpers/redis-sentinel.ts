/** A real master with a replica, and Sentinels that watch over them, for a test. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Redis } from "ioredis";
import { startRedis, type TestRedis } from "./redis.ts";
import { connectPatiently, launch, onFreePorts, send } from "./redis-process.ts";
import { removeFolder, temporaryFolder } from "./temporary-folder.ts";

const HOST = "127.0.0.1";
const SENTINELS = 3;
/** A lost master is noticed soon, so that tests need not wait long. */
const NOTICED_AFTER_MS = 500;

export interface TestSentinel {
  /** `redis+sentinel:`, the addresses of the Sentinels and the master's name. */
  readonly url: string;
  readonly master: TestRedis;
  readonly replica: TestRedis;
  /** A new connection to whichever is the master now, closed by `stop`. */
  client(): Promise<Redis>;
  /** Has the replica take its master's place while that is up, as an operator does who plans it. */
  failOver(): Promise<void>;
  /** Waits until another than `before` is the master. */
  untilPromoted(before: TestRedis): Promise<void>;
  stop(): Promise<void>;
}

/** Starts them; whoever starts them stops them. */
export async function startSentinel(): Promise<TestSentinel> {
  const folder = temporaryFolder();
  const settings = { "repl-diskless-sync-delay": "0" };
  const master = await startRedis({ durable: true, tcp: true, settings });
  const masterPort = portOf(master);
  const replica = await startRedis({
    durable: true,
    tcp: true,
    settings: { ...settings, replicaof: `${HOST} ${masterPort}` },
  });
  const ports = await onFreePorts(SENTINELS, async (free) => {
    await Promise.all(free.map((port) => watch(folder, port, masterPort)));
    return free;
  });
  const watchers = ports.map((port) => ({ port, line: connectPatiently({ host: HOST, port }) }));
  const first = watchers[0]?.line as Redis;
  const clients = new Set<Redis>();
  const masterNow = async () => {
    const [, port] = (await first.call("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "book")) as string[];
    return Number(port);
  };
  await until(async () => (await knows(first, "num-slaves")) === 1);
  await until(async () => (await knows(first, "num-other-sentinels")) === SENTINELS - 1);
  return {
    url: `redis+sentinel://${ports.map((port) => `${HOST}:${port}`).join(",")}/book`,
    master,
    replica,
    client: async () => {
      const client = connectPatiently({ host: HOST, port: await masterNow() });
      clients.add(client);
      return client;
    },
    // A Sentinel refuses while it does not know the replica's state well enough.
    failOver: () =>
      until(async () => (await first.call("SENTINEL", "FAILOVER", "book").catch(() => "")) === "OK"),
    untilPromoted: (before) => until(async () => (await masterNow()) !== portOf(before)),
    stop: async () => {
      for (const line of [...clients, ...watchers.map((watcher) => watcher.line)]) line.disconnect();
      await Promise.all(processes.splice(0).map((child) => send(child, "SIGKILL")));
      await Promise.all([master.stop(), replica.stop()]);
      removeFolder(folder);
    },
  };
}

const processes: Awaited<ReturnType<typeof launch>>[] = [];

async function watch(folder: string, port: number, masterPort: number): Promise<void> {
  const file = join(folder, `sentinel-${port}.conf`);
  const lines = [
    `sentinel monitor book ${HOST} ${masterPort} 2`,
    `sentinel down-after-milliseconds book ${NOTICED_AFTER_MS}`,
    "sentinel failover-timeout book 3000",
  ];
  writeFileSync(file, `${lines.join("\n")}\n`);
  const settings = { port: String(port), bind: HOST, dir: folder };
  processes.push(await launch(settings, { host: HOST, port }, { sentinelFile: file }));
}

async function knows(sentinel: Redis, what: string): Promise<number> {
  const fields = (await sentinel.call("SENTINEL", "MASTER", "book")) as string[];
  return Number(fields[fields.indexOf(what) + 1]);
}

function portOf(redis: TestRedis): number {
  return Number(redis.url.split(":").at(-1));
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error("Sentinel did not come to it within a minute");
    await setTimeout(20);
  }
}
