/** A real hub on a free port and a real Redis, for one test file. */
import type { AccountPut } from "@tallystick/protocol";
import { readSettings, type Settings } from "../../server/config.ts";
import { createHub, type HubOptions, type RunningHub } from "../../server/hub/create-hub.ts";
import { createLog } from "../../server/log.ts";
import { startRedis } from "./redis.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const SECRET = "a secret for tests, of 32 bytes or more";

/** Tests send from few parties what many would send. Those of a limit set it. */
const NO_LIMITS = {
  OPEN_PER_PAIR: "10000000",
  OPEN_PER_ISSUER: "10000000",
  UNTOUCHED_PER_PAIR: "10000000",
  PROBES_PER_PAIR: "10000000",
  PARTY_RATE: "10000000",
};

export interface TestHub {
  readonly url: string;
  readonly port: number;
  readonly redisUrl: string;
  readonly running: RunningHub;
  token(party: string, options?: { operator?: boolean; ttlSeconds?: number }): Promise<string>;
  putAccount(party: string, number: string, body: AccountPut): Promise<void>;
  /** Closes the hub and starts it again on the same port and store. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export interface TestHubOptions {
  /** A store that the test has started; otherwise the hub gets one of its own, stopped with it. */
  redisUrl?: string;
  /** Settings as environment variables. */
  settings?: { [Name in keyof Settings]?: string | undefined };
  /** The sample book's parties, of whom a person may choose one in the browser. */
  sampleParties?: HubOptions["sampleParties"];
  /** Called with each line of the hub's log, down to LOG_LEVEL; otherwise the hub says nothing. */
  onLog?: (line: string) => void;
}

/** Starts a hub. Whoever starts it closes it. */
export async function startHub(options: TestHubOptions = {}): Promise<TestHub> {
  const own = options.redisUrl === undefined ? await startRedis() : undefined;
  const redisUrl = options.redisUrl ?? (own?.url as string);
  const folder = temporaryFolder();
  const start = (port: string) => {
    const given = {
      JWT_SECRET: SECRET,
      PARTITIONS: "16",
      DATA_DIR: folder,
      REDIS_URL: redisUrl,
      ...NO_LIMITS,
      ...options.settings,
      PORT: port,
    };
    const settings = readSettings(given);
    return createHub({
      settings,
      redisUrl,
      // With a store of its own a hub is alone; on a shared one there may be others.
      alone: own !== undefined,
      sampleParties: options.sampleParties,
      log: options.onLog
        ? createLog({ level: settings.LOG_LEVEL, destination: { write: options.onLog } })
        : createLog({ level: process.env.TEST_LOG_LEVEL ?? "silent" }),
    });
  };
  let running = await start("0");
  return {
    get url() {
      return running.url;
    },
    get port() {
      return running.port;
    },
    get running() {
      return running;
    },
    redisUrl,
    token: async (party, { operator = false, ttlSeconds = 3600 } = {}) =>
      (await running.tokens.sign?.({ party, operator, ttlSeconds })) as string,
    putAccount: async (party, number, body) => {
      const outcome = await running.accounts.put({ party, number }, body);
      if (outcome.kind !== "done") throw new Error(outcome.message);
    },
    restart: async () => {
      const { port } = running;
      await running.close();
      running = await start(String(port));
    },
    close: async () => {
      await running.close();
      await own?.stop();
    },
  };
}
