/** Processes of redis-server for the tests, none of which outlives the process that started it. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { createServer } from "node:net";
import { Redis } from "ioredis";
import { findRedisServer } from "../../server/redis/embedded/find-server.ts";

export type RedisAddress = { host: string; port: number } | { path: string };

/** Started servers, killed by process id when the test's process ends in whatever way it can still see. */
const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.once(signal, () => process.exit(1));

let program: string | undefined;

/** Starts a server process and waits until it answers and has loaded its data. */
export async function launch(
  settings: Record<string, string>,
  address: RedisAddress,
  options: { sentinelFile?: string } = {},
): Promise<ChildProcess> {
  program ??= findRedisServer({ log: console.error }).path;
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  // A Sentinel keeps what it learns in its file.
  if (options.sentinelFile) args.unshift(options.sentinelFile, "--sentinel");
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  const listen = (chunk: Buffer) => {
    said = `${said}${chunk}`.slice(-2000);
  };
  child.stdout.on("data", listen);
  child.stderr.on("data", listen);
  running.add(child);
  child.once("exit", () => running.delete(child));
  const probe = connectPatiently(address);
  const ended = new Promise<never>((_, reject) => {
    child.once("exit", (code) => reject(new Error(`redis-server ended with ${code}:\n${said}`)));
  });
  ended.catch(() => undefined);
  try {
    await Promise.race([answer(probe), ended]);
  } finally {
    probe.disconnect();
  }
  return child;
}

/** A server that asks for a password is there as well. */
async function answer(probe: Redis): Promise<void> {
  await probe.ping().catch((error: Error) => {
    if (!error.message.startsWith("NOAUTH")) throw error;
  });
}

/** A connection that waits for its server however long it is away. */
export function connectPatiently(address: RedisAddress): Redis {
  const client = new Redis({ ...address, maxRetriesPerRequest: null, retryStrategy: () => 20 });
  client.on("error", () => undefined);
  return client;
}

const DEADLY: ReadonlySet<NodeJS.Signals> = new Set(["SIGKILL", "SIGTERM", "SIGINT"]);

/** Sends a server a signal, and waits until it is gone where the signal ends it. */
export async function send(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = DEADLY.has(signal) && new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  if (gone) await gone;
}

/**
 * Ports that systems do not give out by themselves, so that no connection of another test takes one that is free for a
 * while: before its server starts, or while it is started again. Those below are ones that browsers refuse, or well known.
 */
const PORTS = { from: 11_000, to: 32_000 };

/** A port that nothing listens on. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(PORTS.from, PORTS.to);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** Starts something on free ports, once more when another process was quicker to take one of them. */
export async function onFreePorts<T>(count: number, start: (ports: number[]) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const ports = await Promise.all(Array.from({ length: count }, freePort));
    try {
      return await start(ports);
    } catch (error) {
      if (attempt === 5 || !/Address already in use/i.test(String(error))) throw error;
    }
  }
}
