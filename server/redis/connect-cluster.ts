/** The client of a Redis Cluster, with limits that ioredis lacks: on slot refreshes and on its queue. */
import { Cluster, type RedisOptions } from "ioredis";
import type { RedisAddress } from "./url.ts";

export interface ClusterOptions {
  /** Let commands wait for the store however long it is away. */
  patient: boolean;
  /** After this long without an answer nobody knows what became of a command, milliseconds. */
  timeoutMs: number;
}

type NodeOptions = NonNullable<ConstructorParameters<typeof Cluster>[1]>["redisOptions"] &
  Pick<RedisOptions, "retryStrategy">;

/** Two refreshes of the slot table are at least this far apart, milliseconds. */
const REFRESH_APART_MS = 100;

/** Connects to all nodes of a cluster, to each with the given options. */
export function connectCluster(
  address: Extract<RedisAddress, { kind: "cluster" }>,
  nodeOptions: NodeOptions,
  { patient, timeoutMs }: ClusterOptions,
): Cluster {
  const { retryStrategy, ...redisOptions } = nodeOptions;
  const cluster = new Cluster(address.nodes, {
    clusterRetryStrategy: (attempt) => retryStrategy?.(attempt) ?? null,
    redisOptions,
    // Each shard's messages come over a connection to that shard, and never cross the cluster's bus.
    shardedSubscribers: true,
    // A failover is noticed by MOVED, and by this where no command is sent.
    slotsRefreshInterval: 5000,
    slotsRefreshTimeout: timeoutMs,
    retryDelayOnFailover: 100,
    retryDelayOnClusterDown: 200,
    maxRedirections: 8,
    // A certificate is checked against the host's name, so the name must not be replaced by an address.
    ...(address.tls && { dnsLookup: (host, done) => done(null, host) }),
  });
  throttleSlotRefreshes(cluster);
  if (!patient) failFast(cluster, timeoutMs);
  return cluster;
}

/**
 * While a node is down, the subscriber connection to it ends as soon as it begins, and each time the client
 * refreshes its slot table and connects again at once: some hundred times a second, until the node's replica
 * has taken over. Those that come too soon share the next one. A client that was disconnected refreshes nothing: it would
 * find no node, and take that as a reason to connect again.
 */
function throttleSlotRefreshes(cluster: Cluster): void {
  type Callback = Parameters<Cluster["refreshSlotsCache"]>[0];
  const refresh = cluster.refreshSlotsCache.bind(cluster);
  let nextAt = 0;
  let waiting: Callback[] | undefined;
  cluster.refreshSlotsCache = (callback) => {
    if (cluster.status === "end") return;
    if (waiting) {
      waiting.push(callback);
      return;
    }
    const now = performance.now();
    const waitMs = Math.max(0, nextAt - now);
    nextAt = now + waitMs + REFRESH_APART_MS;
    if (waitMs === 0) {
      refresh(callback);
      return;
    }
    const gathered = [callback];
    waiting = gathered;
    const timer = setTimeout(() => {
      waiting = undefined;
      if (cluster.status === "end") return;
      refresh((error) => {
        for (const tell of gathered) tell?.(error);
      });
    }, waitMs);
    timer.unref();
  };
}

/**
 * While no node can be reached, ioredis's cluster client queues commands without limit of time or number.
 * Here they wait up to their time-out before the client was ready for the first time, and fail at once later.
 */
function failFast(cluster: Cluster, timeoutMs: number): void {
  let wasReady = false;
  cluster.once("ready", () => {
    wasReady = true;
  });
  const send = cluster.sendCommand.bind(cluster);
  cluster.sendCommand = (command, stream, node) => {
    command.setTimeout(timeoutMs);
    // The client itself sends CLUSTER INFO to find out whether it is ready again.
    const maySend = !wasReady || cluster.status === "ready" || command.name === "cluster";
    if (maySend) return send(command, stream, node);
    command.reject(new Error("Cluster isn't ready"));
    return command.promise;
  };
}
