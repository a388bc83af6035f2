/** A real Redis server for a test, on a socket or a free port, in a temporary folder. */
import { cp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Redis } from "ioredis";
import { connectPatiently, launch, onFreePorts, type RedisAddress, send } from "./redis-process.ts";
import { removeFolder, temporaryFolder } from "./temporary-folder.ts";

export { startCluster, type TestCluster } from "./redis-cluster.ts";

export interface TestRedis {
  readonly url: string;
  readonly pid: number;
  /** A new connection of the test's own, closed by `stop`. */
  client(): Redis;
  /** Sends a signal; waits for the end where the signal brings it. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same data, after `kill` or instead of it. */
  restart(): Promise<void>;
  /** Copies the files of a durable server; the function it answers puts them in place of its own, and starts it on them. */
  copyFiles(): Promise<() => Promise<void>>;
  stop(): Promise<void>;
}

export interface TestRedisOptions {
  /** Keep every write as the hub's own Redis does. */
  durable?: boolean;
  /** Listen on a free TCP port rather than a Unix socket. */
  tcp?: boolean;
  /** More settings, by their names in redis.conf. */
  settings?: Record<string, string>;
}

const DURABLE = { appendonly: "yes", appendfsync: "always" };

/** Starts a server of the test's own; whoever starts it stops it. */
export async function startRedis(options: TestRedisOptions = {}): Promise<TestRedis> {
  const folder = temporaryFolder();
  if (!options.tcp) return start(options, { folder, address: { path: join(folder, "redis.sock") } });
  return onFreePorts(1, ([port = 0]) => start(options, { folder, address: { host: "127.0.0.1", port } }));
}

async function start(
  options: TestRedisOptions,
  { folder, address }: { folder: string; address: RedisAddress },
): Promise<TestRedis> {
  const isSocket = "path" in address;
  const settings = {
    dir: folder,
    ...(isSocket
      ? { port: "0", unixsocket: address.path }
      : { port: String(address.port), bind: address.host }),
    save: "",
    "hash-max-listpack-value": "1024",
    ...(options.durable && DURABLE),
    ...options.settings,
  };
  const clients = new Set<Redis>();
  let copies = 0;
  let child = await launch(settings, address);
  return {
    url: isSocket ? `unix:${address.path}` : `redis://${address.host}:${address.port}`,
    get pid() {
      return child.pid as number;
    },
    client: () => {
      const client = connectPatiently(address);
      clients.add(client);
      return client;
    },
    kill: (signal) => send(child, signal),
    restart: async () => {
      await send(child, "SIGKILL");
      child = await launch(settings, address);
    },
    copyFiles: async () => {
      const files = join(folder, "appendonlydir");
      const copy = join(folder, `copy-${copies++}`);
      await cp(files, copy, { recursive: true });
      return async () => {
        await send(child, "SIGKILL");
        await rm(files, { recursive: true });
        await rename(copy, files);
        child = await launch(settings, address);
      };
    },
    stop: async () => {
      for (const client of clients) client.disconnect();
      await send(child, "SIGKILL");
      removeFolder(folder);
    },
  };
}
