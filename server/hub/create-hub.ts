/** Puts a hub together: store, ledger, use cases, sockets, HTTP and sweeper, on one port, closed as a whole. */
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Registry } from "prom-client";
import type { Settings } from "../config.ts";
import { Sweeper } from "../deadlines/sweeper.ts";
import { Documents } from "../documents/documents.ts";
import { createHttpApp } from "../http/app.ts";
import type { MetricsText } from "../http/health.ts";
import { Issuances } from "../issuances/issuances.ts";
import { Rollbacks } from "../issuances/rollbacks.ts";
import type { Accounts } from "../ledger/accounts.ts";
import { type OpenedBook, openBook } from "../ledger/book.ts";
import { BookWatch } from "../ledger/book-watch.ts";
import { ConfirmedAccounts } from "../ledger/confirmed-accounts.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Confirmable } from "../ledger/replication-barrier.ts";
import { Rights, sayLacking } from "../ledger/rights.ts";
import type { Logger } from "../log.ts";
import { Metrics } from "../metrics.ts";
import { checkServer, type Store } from "../redis/connect.ts";
import { DurabilityWatch } from "../redis/durability.ts";
import { Readiness } from "../redis/readiness.ts";
import { listpackWarning } from "../redis/settings.ts";
import { refused } from "../refusals.ts";
import { takeMessages } from "../socket/fast-path/messages.ts";
import { Gate } from "../socket/gate.ts";
import { HubBus } from "../socket/hub-bus.ts";
import { NAMES, Receiver } from "../socket/receive.ts";
import { askToResyncAfterLoss } from "../socket/resync.ts";
import { Rooms } from "../socket/rooms.ts";
import { acceptSessions } from "../socket/session.ts";
import { attachSockets, closeSockets, createSocketServer } from "../socket/socket-server.ts";
import type { HubServer } from "../socket/terminal.ts";
import { createTokens, type Tokens } from "../tokens.ts";
import type { VoucherAnnouncement } from "../vouchers/broadcast.ts";
import { Settlements } from "../vouchers/settlements.ts";
import { Settler } from "../vouchers/settler.ts";
import { Vouchers } from "../vouchers/vouchers.ts";
import { WorkInHand } from "../work-in-hand.ts";
import { createBarrier, createBreaker, createLedger } from "./ledger-parts.ts";
import { connectStore, type StoreConnections } from "./store-connections.ts";
import { tellBook } from "./tell-book.ts";

/** How long work in hand may take once the hub is closing, milliseconds. */
const CLOSING_MS = 8000;
/** How long terminals may take to close their side of a connection, milliseconds. */
const GOODBYE_MS = 1000;

export interface HubOptions {
  settings: Settings;
  /** The store's URL; see `parseRedisUrl`. */
  redisUrl: string;
  log: Logger;
  /** False where a book has to be there already, as for a worker that is started again; true unless given. */
  mayBegin?: boolean;
  /** No other hub serves this store's book, as when the hub runs a Redis of its own. */
  alone?: boolean;
  /** Prometheus's text where this process is one of several: that of all, or undefined when one does not answer. */
  collectMetrics?: (registry: Registry) => Promise<string | undefined>;
}

export interface RunningHub {
  /** Where it listens. */
  readonly url: string;
  readonly port: number;
  /** True when the store held no book before. */
  readonly isNewBook: boolean;
  readonly store: Store;
  /** Whose book the store holds. */
  readonly book: BookWatch;
  readonly ledger: Ledger;
  readonly accounts: Accounts;
  readonly tokens: Tokens;
  /** Its metrics, for Prometheus. */
  readonly registry: Registry;
  /** No new connections, work in hand ends, terminals are let go; then everything is closed. */
  close(): Promise<void>;
}

/**
 * Starts a hub. It may be started several times in one process, each on its own port.
 *
 * @throws BookError when the store's book does not fit the settings; Error when the store is too old.
 */
export async function createHub(options: HubOptions): Promise<RunningHub> {
  const { settings, redisUrl, log, alone = false } = options;
  const waitsForReplicas = settings.MIN_REPLICAS > 0;
  const connections = connectStore({ redisUrl, alone, waitsForReplicas, log });
  try {
    const store = await openStore(connections, options);
    const tokens = await createTokens(settings);
    return await assemble({ ...options, ...store, connections, tokens });
  } catch (error) {
    connections.disconnect();
    throw error;
  }
}

