/** A hub's connections to its store: for commands, for what other hubs tell, and for waiting on replicas. */
import { Redis } from "ioredis";
import type { Logger } from "../log.ts";
import { connectRedis, type Store } from "../redis/connect.ts";

export interface StoreConnections {
  readonly commands: Store;
  /** Absent when the hub is alone. */
  readonly subscriber: Store | undefined;
  /** With MIN_REPLICAS; a connection of its own, since a wait holds up all that comes after it. */
  readonly replication: Store | undefined;
  disconnect(): void;
}

export interface StoreConnectionsOptions {
  redisUrl: string;
  /** No other hub serves the book. */
  alone: boolean;
  waitsForReplicas: boolean;
  log: Logger;
}

/** Connects them; each comes back by itself when it is lost. */
export function connectStore(options: StoreConnectionsOptions): StoreConnections {
  const { redisUrl, alone, waitsForReplicas, log } = options;
  const open = (patient: boolean) => connectRedis(redisUrl, { name: "tallystick-hub", patient });
  // The other connections go to the same address. One that only listens is told nothing of this, and would go on
  // hearing the old master; one that waits for replicas would find out with the next voucher.
  const onReadOnly = () => {
    for (const connection of [subscriber, replication])
      if (connection instanceof Redis) connection.disconnect(true);
  };
  const commands = connectRedis(redisUrl, { name: "tallystick-hub", onReadOnly });
  // Its subscriptions wait for the store however long it is away.
  const subscriber = alone ? undefined : open(true);
  const replication = waitsForReplicas ? open(false) : undefined;
  const all = [commands, subscriber, replication].filter((connection) => connection !== undefined);
  const warn = onceASecond((error) =>
    log.warn({ error: String(error) }, "a connection to the store is down"),
  );
  for (const connection of all) connection.on("error", warn);
  return {
    commands,
    subscriber,
    replication,
    disconnect: () => {
      for (const connection of all) connection.disconnect();
    },
  };
}

/** While the store is away each attempt to reach it fails; one line a second says it all. */
function onceASecond(warn: (error: unknown) => void): (error: unknown) => void {
  let quietUntil = 0;
  return (error) => {
    const now = performance.now();
    if (now < quietUntil) return;
    quietUntil = now + 1000;
    warn(error);
  };
}
