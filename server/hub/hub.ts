/** Puts a hub together: store, ledger, HTTP, sockets and sweeper, on one port, closed as a whole. */
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Registry } from "prom-client";
import { Server } from "socket.io";
import type { Settings } from "../config.ts";
import { Sweeper } from "../deadlines/sweeper.ts";
import { createHttpApp } from "../http/app.ts";
import { Accounts } from "../ledger/accounts.ts";
import { openBook } from "../ledger/book.ts";
import { Circuit } from "../ledger/circuit.ts";
import { Ledger } from "../ledger/ledger.ts";
import { Replicas } from "../ledger/replicas.ts";
import type { Logger } from "../log.ts";
import { Metrics } from "../metrics.ts";
import { isAway } from "../redis/availability.ts";
import { checkServer, type Store } from "../redis/connect.ts";
import { DurabilityWatch } from "../redis/durability.ts";
import { listpackWarning } from "../redis/settings.ts";
import { createTokens, type Tokens } from "../tokens.ts";
import { Neighbours } from "./neighbours.ts";
import { expire, publish } from "./publish.ts";
import { releaseRequests } from "./release-requests.ts";
import { passOn } from "./rooms.ts";
import { acceptTerminals } from "./session.ts";
import { openLines, type StoreLines } from "./store-lines.ts";
import type { Hub, HubServer } from "./types.ts";

/** The largest legitimate message has some 2 KB; what is larger closes its connection (RFC 6455, 1009). */
const LARGEST_MESSAGE_BYTES = 16 * 1024;
/** How long work in hand may take once the hub is closing, milliseconds. */
const CLOSING_MS = 10_000;

/** How many commands may wait for the store at once; what comes on top is refused, not queued. */
const MOST_WAITING = 20_000;
/** How often a store that is away is asked whether it is back, milliseconds. */
const PROBE_EVERY_MS = 250;
/** How long the hub waits for its other lines before it asks its terminals to sync, milliseconds. */
const RESYNC_AFTER_MS = 50;

export interface HubOptions {
  settings: Settings;
  /** The store's URL; see `parseRedisUrl`. */
  redisUrl: string;
  log: Logger;
  /** No other hub serves this store's book, as when the hub runs a Redis of its own. */
  alone?: boolean;
}

export interface RunningHub {
  /** Where it listens. */
  readonly url: string;
  readonly port: number;
  /** True when the store held no book before. */
  readonly isNewBook: boolean;
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
  const { settings, log } = options;
  const lines = openLines({ ...options, alone: options.alone === true });
  try {
    await checkServer(lines.store);
    const durability = new DurabilityWatch(lines.store, settings.MIN_REPLICAS);
    const { level, says, warning, replicas, waitsForDisks } = await durability.refresh();
    if (level === "memory" || replicas < settings.MIN_REPLICAS) log.warn(`durability: ${says}`);
    else log.info(`durability: ${says}`);
    if (warning) log.warn(`durability: ${warning}`);
    const waste = await listpackWarning(lines.store);
    if (waste) log.warn(waste);
    const { isNew } = await openBook(lines.store, settings.PARTITIONS);
    const tokens = await createTokens(settings);
    return await assemble({ lines, settings, log, tokens, durability, waitsForDisks, isNewBook: isNew });
  } catch (error) {
    lines.disconnect();
    throw error;
  }
}

interface Parts {
  lines: StoreLines;
  waitsForDisks: boolean;
  durability: DurabilityWatch;
  settings: Settings;
  log: Logger;
  tokens: Tokens;
  isNewBook: boolean;
}

