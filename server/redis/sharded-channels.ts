/**
 * What ioredis keeps of a cluster's sharded subscriptions, at a cost that does not grow. ioredis 6.0 adds up the channels
 * of all slots with each SSUBSCRIBE and SUNSUBSCRIBE, and never forgets a slot: once all 16,384 had been seen, that was
 * most of what a negotiation across hubs cost. This leans on ioredis's insides, so ioredis is held to its minor version.
 */
import type { Cluster, Redis } from "ioredis";

/** A connection of ioredis's to one master. */
interface Subscriber {
  getInstance(): Redis | null;
}

/** ioredis's own, as far as it is used here. */
interface SubscriberGroup {
  /** By slot. */
  channels: Map<number, string[]>;
  /** By node. */
  shardedSubscribers: Map<string, Subscriber>;
}

/** The channels of each slot that has any. */
class SlotChannels extends Map<number, string[]> {
  override set(slot: number, channels: string[]): this {
    if (channels.length > 0) return super.set(slot, channels);
    this.delete(slot);
    return this;
  }

  /** ioredis takes all only to count them, and looks only whether the sum is -1, which stands for an error. */
  override values(): MapIterator<string[]> {
    return new Map<number, string[]>().values();
  }
}

/** The connections, each told of as it is made. */
class Subscribers extends Map<string, Subscriber> {
  readonly #connected: (server: Redis) => void;

  constructor(connected: (server: Redis) => void) {
    super();
    this.#connected = connected;
  }

  override set(node: string, subscriber: Subscriber): this {
    const server = subscriber.getInstance();
    if (server) this.#connected(server);
    return super.set(node, subscriber);
  }
}

/**
 * Makes a cluster's client forget the slots without channels. It has to be new: its connections are made later.
 *
 * @param connected is called with each connection that subscribes, before the first command over it.
 */
export function keepShardedChannels(cluster: Cluster, connected: (server: Redis) => void): void {
  const group = subscriberGroupOf(cluster);
  group.channels = new SlotChannels();
  group.shardedSubscribers = new Subscribers(connected);
}

/** In how many slots a cluster's client has channels. */
export function countSubscribedSlots(cluster: Cluster): number {
  return subscriberGroupOf(cluster).channels.size;
}

function subscriberGroupOf(cluster: Cluster): SubscriberGroup {
  return (cluster as unknown as { shardedSubscribers: SubscriberGroup }).shardedSubscribers;
}
