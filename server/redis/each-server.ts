/** A store's lines to its servers: the one, or a cluster's, those that come later among them. */
import { Cluster, type Redis } from "ioredis";
import type { Store } from "./connect.ts";

export function eachServer(store: Store, act: (redis: Redis) => void): void {
  if (store instanceof Cluster) {
    for (const node of store.nodes()) act(node);
    store.on("+node", act);
  } else {
    act(store);
  }
}