/** What is known of the store once it has answered and its book fits. */
interface OpenedStore {
  book: OpenedBook;
  durability: DurabilityWatch;
  /** Its servers can wait for their replicas' disks. */
  waitsForDisks: boolean;
}

async function openStore(
  { commands: store }: StoreConnections,
  { settings, log, alone = false, mayBegin = true }: HubOptions,
): Promise<OpenedStore> {
  await checkServer(store);
  const lacking = await new Rights({ store, ...rightsOf({ settings, alone }) }).missing();
  if (lacking.length > 0) throw new Error(sayLacking(store, lacking));
  const durability = new DurabilityWatch(store, settings.MIN_REPLICAS);
  const { level, says, warning, replicas, waitsForDisks } = await durability.refresh();
  if (level === "memory" || replicas < settings.MIN_REPLICAS) log.warn(`durability: ${says}`);
  else log.info(`durability: ${says}`);
  if (warning) log.warn(`durability: ${warning}`);
  const roomier = await listpackWarning(store);
  if (roomier) log.warn(roomier);
  const book = await openBook(store, settings.PARTITIONS, { mayBegin });
  return { book, durability, waitsForDisks };
}

/** Which rights a hub needs with these settings. */
function rightsOf({ settings, alone = false }: Pick<HubOptions, "settings" | "alone">) {
  return { isShared: !alone, waitsForReplicas: settings.MIN_REPLICAS > 0 };
}

interface Parts extends HubOptions, OpenedStore {
  connections: StoreConnections;
  tokens: Tokens;
}

async function assemble(parts: Parts): Promise<RunningHub> {
  const { settings, log, tokens, connections, durability } = parts;
  const { commands: store, subscriber } = connections;
  const work = new WorkInHand();
  const io = createSocketServer(settings);
  const metrics = new Metrics({ connections: () => io.engine.clientsCount });
  const breaker = createBreaker(store);
  const resync = () => io.emit("session:resync", {});
  const book = new BookWatch({
    store,
    book: parts.book,
    onChange: (state, id) => tellBook(log, state, id),
    onBegun: (id) => {
      bus?.useBook(id);
      resync();
    },
  });
  const rights = watchRights(parts, () => {
    bus?.subscribeAgain();
    resync();
  });
  const { replication } = connections;
  const barrier = replication && createBarrier(book, { ...parts, connection: replication });
  const ledger = createLedger({ store, settings, metrics, circuitBreaker: breaker, book, barrier });
  await ledger.prepare();
  await book.look();
  const documents = await Documents.open({ settings, ledger, book, durability, log });
  const bus: HubBus | undefined =
    subscriber &&
    new HubBus({ publisher: store, subscriber }, book.id, () => {
      rights.missing().catch(() => undefined);
    });
  const rooms = new Rooms(io, bus);
  bus?.listen(io.sockets.adapter, (message) => rooms.deliver(message));
  const rollbacks = new Rollbacks({
    fences: ledger.fences,
    tellFenced: (party, id) => rooms.tellFenced(party, id),
    metrics,
    log,
  });
  const issuances = new Issuances({
    ledger,
    broadcast: (announcement) => rooms.broadcast(announcement),
    rollbacks,
    barrier,
    durability,
    maxValidFor: settings.MAX_VALID_FOR,
    issued: (snapshot) => void settler.welcome(snapshot),
    metrics,
    log,
  });
  const confirm = barrier && ((record: Confirmable) => barrier.confirm(record));
  const broadcast = (announcement: VoucherAnnouncement) => rooms.broadcastVoucher(announcement);
  const settler = new Settler({
    ledger,
    broadcast,
    confirm,
    fencePaid: (settlementId, digest) => rollbacks.fencePaid(settlementId, digest),
    metrics,
    log,
  });
  const vouchers = new Vouchers({
    ledger,
    broadcast,
    confirm,
    durability,
    settle: (settlementId) => void settler.do(settlementId),
    rollbacks,
    metrics,
    log,
  });
  const settlements = new Settlements({ ledger, settler, confirm });
  const readiness = new Readiness({
    book,
    durability,
    rights,
    replicas: barrier && {
      count: settings.MIN_REPLICAS,
      canConfirm: async (withinMs) => barrier.canConfirm(await book.oneOfEachServer(), withinMs),
    },
  });
  const { writeKeys } = ledger;
  const accounts = barrier ? new ConfirmedAccounts(ledger.accounts, barrier) : ledger.accounts;
  const text = metricsText(metrics.registry, parts.collectMetrics);
  const http = createServer(
    createHttpApp({
      settings,
      issuances,
      vouchers,
      settlements,
      accounts,
      documents,
      writeKeys,
      tokens,
      readiness,
      metrics: text,
      work,
      log,
    }),
  );
  attachSockets(io, http);
  const stopSessions = serveTerminals({ io, rooms, issuances, vouchers, ledger, metrics, work }, parts);
  askToResyncAfterLoss(io, [store, subscriber]);
  durability.watch(({ says }) => log.warn(`durability: ${says}`));
  // After a failover another server answers.
  const lookAgain = () => {
    book.look().catch(() => undefined);
    ledger.indexRepair.hurry();
  };
  for (const event of ["ready", "+node"]) store.on(event, lookAgain);
  const expire = (id: string) => (id.startsWith("v") ? vouchers.advance(id) : issuances.expire(id));
  const finish = (entry: string) => settler.do(entry);
  const sweeper = new Sweeper({ ledger, log, intervalMs: settings.SWEEP_INTERVAL, expire, finish });
  const port = await listen(http, settings);
  sweeper.start();
  book.start(settings.SWEEP_INTERVAL);
  const shutDown = async () => {
    stopSessions();
    book.stop();
    rights.stop();
    documents.close();
    await endWork({ work, http, log });
    await sweeper.stop();
    await settler.idle();
    await closeSockets(io, GOODBYE_MS);
    await ledger.openIssuances.pruneEnded();
    await ledger.voucherIndex.moveEnded();
    breaker.close();
    connections.disconnect();
  };
  let closed: Promise<void> | undefined;
  return {
    url: `http://${settings.HOST.includes(":") ? `[${settings.HOST}]` : settings.HOST}:${port}`,
    port,
    isNewBook: parts.book.isNew,
    store,
    book,
    ledger,
    accounts: ledger.accounts,
    tokens,
    registry: metrics.registry,
    close: () => {
      closed ??= shutDown();
      return closed;
    },
  };
}

