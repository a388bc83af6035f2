/** Puts a hub together: store, ledger, use cases, sockets, HTTP and sweeper, on one port, closed as a whole. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Registry } from "prom-client";
import { type AsksArchive, LateArchive } from "../archive/archive.ts";
import { AuditDesk } from "../audit/audit-desk.ts";
import { addBookMetrics } from "../book-metrics.ts";
import { Sweeper } from "../deadlines/sweeper.ts";
import { Documents } from "../documents/documents.ts";
import { History } from "../history/history.ts";
import type { HttpParts } from "../http/app.ts";
import type { Accounts } from "../ledger/accounts.ts";
import type { BookWatch } from "../ledger/book-watch.ts";
import { ConfirmedAccounts } from "../ledger/confirmed-accounts.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { Overload } from "../limits/overload.ts";
import { PartyRates, RATES_ROOM } from "../limits/party-rates.ts";
import { Live } from "../live/live.ts";
import { LIVE_ROOM } from "../live/sample.ts";
import { Metrics } from "../metrics.ts";
import type { Store } from "../redis/connect.ts";
import { Readiness } from "../redis/readiness.ts";
import { slowestFsync } from "../redis/slow-fsyncs.ts";
import { Revocations } from "../revocations.ts";
import { ConnectionLimits } from "../socket/connection-limits.ts";
import { askToResyncAfterLoss } from "../socket/resync.ts";
import { createSocketServer } from "../socket/socket-server.ts";
import { TlsFiles } from "../tls-files.ts";
import { createTokens, type Tokens, tokenWarning } from "../tokens.ts";
import { networkOf } from "../webhooks/find-address.ts";
import { Webhooks } from "../webhooks/webhooks.ts";
import { WorkInHand } from "../work-in-hand.ts";
import { type HubArchive, lastPlace, openArchive } from "./open-archive.ts";
import { openStore } from "./open-store.ts";
import { type HubWebhooks, openWebhooks } from "./open-webhooks.ts";
import type { HubOptions } from "./options.ts";
import { connectStore } from "./store-connections.ts";
import { openStoreSide, type StoreParts, type StoreSide, type StoreWatch, watchStore } from "./store-side.ts";
import { createTransports, type Transports } from "./transports.ts";
import { createUseCases, expireWith, type UseCases } from "./use-cases.ts";

export type { HubOptions } from "./options.ts";

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
  /** What can be asked of the book's history. */
  readonly archive: AsksArchive;
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
    const tls = await openTls(settings, log);
    const opened = await openStore(connections.commands, options);
    return await assemble({ options, connections, opened }, { tokens: await openTokens(settings, log), tls });
  } catch (error) {
    connections.disconnect();
    throw error;
  }
}

/** @throws Error when the hub's own secret can't be used. */
function openTokens(settings: HubOptions["settings"], log: HubOptions["log"]): Promise<Tokens> {
  const warning = tokenWarning(settings);
  if (warning) log.warn(`tokens: ${warning}`);
  return createTokens(settings, (failure) => {
    if (failure === undefined) log.info("tokens: the key set can be read again");
    else log.error({ failure }, "tokens: the key set can't be read; known keys go on for an hour");
  });
}

/** @throws Error when the certificate can't be used. */
async function openTls(
  { TLS_CERT: cert, TLS_KEY: key }: HubOptions["settings"],
  log: HubOptions["log"],
): Promise<TlsFiles | undefined> {
  return cert !== undefined && key !== undefined ? TlsFiles.open({ cert, key }, log) : undefined;
}