async function assemble(parts: Parts): Promise<RunningHub> {
  const { settings, log, tokens, isNewBook } = parts;
  const { store, subscribe, waiting, disconnect } = parts.lines;
  const metrics: Metrics = new Metrics({ connections: () => io.engine.clientsCount });
  const circuit = new Circuit({
    probe: () => store.ping(),
    isAway,
    mostWaiting: MOST_WAITING,
    probeEveryMs: PROBE_EVERY_MS,
  });
  const ledger = createLedger(store, settings, metrics, circuit);
  await ledger.prepare();
  const accounts = new Accounts(ledger);
  const replicas = waiting && createReplicas(waiting, ledger, parts);
  const http = createServer(
    createHttpApp({
      settings,
      ledger,
      accounts,
      tokens,
      durability: parts.durability,
      replicas,
      metrics,
      log,
      expire: (id) => expire(hub, id),
      tellDecision: ({ event, snapshot }) => event && publish(hub, { event, snapshot }),
      isClosing: () => hub.closing,
      countInHand: (change) => {
        hub.inHand += change;
      },
    }),
  );
  const io = createSocketServer(http, settings);
  releaseRequests(io);
  const hub: Hub = {
    io,
    ledger,
    neighbours:
      subscribe &&
      new Neighbours({ publish: store, subscribe }, io.sockets.adapter, (word) => passOn(hub, word)),
    metrics,
    durability: parts.durability,
    replicas,
    log,
    rateLimit: settings.RATE_LIMIT,
    closing: false,
    inHand: 0,
  };
  askToResyncAfterLoss(hub, [store, subscribe]);
  parts.durability.watch(({ says }) => log.warn(`durability: ${says}`));
  const stopAccepting = acceptTerminals(hub, tokens);
  const sweeper = new Sweeper({
    ledger,
    log,
    intervalMs: settings.SWEEP_INTERVAL,
    expire: (id) => expire(hub, id),
  });
  const port = await listen(http, settings);
  sweeper.start();
  let closed: Promise<void> | undefined;
  const shutDown = async () => {
    stopAccepting();
    await drain(hub, http);
    await sweeper.stop();
    await io.close();
    await ledger.pruneEnded().catch(() => undefined);
    circuit.close();
    disconnect();
  };
  const host = settings.HOST.includes(":") ? `[${settings.HOST}]` : settings.HOST;
  const close = () => {
    closed ??= shutDown();
    return closed;
  };
  return {
    url: `http://${host}:${port}`,
    port,
    isNewBook,
    ledger,
    accounts,
    tokens,
    registry: metrics.registry,
    close,
  };
}

function createLedger(store: Store, settings: Settings, metrics: Metrics, circuit: Circuit): Ledger {
  return new Ledger({
    store,
    partitions: settings.PARTITIONS,
    respondWithinMs: settings.RESPOND_WITHIN * 1000,
    waitMs: settings.WAIT_WITHIN * 1000,
    retentionMs: settings.RETENTION * 1000,
    observe: metrics.storeCalled,
    circuit,
  });
}

function createReplicas(line: Store, ledger: Ledger, { settings, waitsForDisks }: Parts): Replicas {
  const script = ledger.script("confirm-event");
  return new Replicas({ line, script, replicas: settings.MIN_REPLICAS, onDisk: waitsForDisks });
}

function createSocketServer(http: HttpServer, settings: Settings): HubServer {
  return new Server(http, {
    transports: ["websocket"],
    allowUpgrades: false,
    serveClient: false,
    perMessageDeflate: false,
    maxHttpBufferSize: LARGEST_MESSAGE_BYTES,
    ...(settings.CORS_ORIGINS && {
      cors: { origin: settings.CORS_ORIGINS.includes("*") ? "*" : settings.CORS_ORIGINS },
    }),
  });
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

/**
 * While a line was lost the hub may have missed what others told: once it is back, the hub's terminals
 * sync what they follow.
 */
function askToResyncAfterLoss(hub: Hub, lines: (Store | undefined)[]): void {
  let pending: NodeJS.Timeout | undefined;
  // Several lines come back at about the same time, and one word is enough for all of them.
  const resync = () => {
    clearTimeout(pending);
    pending = setTimeout(() => hub.io.emit("session:resync", {}), RESYNC_AFTER_MS);
    pending.unref();
  };
  for (const line of lines) {
    // A single server's line is ready again; a cluster tells of its nodes and of the lines that listen to them.
    for (const event of ["ready", "+node", "subscribersReady"]) line?.on(event, resync);
  }
}

/** Takes nothing new and waits for what is being worked on. */
async function drain(hub: Hub, http: HttpServer): Promise<void> {
  hub.closing = true;
  http.close();
  const until = Date.now() + CLOSING_MS;
  while (hub.inHand > 0 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 10));
  if (hub.inHand > 0) hub.log.warn({ inHand: hub.inHand }, "closing with work still in hand");
  // A connection that brings nothing would hold the server open for ever: once it closes, none times out.
  http.closeAllConnections();
}
