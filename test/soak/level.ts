/** What a hub and its store hold at one moment, once nobody is connected. */
import type { Redis } from "ioredis";
import { type KeyKind, readBookKey } from "../../server/audit/book-key.ts";
import { RATES_ROOM } from "../../server/limits/party-rates.ts";
import { LIVE_ROOM } from "../../server/live/sample.ts";
import type { ChildHub, Held } from "../helpers/child-hub.ts";

/** The partitions of a child's book. */
const PARTITIONS = 16;
/** Redis's answer of a key without a time to live. */
const STAYS = -1;

export interface Level extends Held {
  /** Terminals that the hub counts. */
  terminals: number;
  /** Rooms of terminals, of which hubs hear each other. */
  rooms: number;
  /** Connections to the store. */
  storeConnections: number;
  /** Keys that wait for something, though all has ended, by their kind: queues, indexes of what is open, freezes. */
  keys: Readonly<Record<string, number>>;
}

/** What a book keeps: accounts and what was done with them, its name, its journals, and what hubs say of themselves. */
const KEPT: ReadonlySet<string> = new Set<KeyKind>([
  "account",
  "accounts",
  "adjustments",
  "repayments",
  "book",
  "journal",
  "sums",
  "sweep",
  "archive-lease",
  "fed",
  "signing-keys",
]);
/** What stays of what has ended with a voucher, and of what was paid. */
const ENDED: ReadonlySet<string> = new Set<KeyKind>([
  "issuance",
  "request",
  "voucher",
  "ended-vouchers",
  "credits",
]);

/** In these hubs tell each other of themselves and of what parties send, and hear it always. */
const HUBS_ROOMS = [LIVE_ROOM, RATES_ROOM];

export async function levelOf(hub: ChildHub, store: Redis): Promise<Level> {
  const held = await hub.held();
  const channels = (await store.call("PUBSUB", "SHARDCHANNELS", "ts#*")) as string[];
  const rooms = channels.filter((channel) => !HUBS_ROOMS.some((room) => channel.endsWith(room)));
  const clients = String(await store.client("LIST"));
  return {
    ...held,
    terminals: await terminalsOf(hub),
    rooms: rooms.length,
    storeConnections: clients.split("\n").filter((line) => line.includes("name=tallystick")).length,
    keys: await leftover(store),
  };
}

async function terminalsOf(hub: ChildHub): Promise<number> {
  const text = await (await fetch(`${hub.url}/metrics`)).text();
  return Number(/^tallystick_connections_open (\d+)/m.exec(text)?.[1]);
}

/** Keys that have no time to live and are none of those that a book keeps, counted by their kind. */
async function leftover(store: Redis): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for await (const keys of store.scanStream({ match: "ts:*", count: 1000 }) as AsyncIterable<string[]>) {
    const lives = await Promise.all(keys.map((key) => store.pttl(key)));
    for (const [index, key] of keys.entries()) {
      const kind = readBookKey(key, PARTITIONS)?.kind ?? "unknown";
      const stays = lives[index] === STAYS && !KEPT.has(kind) && !ENDED.has(kind);
      if (stays) found[kind] = (found[kind] ?? 0) + 1;
    }
  }
  return found;
}
