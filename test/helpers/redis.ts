/** Real Redis servers for the tests, on free ports or sockets in temporary folders. */
import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";
import { Redis } from "ioredis";
import { findRedisServer } from "../../server/redis/find-server.ts";
import { temporaryFolder } from "./temporary-folder.ts";

export interface TestRedis {
  readonly url: string;
  readonly pid: number;
  /** A connection of the test's own, closed by `stop`. */
  client(): Redis;
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same data, after `kill`. */
  restart(): Promise<void>;
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

/** Started servers, killed by process id when the test's process ends in whatever way it can still see. */
const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => process.exit(1));

/** Starts a server of the test's own; whoever starts it stops it. */
export async function startRedis(options: TestRedisOptions = {}): Promise<TestRedis> {
  const folder = temporaryFolder();
  const port = options.tcp ? await freePort() : 0;
  const address = options.tcp ? { host: "127.0.0.1", port } : { path: join(folder, "redis.sock") };
  const settings = {
    dir: folder,
    port: String(port),
    bind: "127.0.0.1",
    ...(!options.tcp && { unixsocket: join(folder, "redis.sock") }),
    save: "",
    "hash-max-listpack-value": "1024",
    ...(options.durable && DURABLE),
    ...options.settings,
  };
  const clients = new Set<Redis>();
  const client = () => {
    const opened = new Redis({ ...address, maxRetriesPerRequest: null, retryStrategy: () => 20 });
    opened.on("error", () => undefined);
    clients.add(opened);
    return opened;
  };
  let child = await launch(settings, address);
  return {
    url: options.tcp ? `redis://127.0.0.1:${port}` : `unix:${join(folder, "redis.sock")}`,
    get pid() {
      return child.pid as number;
    },
    client,
    kill: (signal) => end(child, signal),
    restart: async () => {
      child = await launch(settings, address);
    },
    stop: async () => {
      for (const opened of clients) opened.disconnect();
      await end(child, "SIGKILL");
    },
  };
}

/** Starts a server process and waits until it answers and has loaded its data. */
export async function launch(
  settings: Record<string, string>,
  address: { host: string; port: number } | { path: string },
): Promise<ChildProcess> {
  const program = findRedisServer({ log: console.error });
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const child = spawn(program.path, args, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stdout?.on("data", (chunk) => {
    said = `${said}${chunk}`.slice(-2000);
  });
  running.add(child);
  child.once("exit", () => running.delete(child));
  const probe = new Redis({ ...address, maxRetriesPerRequest: null, retryStrategy: () => 20 });
  probe.on("error", () => undefined);
  const ended = new Promise<never>((_, reject) => {
    child.once("exit", (code) => reject(new Error(`redis-server ended with ${code}:\n${said}`)));
  });
  ended.catch(() => undefined);
  try {
    await Promise.race([probe.ping(), ended]);
  } finally {
    probe.disconnect();
  }
  return child;
}

/** Ends a server process and waits until it is gone. */
export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  await gone;
}

/** A port that nothing listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
