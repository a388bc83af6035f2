/** Connects to the store: one server, over TLS or a Unix socket, behind Sentinel, or a cluster. */
import { Cluster, Redis, type RedisOptions } from "ioredis";
import { parseServerInfo, refuseOldServer } from "./server-info.ts";
import { parseRedisUrl, type RedisAddress } from "./url.ts";

export { parseRedisUrl };
export type Store = Redis | Cluster;

export interface ConnectOptions {
  /** What the server's CLIENT LIST shows; a hub's own lines are found by it. */
  name: string;
  /** Gather the commands of one turn of the event loop into one write. */
  autoPipelining: boolean;
  /** After this long without an answer nobody knows what became of a command, milliseconds. */
  commandTimeoutMs?: number;
  /** Let commands wait for the store however long it is away; for lines that only subscribe. */
  patient?: boolean;
}

const COMMAND_TIMEOUT_MS = 5000;

/** Waits between attempts to connect: it is never given up, and never tried more than each second. */
function backoff(attempt: number): number {
  return Math.min(25 * 2 ** Math.min(attempt, 6), 1000);
}

/**
 * Connects to a store. The client comes back by itself after a lost line; a command that waits for it
 * longer than one attempt fails, so that commands don't pile up.
 *
 * @throws TypeError when the URL is not one.
 */
export function connectRedis(url: string, options: ConnectOptions): Store {
  const address = parseRedisUrl(url);
  const common = commonOptions(address, options);
  switch (address.kind) {
    case "socket":
      return new Redis({ ...common, path: address.path });
    case "single":
      return new Redis({ ...common, host: address.host, port: address.port, db: address.db });
    case "sentinel":
      return new Redis({
        ...common,
        sentinels: address.nodes,
        name: address.master,
        ...(address.tls && { enableTLSForSentinelMode: true, sentinelTLS: {} }),
      });
    case "cluster":
      return connectCluster(address, common, options);
  }
}

function commonOptions(address: RedisAddress, options: ConnectOptions) {
  const timeoutMs = options.commandTimeoutMs ?? COMMAND_TIMEOUT_MS;
  return {
    connectionName: options.name,
    enableAutoPipelining: options.autoPipelining,
    ...(options.patient
      ? { maxRetriesPerRequest: null }
      : // A line that is half-open gives no error: it is known by its silence.
        { maxRetriesPerRequest: 1, commandTimeout: timeoutMs, socketTimeout: 2 * timeoutMs }),
    connectTimeout: 5000,
    keepAlive: 10_000,
    retryStrategy: backoff,
    ...("username" in address && address.username !== undefined && { username: address.username }),
    ...("password" in address && address.password !== undefined && { password: address.password }),
    ...("tls" in address && address.tls && { tls: {} }),
  } satisfies RedisOptions;
}

function connectCluster(
  address: Extract<RedisAddress, { kind: "cluster" }>,
  common: ReturnType<typeof commonOptions>,
  options: ConnectOptions,
): Cluster {
  const { retryStrategy, enableAutoPipelining, ...redisOptions } = common;
  const cluster = new Cluster(address.nodes, {
    clusterRetryStrategy: retryStrategy,
    enableAutoPipelining,
    redisOptions,
    // Each shard's messages come over a line to that shard, so that they never cross the cluster's bus.
    shardedSubscribers: true,
    // A failover is noticed by MOVED, and by this where no command is sent.
    slotsRefreshInterval: 5000,
    slotsRefreshTimeout: options.commandTimeoutMs ?? COMMAND_TIMEOUT_MS,
    retryDelayOnFailover: 100,
    retryDelayOnClusterDown: 200,
    maxRedirections: 8,
    // A certificate is checked against the host's name, so that must stay.
    ...(address.tls && { dnsLookup: (host, done) => done(null, host) }),
  });
  if (!options.patient) keepQueueShort(cluster, options.commandTimeoutMs ?? COMMAND_TIMEOUT_MS);
  return cluster;
}

/**
 * A cluster's client keeps commands without limit of time or number while no node is there. Before it has
 * served at all they wait up to their time-out; later they fail at once.
 */
function keepQueueShort(cluster: Cluster, timeoutMs: number): void {
  let hasServed = false;
  cluster.once("ready", () => {
    hasServed = true;
  });
  const send = cluster.sendCommand.bind(cluster);
  cluster.sendCommand = (command, stream, node) => {
    command.setTimeout(timeoutMs);
    // By CLUSTER INFO the client itself finds that it may serve again.
    const maySend = !hasServed || cluster.status === "ready" || command.name === "cluster";
    if (maySend) return send(command, stream, node);
    command.reject(new Error("Cluster isn't ready"));
    return command.promise;
  };
}

/** All servers that hold a part of the book: a cluster's masters, or the one. */
export function masters(store: Store): Redis[] {
  return store instanceof Cluster ? store.nodes("master") : [store];
}

/**
 * Waits for the store and checks that it can serve.
 *
 * @throws Error when it does not answer, or a server is older than Redis 7.0.
 */
export async function checkServer(store: Store): Promise<void> {
  // A cluster knows its masters only after its first answer.
  await firstAnswer(store);
  for (const server of masters(store)) {
    refuseOldServer(parseServerInfo(await server.info("server")));
  }
}

/** The command's own error tells only that it was not answered; the line's errors tell why. */
async function firstAnswer(store: Store): Promise<void> {
  let reason: unknown;
  const remember = (error: unknown) => {
    reason = error;
  };
  store.on("error", remember);
  try {
    await store.ping();
  } catch (error) {
    // A host with several addresses gives an error without a message of its own.
    const { message, code } = (reason ?? error) as NodeJS.ErrnoException;
    throw new Error(`the store does not answer: ${message || code}`, { cause: error });
  } finally {
    store.off("error", remember);
  }
}
