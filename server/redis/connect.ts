/** Connects to the store: one server, over TLS or a Unix socket, behind Sentinel, or a cluster. */
import { Cluster, Redis, type RedisOptions } from "ioredis";
import { isAway } from "./availability.ts";
import { batchWrites } from "./batch-writes.ts";
import { addCommandTimeouts } from "./command-timeouts.ts";
import { connectCluster } from "./connect-cluster.ts";
import { explain } from "./explain.ts";
import { parseServerInfo, refuseOldServer } from "./server-info.ts";
import { keepShardedChannels } from "./sharded-channels.ts";
import { forEachServer, masters, type Store } from "./store.ts";
import { parseRedisUrl, type RedisAddress } from "./url.ts";

export { masters, parseRedisUrl, type Store };

export interface ConnectOptions {
  /** The connection's name in the server's CLIENT LIST. */
  name: string;
  /** After this long without an answer nobody knows what became of a command, milliseconds. */
  commandTimeoutMs?: number;
  /** Let commands wait for the store however long it is away; for connections that only subscribe. */
  patient?: boolean;
  /** Called when the server has become a replica, so that this connection is made anew. */
  onReadOnly?: () => void;
}

const COMMAND_TIMEOUT_MS = 5000;

type FilledOptions = Required<Omit<ConnectOptions, "onReadOnly">> & Pick<ConnectOptions, "onReadOnly">;

/** Milliseconds until the next attempt to connect: from 50 up to a second, without end. */
function backoff(attempt: number): number {
  return Math.min(25 * 2 ** Math.min(attempt, 6), 1000);
}

/** A connection to a server that has become a replica is made anew, at most this often, milliseconds. */
const RECONNECT_APART_MS = 1000;

/**
 * Makes ioredis reconnect when a server says that it is a replica now: an address that follows the master, as a
 * load balancer's or a cloud's, leads a new connection elsewhere, but leaves the old one where it was. The
 * command that found out has failed and is not sent again.
 */
function reconnectOnReadOnly(onReadOnly?: () => void): (error: Error) => boolean {
  let nextAt = 0;
  return ({ message }) => {
    const now = performance.now();
    if (!message.startsWith("READONLY") || now < nextAt) return false;
    nextAt = now + RECONNECT_APART_MS;
    onReadOnly?.();
    return true;
  };
}

/**
 * Connects to a store. The client reconnects by itself; a command that waits for longer than one attempt to
 * reconnect fails, so that commands don't pile up. The commands of one turn of the event loop go out in one
 * write.
 *
 * @throws TypeError when the URL is not one.
 */
export function connectRedis(url: string, options: ConnectOptions): Store {
  const { patient = false, commandTimeoutMs = COMMAND_TIMEOUT_MS } = options;
  const store = connect(url, { ...options, patient, commandTimeoutMs });
  forEachServer(store, (server) => {
    batchWrites(server);
    if (patient) catchRefusedSubscriptions(server, store);
    else addCommandTimeouts(server, commandTimeoutMs);
  });
  if (store instanceof Cluster)
    keepShardedChannels(store, (server) => {
      batchWrites(server);
      catchRefusedSubscriptions(server, store);
    });
  return store;
}

/**
 * After a reconnect ioredis subscribes again and looks at no answer, so that a user who has lost the right to a
 * channel would end the process by an unhandled rejection. Tells it by the store's event `refused` instead.
 */
function catchRefusedSubscriptions(server: Redis, store: Store): void {
  const ssubscribe = server.ssubscribe.bind(server) as (...channels: string[]) => Promise<unknown>;
  server.ssubscribe = ((...channels: string[]) => {
    const answered = ssubscribe(...channels);
    answered.catch((error: unknown) => store.emit("refused", error));
    return answered;
  }) as Redis["ssubscribe"];
}

/** Where each client connects to, for whoever has to say why it can't. */
const addresses = new WeakMap<Store, RedisAddress>();

function connect(url: string, options: FilledOptions): Store {
  const address = parseRedisUrl(url);
  const store = connectTo(address, options);
  addresses.set(store, address);
  return store;
}

