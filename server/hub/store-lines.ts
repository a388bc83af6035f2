/** A hub's lines to its store: one for commands, one that listens to other hubs, one that waits for replicas. */
import type { Settings } from "../config.ts";
import type { Logger } from "../log.ts";
import { connectRedis, type Store } from "../redis/connect.ts";

export interface StoreLines {
  readonly store: Store;
  /** Absent when the hub is alone. */
  readonly subscribe: Store | undefined;
  /** With MIN_REPLICAS; a line of its own, since a wait holds up all that comes after it. */
  readonly waiting: Store | undefined;
  disconnect(): void;
}

export interface LinesOptions {
  redisUrl: string;
  settings: Pick<Settings, "MIN_REPLICAS">;
  /** No other hub serves the book. */
  alone: boolean;
  log: Logger;
}

/** Connects them; each comes back by itself when it is lost. */
export function openLines({ redisUrl, settings, alone, log }: LinesOptions): StoreLines {
  const open = (patient: boolean) => connectRedis(redisUrl, { name: "tallystick-hub", patient });
  const store = open(false);
  // Its subscriptions wait for the store however long it is away.
  const subscribe = alone ? undefined : open(true);
  const waiting = settings.MIN_REPLICAS > 0 ? open(false) : undefined;
  const all = [store, subscribe, waiting].filter((line) => line !== undefined);
  const complain = calmly((error) => log.warn({ error: String(error) }, "a line to the store is down"));
  for (const line of all) line.on("error", complain);
  return {
    store,
    subscribe,
    waiting,
    disconnect: () => {
      for (const line of all) line.disconnect();
    },
  };
}

/** While the store is away each attempt to reach it fails; one line a second says it all. */
function calmly(complain: (error: unknown) => void): (error: unknown) => void {
  let quietUntil = 0;
  return (error) => {
    const now = performance.now();
    if (now < quietUntil) return;
    quietUntil = now + 1000;
    complain(error);
  };
}
