/** The hub's side of the store: ledger, circuit breaker and replication barrier, as the settings say. */
import { Cluster } from "ioredis";
import { hasArchive } from "../archive-url.ts";
import type { Settings } from "../config.ts";
import type { BookWatch } from "../ledger/book-watch.ts";
import { CircuitBreaker } from "../ledger/circuit-breaker.ts";
import { countedLimits } from "../ledger/context.ts";
import { Ledger } from "../ledger/ledger.ts";
import { loadScripts } from "../ledger/load-scripts.ts";
import { type LedgerBarrier, ReplicationBarrier } from "../ledger/replication-barrier.ts";
import type { Logger } from "../log.ts";
import { isAway } from "../redis/availability.ts";
import type { Store } from "../redis/connect.ts";

/** How many commands may wait for the store at once; what comes on top is refused, not queued. */
const MOST_WAITING = 20_000;
/** How often a store that is away is asked whether it is back, milliseconds. */
const PROBE_EVERY_MS = 250;

/** Refuses commands at once while the store is away. */
export function createBreaker(store: Store): CircuitBreaker {
  const probe = () => store.ping();
  // One server of a cluster that does not answer says nothing of the others; the client knows when all are away.
  const isAllAway = (error: unknown) =>
    isAway(error) && !(store instanceof Cluster && store.status === "ready");
  return new CircuitBreaker({
    probe,
    isAway: isAllAway,
    mostWaiting: MOST_WAITING,
    probeEveryMs: PROBE_EVERY_MS,
  });
}

export interface LedgerParts {
  store: Store;
  settings: Settings;
  /** Called when a script's call has come back, or failed. */
  observe: (script: string, seconds: number) => void;
  circuitBreaker: CircuitBreaker;
  book: BookWatch;
  barrier: LedgerBarrier | undefined;
}

/** The ledger of a hub with these settings. */
export function createLedger(parts: LedgerParts): Ledger {
  const { store, settings, observe, circuitBreaker, book, barrier } = parts;
  return new Ledger({
    store,
    book,
    barrier,
    partitions: settings.PARTITIONS,
    respondWithinMs: settings.RESPOND_WITHIN * 1000,
    waitMs: settings.WAIT_WITHIN * 1000,
    retentionMs: settings.RETENTION * 1000,
    isArchived: hasArchive(settings),
    maxValidFor: settings.MAX_VALID_FOR,
    settle: settings.SETTLE,
    fencesPerParty: settings.FENCES_PER_PARTY,
    limits: countedLimits(settings),
    sweepIntervalMs: settings.SWEEP_INTERVAL,
    observe,
    circuitBreaker,
  });
}

export interface BarrierParts {
  /** A connection of its own. */
  connection: Store;
  settings: Settings;
  /** The store's servers can wait for their replicas' disks. */
  waitsForDisks: boolean;
  log: Logger;
}

/** With MIN_REPLICAS: what waits until so many replicas have what is told. */
export function createBarrier(
  book: BookWatch,
  { connection, settings, waitsForDisks, log }: BarrierParts,
): ReplicationBarrier {
  return new ReplicationBarrier({
    connection,
    scripts: loadScripts(),
    book,
    replicas: settings.MIN_REPLICAS,
    onDisk: waitsForDisks,
    onChange: (confirms) => {
      if (confirms) log.info("replicas confirm what is issued again");
      else log.warn("too few replicas confirm what is issued: until they do, nothing can be issued");
    },
  });
}