function connectTo(address: RedisAddress, options: FilledOptions): Store {
  const common = commonOptions(address, options);
  switch (address.kind) {
    case "socket":
      return new Redis({ ...common, path: address.path });
    case "single":
      return new Redis({ ...common, host: address.host, port: address.port, db: address.db });
    case "sentinel":
      return listenToSentinels(
        new Redis({
          ...common,
          sentinels: address.nodes,
          name: address.master,
          // After a planned failover the old master goes on for seconds as if it still were one.
          failoverDetector: true,
          ...(address.sentinelUsername !== undefined && { sentinelUsername: address.sentinelUsername }),
          ...(address.sentinelPassword !== undefined && { sentinelPassword: address.sentinelPassword }),
          ...(address.tls && { enableTLSForSentinelMode: true, sentinelTLS: {} }),
        }),
      );
    case "cluster":
      return connectCluster(address, common, {
        patient: options.patient,
        timeoutMs: options.commandTimeoutMs,
      });
  }
}

/** What ioredis's connector has, and does not tell of. */
interface SentinelConnector {
  connectToSentinel(...args: unknown[]): Redis;
}

/**
 * Listens to the errors of connections to Sentinels. ioredis leaves those over which it hears of failovers to
 * nobody, and so prints their errors: a Sentinel that is away is no fault as long as another answers.
 */
function listenToSentinels(redis: Redis): Redis {
  const { connector } = redis as unknown as { connector: SentinelConnector };
  const connectToSentinel = connector.connectToSentinel.bind(connector);
  connector.connectToSentinel = (...args) => {
    const sentinel = connectToSentinel(...args);
    sentinel.on("error", () => undefined);
    return sentinel;
  };
  return redis;
}

function commonOptions(address: RedisAddress, options: FilledOptions) {
  return {
    connectionName: options.name,
    ...(options.patient
      ? { maxRetriesPerRequest: null }
      : // A half-open connection gives no error, only silence.
        { maxRetriesPerRequest: 1, socketTimeout: 2 * options.commandTimeoutMs }),
    connectTimeout: 5000,
    keepAlive: 10_000,
    retryStrategy: backoff,
    reconnectOnError: reconnectOnReadOnly(options.onReadOnly),
    ...("username" in address && address.username !== undefined && { username: address.username }),
    ...("password" in address && address.password !== undefined && { password: address.password }),
    ...("tls" in address && address.tls && { tls: {} }),
  } satisfies RedisOptions;
}

/**
 * Waits for the store and checks that it can serve.
 *
 * @throws Error when no server of it answers, or one is older than Redis 7.0.
 */
export async function checkServer(store: Store): Promise<void> {
  // A cluster knows its masters only after its first answer.
  await firstAnswer(store);
  for (const server of masters(store)) {
    // One of several that is away keeps the hub from serving none of the others.
    const info = await server.info("server").catch(unlessRefusedOrAway);
    if (info === undefined) continue;
    refuseSentinel(info);
    refuseOldServer(parseServerInfo(info));
  }
}

/** A user that may not even ask is told later what it lacks, by whoever checks its rights. */
function unlessRefused(error: Error): undefined {
  if (!error.message.startsWith("NOPERM")) throw error;
}

function unlessRefusedOrAway(error: Error): undefined {
  if (!isAway(error)) unlessRefused(error);
}

/** A Sentinel answers PING and INFO as a Redis does. */
function refuseSentinel(info: string): void {
  if (/^redis_mode:sentinel/m.test(info))
    throw new Error("the store is a Sentinel, not a Redis: use redis+sentinel://host:port/master");
}

/** The command's own error tells only that there was no answer; the connection's errors tell why. */
async function firstAnswer(store: Store): Promise<void> {
  let reason: unknown;
  const remember = (error: unknown) => {
    reason = error;
  };
  store.on("error", remember);
  try {
    await store.ping().catch(unlessRefused);
  } catch (error) {
    const address = addresses.get(store);
    const why = address ? await explain(address, reason ?? error) : String(reason ?? error);
    throw new Error(`the store does not answer: ${why}`, { cause: error });
  } finally {
    store.off("error", remember);
  }
}
