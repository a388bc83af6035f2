/** Connects to the store: one server, over TLS or a Unix socket, behind Sentinel, or a cluster. */
import { Cluster, Redis, type RedisOptions } from "ioredis";
import { connectCluster } from "./connect-cluster.ts";
import { eachServer } from "./each-server.ts";
import { gatherWrites } from "./gather-writes.ts";
import { giveUpLate } from "./give-up-late.ts";
import { parseServerInfo, refuseOldServer } from "./server-info.ts";
import { parseRedisUrl, type RedisAddress } from "./url.ts";

export { parseRedisUrl };
export type Store = Redis | Cluster;

export interface ConnectOptions {
  /** What the server's CLIENT LIST shows; a hub's own lines are found by it. */
  name: string;
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
 * longer than one attempt fails, so that commands don't pile up. The commands of one turn of the event loop go
 * out in one write.
 *
 * @throws TypeError when the URL is not one.
 */
export function connectRedis(url: string, options: ConnectOptions): Store {
  const { patient = false, commandTimeoutMs = COMMAND_TIMEOUT_MS } = options;
  const store = connect(url, { ...options, patient, commandTimeoutMs });
  eachServer(store, (line) => {
    gatherWrites(line);
    if (!patient) giveUpLate(line, commandTimeoutMs);
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
      : // A line that is half-open gives no error: it is known by its silence.
        { maxRetriesPerRequest: 1, socketTimeout: 2 * options.commandTimeoutMs }),
    connectTimeout: 5000,
    keepAlive: 10_000,
    retryStrategy: backoff,
    ...("username" in address && address.username !== undefined && { username: address.username }),
    ...("password" in address && address.password !== undefined && { password: address.password }),
    ...("tls" in address && address.tls && { tls: {} }),
  } satisfies RedisOptions;
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
