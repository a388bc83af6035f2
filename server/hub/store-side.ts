/** The hub's side of the store: the ledger, and what watches whether the store can be relied on. */
import { BookWatch } from "../ledger/book-watch.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { ReplicationBarrier } from "../ledger/replication-barrier.ts";
import { Rights, sayLacking } from "../ledger/rights.ts";
import { HubBus } from "../socket/hub-bus.ts";
import { Presence } from "../socket/presence.ts";
import { Rooms } from "../socket/rooms.ts";
import type { HubServer } from "../socket/terminal.ts";
import { createBarrier, createBreaker, createLedger, type LedgerParts } from "./ledger-parts.ts";
import { type OpenedStore, rightsOf } from "./open-store.ts";
import type { HubOptions } from "./options.ts";
import type { StoreConnections } from "./store-connections.ts";
import { tellBook } from "./tell-book.ts";

export interface StoreParts {
  options: HubOptions;
  connections: StoreConnections;
  opened: OpenedStore;
}

/** The rooms in which terminals are told, and what has to reach other hubs as well when the store changes. */
export interface StoreWatch {
  rooms: Rooms;
  presence: Presence;
  book: BookWatch;
  rights: Rights;
  /** Other hubs of the book; absent when this one is alone. */
  bus: HubBus | undefined;
  /** Hears what hubs tell of themselves in a room of theirs. */
  onHub: (room: string, hear: (json: string) => void) => void;
}

/** Watches whose book the store holds, and what it lets the hub do; terminals sync when either is as it was again. */
export function watchStore({ options, connections, opened }: StoreParts, io: HubServer): StoreWatch {
  const { commands: store, subscriber } = connections;
  const { log } = options;
  const lookAtRights = () => void rights.missing().catch(() => undefined);
  const bus = subscriber && new HubBus({ publisher: store, subscriber }, opened.book.id, lookAtRights);
  const rooms = new Rooms(io, bus);
  const presence = new Presence({ io, rooms, bus });
  const hearing = new Map<string, (json: string) => void>();
  bus?.listen(io.sockets.adapter, (message) => {
    if ("hub" in message.message) hearing.get(message.room)?.(message.json);
    else if (!presence.hint(message)) rooms.deliver(message);
  });
  const resync = () => io.emit("session:resync", {});
  const onRestored = () => {
    log.info("the store's user has all rights that the hub needs again");
    bus?.subscribeAgain();
    resync();
  };
  const rights = new Rights({
    store,
    ...rightsOf(options),
    onChange: (missing) => (missing.length > 0 ? log.error(sayLacking(store, missing)) : onRestored()),
  });
  const book = new BookWatch({
    store,
    book: opened.book,
    onChange: (state, id) => tellBook(log, state, id),
    onBegun: (id) => {
      bus?.useBook(id);
      resync();
    },
  });
  const onHub: StoreWatch["onHub"] = (room, hear) => hearing.set(room, hear);
  return { rooms, presence, book, rights, bus, onHub };
}

export interface StoreSide {
  ledger: Ledger;
  /** With MIN_REPLICAS. */
  barrier: ReplicationBarrier | undefined;
  /** Writes down what is left to write, and lets go of the store. */
  close(): Promise<void>;
}

/** A ledger whose scripts are loaded, and whose book has been looked at. */
export async function openStoreSide(
  parts: StoreParts,
  book: BookWatch,
  observe: LedgerParts["observe"],
): Promise<StoreSide> {
  const { options, connections, opened } = parts;
  const { commands: store, replication } = connections;
  const { settings, log } = options;
  const { waitsForDisks } = opened;
  const breaker = createBreaker(store);
  const barrier =
    replication && createBarrier(book, { connection: replication, settings, waitsForDisks, log });
  const ledger = createLedger({ store, settings, observe, circuitBreaker: breaker, book, barrier });
  await ledger.prepare();
  await book.look();
  // After a failover another server answers.
  const lookAgain = () => {
    book.look().catch(() => undefined);
    ledger.indexRepair.hurry();
  };
  for (const event of ["ready", "+node"]) store.on(event, lookAgain);
  opened.durability.watch(({ says }) => log.warn(`durability: ${says}`));
  const close = async () => {
    await ledger.openIssuances.pruneEnded();
    await ledger.voucherIndex.moveEnded();
    await ledger.untouched.dropTouched();
    breaker.close();
    connections.disconnect();
  };
  return { ledger, barrier, close };
}
