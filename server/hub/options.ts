/** What a hub is started with. */
import type { Registry } from "prom-client";
import type { Settings } from "../config.ts";
import type { SampleParty } from "../http/local-sign-in.ts";
import type { Logger } from "../log.ts";

export interface HubOptions {
  settings: Settings;
  /** The store's URL; see `parseRedisUrl`. */
  redisUrl: string;
  log: Logger;
  /** The sample book's parties, where it is served: on one's own machine a person may choose one in the browser. */
  sampleParties?: readonly SampleParty[] | undefined;
  /** False where a book has to be there already, as for a worker that is started again; true unless given. */
  mayBegin?: boolean;
  /** No other hub serves this store's book, as when the hub runs a Redis of its own. */
  alone?: boolean;
  /** Prometheus's text where this process is one of several: that of all, or undefined when one does not answer. */
  collectMetrics?: (registry: Registry) => Promise<string | undefined>;
}
