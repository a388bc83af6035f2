/** A client of the store, whether that is one server or a cluster. */
import { Cluster, type Redis } from "ioredis";

export type Store = Redis | Cluster;

/** The masters that hold a part of the book: a cluster's, or the one server. */
export function masters(store: Store): Redis[] {
  return store instanceof Cluster ? store.nodes("master") : [store];
}

/** Calls `act` with the connection to each server, now and for those that join a cluster later. */
export function forEachServer(store: Store, act: (server: Redis) => void): void {
  if (store instanceof Cluster) {
    for (const node of store.nodes()) act(node);
    store.on("+node", act);
  } else {
    act(store);
  }
}
