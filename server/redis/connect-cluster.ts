/** The client of a Redis Cluster, and where it needs a hand. */
import { Cluster, type RedisOptions } from "ioredis";
import type { RedisAddress } from "./url.ts";

export interface ClusterOptions {
  /** Let commands wait for the store however long it is away. */
  patient: boolean;
  /** After this long without an answer nobody knows what became of a command, milliseconds. */
  timeoutMs: number;
}

type LineOptions = NonNullable<ConstructorParameters<typeof Cluster>[1]>["redisOptions"] &
  Pick<RedisOptions, "retryStrategy">;

/** Between two looks at which node has which slots there is at least this, milliseconds. */
const CALM_MS = 100;

/** Connects to all nodes of a cluster, each over a line with the given options. */
export function connectCluster(
  address: Extract<RedisAddress, { kind: "cluster" }>,
  line: LineOptions,
  { patient, timeoutMs }: ClusterOptions,
): Cluster {
  const { retryStrategy, ...redisOptions } = line;
  const cluster = new Cluster(address.nodes, {
    clusterRetryStrategy: (attempt) => retryStrategy?.(attempt) ?? null,
    redisOptions,
    // Each shard's messages come over a line to that shard, so that they never cross the cluster's bus.
    shardedSubscribers: true,
    // A failover is noticed by MOVED, and by this where no command is sent.
    slotsRefreshInterval: 5000,
    slotsRefreshTimeout: timeoutMs,
    retryDelayOnFailover: 100,
    retryDelayOnClusterDown: 200,
    maxRedirections: 8,
    // A certificate is checked against the host's name, so that must stay.
    ...(address.tls && { dnsLookup: (host, done) => done(null, host) }),
  });
  refreshCalmly(cluster);
  if (!patient) keepQueueShort(cluster, timeoutMs);
  return cluster;
}

/**
 * While a node is down, the client's line that listens to it ends as soon as it begins, and each end makes the
 * client look at the slots and begin again at once: some hundred times a second, until the node's
 * replica has taken over.
 */
function refreshCalmly(cluster: Cluster): void {
  const refresh = cluster.refreshSlotsCache.bind(cluster);
  let nextAt = 0;
  cluster.refreshSlotsCache = (callback) => {
    const now = performance.now();
    const waitMs = Math.max(0, nextAt - now);
    nextAt = now + waitMs + CALM_MS;
    if (waitMs === 0) refresh(callback);
    else setTimeout(refresh, waitMs, callback).unref();
  };
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
