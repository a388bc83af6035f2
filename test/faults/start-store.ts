/** Starts whichever store a run is to have. */
import { startWhole } from "./cluster-store.ts";
import { startSingle } from "./single-store.ts";
import type { Store, StoreOptions } from "./store.ts";

/** Starts a store for a number of hubs. Whoever starts it stops it. */
export function startStore({ store, hubs, minReplicas = 1 }: StoreOptions): Promise<Store> {
  return store === "single" ? startSingle(hubs) : startWhole(minReplicas);
}
