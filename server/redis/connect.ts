/** Connects to the store: one server, over TLS or a Unix socket, behind Sentinel, or a cluster. */
import { Redis, type RedisOptions } from "ioredis";
import { batchWrites } from "./batch-writes.ts";
import { addCommandTimeouts } from "./command-timeouts.ts";
import { connectCluster } from "./connect-cluster.ts";
import { parseServerInfo, refuseOldServer } from "./server-info.ts";
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
}

const COMMAND_TIMEOUT_MS = 5000;

/** Milliseconds until the next attempt to connect: from 50 up to a second, without end. */
function backoff(attempt: number): number {
  return Math.min(25 * 2 ** Math.min(attempt, 6), 1000);
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
    if (!patient) addCommandTimeouts(server, commandTimeoutMs);
  });
  return store;
}

function connect(url: string, options: Required<ConnectOptions>): Store {
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
      return connectCluster(address, common, {
        patient: options.patient,
        timeoutMs: options.commandTimeoutMs,
      });
  }
}

function commonOptions(address: RedisAddress, options: Required<ConnectOptions>) {
  return {
    connectionName: options.name,
    ...(options.patient
      ? { maxRetriesPerRequest: null }
      : // A half-open connection gives no error, only silence.
        { maxRetriesPerRequest: 1, socketTimeout: 2 * options.commandTimeoutMs }),
    connectTimeout: 5000,
    keepAlive: 10_000,
    retryStrategy: backoff,
    ...("username" in address && address.username !== undefined && { username: address.username }),
    ...("password" in address && address.password !== undefined && { password: address.password }),
    ...("tls" in address && address.tls && { tls: {} }),
  } satisfies RedisOptions;
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

/** The command's own error tells only that there was no answer; the connection's errors tell why. */
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
