/** The hubs of a run, the lines to them, and one address in front, as a load balancer gives it. */

import { freePort } from "../helpers/redis-process.ts";
import { startProxy, type TcpProxy } from "../helpers/tcp-proxy.ts";
import type { RunArchive } from "./archive.ts";
import type { Breakage } from "./broken-script.ts";
import { type HubProcess, startHubProcess } from "./hub-process.ts";
import type { Random } from "./random.ts";
import { PARTITIONS, RESPOND_WITHIN, WAIT_WITHIN } from "./settings.ts";
import type { Store } from "./store.ts";

const HOST = "127.0.0.1";
/** A secret of the run's own. */
export const SECRET = "a secret for fault tests, of 32 bytes or more";
/** Each hub's clock is wrong in another way. */
const SKEWS_MS = [-90_000, 0, 120_000, 35_000, -3_600_000 / 4];

export interface FleetHub {
  readonly process: HubProcess;
  /** Between the load balancer and the hub. */
  readonly line: TcpProxy;
}

export interface Fleet {
  /** The one address that terminals know. */
  readonly url: string;
  readonly hubs: readonly FleetHub[];
  stop(): Promise<void>;
}

export interface FleetOptions {
  count: number;
  store: Store;
  archive?: RunArchive | undefined;
  /** Chooses the hub of each connection. */
  random: Random;
  /** What is wrong with the hubs' scripts, for the tests of the checker alone. */
  broken?: readonly Breakage[] | undefined;
}

/** Starts hubs on a store. Whoever starts them stops them. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const { count, store, archive, random, broken } = options;
  const hubs = await Promise.all(
    Array.from({ length: count }, async (_, index): Promise<FleetHub> => {
      const port = await freePort();
      const process = startHubProcess({
        port,
        broken,
        environment: {
          ...SETTINGS,
          ...store.settings,
          ...archive?.settings,
          REDIS_URL: store.urlFor(index),
          CLOCK_SKEW_MS: String(SKEWS_MS[index % SKEWS_MS.length]),
        },
      });
      return { process, line: await startProxy(() => ({ host: HOST, port })) };
    }),
  );
  // The balancer knows which hubs are gone, but not which are silent.
  const balancer = await startProxy(() => {
    const living = hubs.filter((hub) => hub.process.listening);
    return living.length > 0 ? { host: HOST, port: random.pick(living).line.port } : undefined;
  });
  await Promise.all(hubs.map((hub) => hub.process.untilListening()));
  return {
    url: `http://${HOST}:${balancer.port}`,
    hubs,
    stop: async () => {
      await Promise.all(hubs.map((hub) => hub.process.kill()));
      await Promise.all([balancer, ...hubs.map((hub) => hub.line)].map((line) => line.close()));
    },
  };
}

const SETTINGS = {
  HOST,
  ARCHIVE_URL: "none",
  JWT_SECRET: SECRET,
  PARTITIONS: String(PARTITIONS),
  RESPOND_WITHIN: String(RESPOND_WITHIN),
  WAIT_WITHIN: String(WAIT_WITHIN),
  SWEEP_INTERVAL: "250",
  // A store that goes back by a second may be behind dozens of one party's issuances.
  FENCES_PER_PARTY: "10000",
  OPEN_PER_PAIR: "100000",
  UNTOUCHED_PER_PAIR: "100000",
  PROBES_PER_PAIR: "100000",
  LOG_LEVEL: "error",
  WORKERS: "1",
};