async function assemble(
  parts: StoreParts,
  { tokens, tls }: { tokens: Tokens; tls: TlsFiles | undefined },
): Promise<RunningHub> {
  const { options, connections, opened } = parts;
  const { settings, log } = options;
  const { durability } = opened;
  const limits = new ConnectionLimits(settings);
  const io = createSocketServer(settings, limits);
  const metrics = new Metrics({ connections: () => io.engine.clientsCount });
  const watch = watchStore(parts, io);
  const { rooms, presence, book } = watch;
  const overload = new Overload({ shed: () => metrics.shed(), log });
  const storeSide = await openStoreSide(parts, book, (script, seconds) => {
    metrics.storeCalled(script, seconds);
    overload.storeCalled(seconds);
  });
  const { ledger, barrier } = storeSide;
  const late = new LateArchive();
  const toUseCases = { ledger, rooms, barrier, durability, archive: late, settings, metrics, log };
  const useCases = createUseCases(toUseCases);
  const documents = await Documents.open({ settings, ledger, book, durability, log });
  const revocations = new Revocations({
    list: ledger.revocations,
    end: (revoked) => rooms.endSessions(revoked),
    tell: (revoked) => rooms.tellRevoked(revoked),
    log,
  });
  const archive = await openArchive(parts, { ...useCases, metrics });
  late.opened(archive);
  const webhooks = openWebhooks(parts, metrics);
  const served = servedOf(parts, storeSide, watch);
  const audits = new AuditDesk({ store: connections.commands, ledger, archive });
  const live = new Live({
    metrics,
    census: ledger.census,
    readiness: served.readiness,
    connections: () => io.engine.clientsCount,
    audit: () => audits.last,
    bus: watch.bus,
  });
  watch.onHub(LIVE_ROOM, (json) => live.hear(json));
  const partyRates = new PartyRates({ perSecond: settings.PARTY_RATE, bus: watch.bus });
  watch.onHub(RATES_ROOM, (json) => partyRates.hear(json));
  addBookMetrics(metrics.registry, {
    census: ledger.census,
    readiness: served.readiness,
    slowestFsync: () => slowestFsync(connections.commands),
  });
  const transports = createTransports(
    {
      ...useCases,
      history: new History(archive, opened.book.id, () => lastPlace(connections.commands)),
      webhooks: new Webhooks(webhooks, networkOf(settings), ledger.webhookActs),
      ...served,
      documents,
      audits,
      live,
      revocations,
      partyRates,
      tokens: revocations.guard(tokens),
      sampleParties: options.sampleParties,
      metrics: metricsText(metrics.registry, options.collectMetrics),
      work: new WorkInHand(),
      log,
    },
    { io, limits, overload, rooms, presence, ledger, metrics, settings, tls },
  );
  askToResyncAfterLoss(io, [connections.commands, connections.subscriber]);
  const port = await transports.listen().catch(async (error: unknown) => {
    // Their threads would keep the process alive, which has nothing more to do.
    await webhooks.close();
    await archive.close();
    throw error;
  });
  const sweeper = startSweeper(parts, storeSide, useCases);
  book.start(settings.SWEEP_INTERVAL);
  revocations.start();
  live.start();
  const closing = {
    drainMs: settings.DRAIN * 1000,
    watch,
    documents,
    archive,
    webhooks,
    live,
    partyRates,
    overload,
    revocations,
    transports,
    sweeper,
    settler: useCases.settler,
    storeSide,
  };
  let closed: Promise<void> | undefined;
  return {
    url: urlOf(settings, port),
    port,
    isNewBook: opened.book.isNew,
    store: connections.commands,
    book,
    ledger,
    accounts: ledger.accounts,
    archive,
    tokens,
    registry: metrics.registry,
    close: () => {
      closed ??= close(closing);
      return closed;
    },
  };
}

function urlOf({ HOST, TLS_CERT }: HubOptions["settings"], port: number): string {
  const host = HOST.includes(":") ? `[${HOST}]` : HOST;
  return `${TLS_CERT === undefined ? "http" : "https"}://${host}:${port}`;
}

/** What HTTP serves of the store, beside the use cases. */
function servedOf(
  { options, opened: { durability } }: StoreParts,
  { ledger, barrier }: StoreSide,
  { book, rights }: StoreWatch,
): Pick<HttpParts, "accounts" | "writeKeys" | "readiness"> {
  const replicas = barrier && {
    count: options.settings.MIN_REPLICAS,
    canConfirm: async (withinMs: number) => barrier.canConfirm(await book.oneOfEachServer(), withinMs),
  };
  return {
    accounts: barrier ? new ConfirmedAccounts(ledger.accounts, barrier) : ledger.accounts,
    writeKeys: ledger.writeKeys,
    readiness: new Readiness({ book, durability, rights, replicas }),
  };
}

function metricsText(registry: Registry, collect: HubOptions["collectMetrics"]): HttpParts["metrics"] {
  return {
    contentType: registry.contentType,
    collect: () => (collect ? collect(registry) : registry.metrics()),
  };
}

function startSweeper({ options }: StoreParts, { ledger }: StoreSide, useCases: UseCases): Sweeper {
  const { settings, log } = options;
  const sweeper = new Sweeper({
    ledger,
    log,
    intervalMs: settings.SWEEP_INTERVAL,
    expire: expireWith(useCases),
    finish: (entry) => useCases.settler.do(entry),
  });
  sweeper.start();
  return sweeper;
}

interface Closing {
  drainMs: number;
  watch: StoreWatch;
  revocations: Revocations;
  documents: Documents;
  archive: HubArchive;
  webhooks: HubWebhooks;
  live: Live;
  partyRates: PartyRates;
  overload: Overload;
  transports: Transports;
  sweeper: Sweeper;
  settler: UseCases["settler"];
  storeSide: StoreSide;
}

/** From the outside inwards: nothing new is begun, what is in hand ends, and the store is let go last. */
async function close(parts: Closing): Promise<void> {
  const {
    drainMs,
    watch,
    documents,
    archive,
    live,
    partyRates,
    overload,
    webhooks,
    revocations,
    transports,
    sweeper,
    settler,
    storeSide,
  } = parts;
  transports.leave();
  if (drainMs > 0) await sleep(drainMs);
  transports.stopSessions();
  revocations.stop();
  live.stop();
  partyRates.stop();
  overload.stop();
  watch.book.stop();
  watch.rights.stop();
  watch.presence.stop();
  documents.close();
  await transports.endWork();
  await sweeper.stop();
  await settler.idle();
  await transports.close();
  await Promise.all([archive.close(), webhooks.close()]);
  await storeSide.close();
}