/** Logs when the store's user loses rights, and calls `onRestored` when it has them all again. */
function watchRights(parts: Parts, onRestored: () => void): Rights {
  const { commands: store } = parts.connections;
  const onChange = (missing: readonly string[]) => {
    if (missing.length > 0) {
      parts.log.error(sayLacking(store, missing));
      return;
    }
    parts.log.info("the store's user has all rights that the hub needs again");
    onRestored();
  };
  return new Rights({ store, ...rightsOf(parts), onChange });
}

interface TerminalParts {
  io: HubServer;
  rooms: Rooms;
  issuances: Issuances;
  vouchers: Vouchers;
  ledger: Ledger;
  metrics: Metrics;
  work: WorkInHand;
}

/** Lets terminals in and answers what they send; returns what ends the looking for tokens that have ended. */
function serveTerminals(
  { io, rooms, issuances, vouchers, ledger, metrics, work }: TerminalParts,
  { settings, tokens, log }: Parts,
): () => void {
  const receiver = new Receiver({ issuances, vouchers, answered: metrics.answered.bind(metrics), work, log });
  takeMessages(io, NAMES, {
    gate: new Gate(settings.RATE_LIMIT),
    receive: (terminal, message) => void receiver.receive(terminal, message),
    overLimit: (retryAfter) => JSON.stringify(refused("rate_limited", { retryAfter })),
  });
  const now = () => ledger.now();
  return acceptSessions(io, { issuances, vouchers, rooms, tokens, now, retention: settings.RETENTION, log });
}

/** Takes no new connections, and waits for what is in hand. */
async function endWork(options: { work: WorkInHand; http: HttpServer; log: Logger }): Promise<void> {
  const { work, http, log } = options;
  work.close();
  http.close();
  const left = await work.drain(CLOSING_MS);
  if (left > 0) log.warn({ inHand: left }, "closing with work still in hand");
  // A connection that brings nothing would hold the server open for ever: once it closes, none times out.
  http.closeAllConnections();
}

function metricsText(registry: Registry, collect: HubOptions["collectMetrics"]): MetricsText {
  return {
    contentType: registry.contentType,
    collect: () => (collect ? collect(registry) : registry.metrics()),
  };
}

function listen(http: HttpServer, settings: Settings): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once("error", reject);
    http.listen(settings.PORT, settings.HOST, () => {
      http.off("error", reject);
      resolve((http.address() as AddressInfo).port);
    });
  });
}
