/** The store of a run, with the lines to it: one server, or a cluster of three masters and three replicas. */
import type { CommandPayloads } from "@tallystick/protocol";
import type { Redis } from "ioredis";
import type { AuditedBook } from "../../server/audit/findings.ts";
import type { TestRedis } from "../helpers/redis.ts";
import type { TcpProxy } from "../helpers/tcp-proxy.ts";

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
  openBook(): Promise<AuditedBook>;
  /**
   * Commits a request as a hub does, and tells nobody; past all faulty lines where that can be.
   *
   * @returns the issuance's id; undefined when it was refused.
   */
  commitRequest(issuer: string, offer: CommandPayloads["payer:request"]): Promise<string | undefined>;
  /** The server of a store that is only one. */
  readonly server?: SingleServer;
  stop(): Promise<void>;
}

/** What can be done to a store that is one server. */
export interface SingleServer {
  readonly current: TestRedis;
  /** A connection to it, past all lines. */
  readonly client: Redis;
  /** No rewriting of its files is under way, nor begins until it is started again. */
  isOnDisk(): Promise<boolean>;
  /** Ends all lines, and takes no new ones until `open`. */
  close(): void;
  open(): void;
  /**
   * Gives it a replica and promotes that, in good order. New lines lead to the promoted one; the old ones stay, and lead
   * to the demoted.
   *
   * @returns what stops the demoted one.
   */
  promoteReplica(): Promise<() => Promise<void>>;
}

export interface StoreOptions {
  store: StoreKind;
  /** How many hubs there will be, each with lines of its own where that can be. */
  hubs: number;
  /** Replicas that have to have a voucher before it is acknowledged, in a cluster; 1 unless given. */
  minReplicas?: number | undefined;
}

/** Whether all of a server's data is in its append-only file, by its INFO persistence. */
export function isWrittenDown(persistence: string): boolean {
  return /^aof_rewrite_in_progress:0\r\naof_rewrite_scheduled:0/m.test(persistence);
}
