/** The store of a run, with the lines to it: one server, or a cluster of three masters and three replicas. */

import type { AuditedBook } from "../../server/audit/findings.ts";
import { BookWatch } from "../../server/ledger/book-watch.ts";
import { Ledger } from "../../server/ledger/ledger.ts";
import { connectRedis } from "../../server/redis/connect.ts";
import { startCluster, startRedis } from "../helpers/redis.ts";
import { startProxy, type TcpProxy } from "../helpers/tcp-proxy.ts";
import { pause } from "./random.ts";

/** How long a server may take to answer a question of the nemesis, milliseconds. */
const ANSWER_MS = 500;

export type StoreKind = "single" | "cluster";

/** One server of the store. */
export interface StoreNode {
  kill(signal: NodeJS.Signals): Promise<void>;
  restart(): Promise<void>;
  /** Lets a replica take its master's place in good order; whether there was a master to relieve. */
  takeOver?(): Promise<boolean>;
  isMaster(): Promise<boolean>;
  /**
   * All that it has acknowledged is on its disk. After a replica has copied its master's whole data that is
   * not so until it has written all of it down: to kill it then would be a second loss, after the one that
   * made it copy, of which WAIT knows nothing (WAITAOF would, from Redis 7.2 on).
   */
  isOnDisk(): Promise<boolean>;
}

export interface Store {
  readonly kind: StoreKind;
  readonly nodes: readonly StoreNode[];
  /** Every line that hubs have to the store. */
  readonly lines: readonly TcpProxy[];
  /** More settings of the hubs. */
  readonly settings: Record<string, string>;
  /** Where a hub finds the store. */
  urlFor(hub: number): string;
  /** Waits until every part of the book is served. */
  untilServed(): Promise<void>;
  /** The book, read past all faulty lines where that can be; closed by `stop`. */
  openBook(partitions: number): AuditedBook;
  stop(): Promise<void>;
}

export interface StoreOptions {
  store: StoreKind;
  /** How many hubs there will be, each with lines of its own where that can be. */
  hubs: number;
  /** Replicas that have to have a voucher before it is acknowledged, in a cluster; 1 unless given. */
  minReplicas?: number | undefined;
}

/** Starts a store for a number of hubs. Whoever starts it stops it. */
export function startStore({ store, hubs, minReplicas = 1 }: StoreOptions): Promise<Store> {
  return store === "single" ? startSingle(hubs) : startWhole(minReplicas);
}

async function startSingle(hubs: number): Promise<Store> {
  const redis = await startRedis({ durable: true, tcp: true });
  const { hostname: host, port } = new URL(redis.url);
  const target = { host, port: Number(port) };
  const lines = await Promise.all(
    Array.from({ length: hubs }, () => startProxy(() => target, { redis: true })),
  );
  const books = bookkeeping(redis.url);
  const node = {
    kill: redis.kill,
    restart: redis.restart,
    isMaster: async () => true,
    isOnDisk: async () => true,
  };
  return {
    kind: "single",
    nodes: [node],
    lines,
    settings: {},
    urlFor: (hub) => `redis://${host}:${(lines[hub] as TcpProxy).port}`,
    untilServed: async () => void (await redis.client().ping()),
    openBook: books.open,
    stop: async () => {
      books.close();
      await Promise.all(lines.map((line) => line.close()));
      await redis.stop();
    },
  };
}

async function startWhole(minReplicas: number): Promise<Store> {
  const cluster = await startCluster({ masters: 3, replicasPerMaster: 1, proxied: true });
  const books = bookkeeping(cluster.url);
  const nodes = cluster.pids.map((_, index): StoreNode => {
    const client = cluster.client(index);
    // A node that is down, or stopped, does not answer, and is the master of nothing for now.
    const isMaster = async () => {
      const answer = await Promise.race([client.info("replication"), pause(ANSWER_MS)]);
      return /role:master/.test(answer ?? "");
    };
    const isOnDisk = async () => {
      const answer = await Promise.race([client.info("persistence"), pause(ANSWER_MS)]);
      return /^aof_rewrite_in_progress:0\r\naof_rewrite_scheduled:0/m.test(answer ?? "");
    };
    return {
      isOnDisk,
      kill: (signal) => cluster.kill(index, signal),
      restart: () => cluster.restart(index),
      isMaster,
      takeOver: async () => {
        if (await isMaster()) return false;
        // It refuses while it has no line to its master.
        const answer = client.cluster("FAILOVER").catch(() => "");
        return (await Promise.race([answer, pause(ANSWER_MS)])) === "OK";
      },
    };
  });
  return {
    kind: "cluster",
    nodes,
    lines: cluster.proxies,
    settings: { MIN_REPLICAS: String(minReplicas) },
    urlFor: () => cluster.url,
    untilServed: cluster.untilServed,
    openBook: books.open,
    stop: async () => {
      books.close();
      await cluster.stop();
    },
  };
}

/** Ledgers for a look at the book; no command is sent over them. */
function bookkeeping(url: string) {
  const stores = new Set<ReturnType<typeof connectRedis>>();
  return {
    open: (partitions: number) => {
      const store = connectRedis(url, { name: "faults" });
      store.on("error", () => undefined);
      stores.add(store);
      const forever = 3_600_000;
      const book = new BookWatch({ store, book: { id: "", partitions, isNew: false, blank: [] } });
      const ledger = new Ledger({
        store,
        book,
        partitions,
        respondWithinMs: forever,
        waitMs: forever,
        retentionMs: forever,
        maxValidFor: 365 * 24 * 3600,
        settle: "book" as const,
        fencesPerParty: 10_000_000,
      });
      return { store, ledger };
    },
    close: () => {
      for (const store of stores) store.disconnect();
    },
  };
}
