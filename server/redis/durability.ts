/** What a crash can cost, as the store's own settings have it (design, guarantee 2). */
import type { DurabilityLevel } from "@tallystick/protocol";
import type { Redis } from "ioredis";
import { settleApart } from "./apart.ts";
import { readSetting } from "./settings.ts";
import { masters, type Store } from "./store.ts";

/** A server would evict keys as its memory runs out: money must not vanish. */
export class EvictionError extends Error {
  override name = "EvictionError";
}

export interface Durability {
  /** What an acknowledged issue survives. */
  level: DurabilityLevel;
  /** What a crash can cost, in a sentence. */
  says: string;
  /** How many replicas each master has at least. */
  replicas: number;
  /** How MIN_REPLICAS does not hold what it promises; absent when it does. */
  warning?: string;
  /** All masters can wait for their replicas' disks (WAITAOF). */
  waitsForDisks: boolean;
}

interface ServerSettings {
  appendonly: string | undefined;
  appendfsync: string | undefined;
  /** `no-appendfsync-on-rewrite` */
  noSyncOnRewrite: string | undefined;
  policy: string | undefined;
  replicas: number;
  hasWaitAof: boolean;
}

/** How often the settings are read while a hub serves, milliseconds. */
const REFRESH_EVERY_MS = 2000;

/** What the store's settings were when they were last read; an operator or a failover can change them at any time. */
export class DurabilityWatch {
  readonly #store: Store;
  readonly #minReplicas: number;
  readonly #known: KnownSettings = new Map();
  #last: Durability | undefined;

  constructor(store: Store, minReplicas: number) {
    this.#store = store;
    this.#minReplicas = minReplicas;
  }

  /** What an issue survives that is acknowledged now: with MIN_REPLICAS none is acknowledged without them. */
  get level(): DurabilityLevel {
    return this.#minReplicas > 0 ? "replicated" : (this.#last?.level ?? "memory");
  }

  /**
   * Reads the settings again.
   *
   * @throws Error when no server of the store answers, or one would throw data away.
   */
  async refresh(): Promise<Durability> {
    this.#last = await readDurability(this.#store, this.#minReplicas, this.#known);
    return this.#last;
  }

  /**
   * Reads the settings every few seconds, and whenever the client has connected anew, until the store is
   * disconnected.
   *
   * @param onChange is told when issues begin to survive more or less than before.
   */
  watch(onChange: (durability: Durability) => void): void {
    const refresh = async () => {
      const before = this.#last?.level;
      // A store that does not answer acknowledges nothing either.
      const durability = await this.refresh().catch(() => undefined);
      if (durability && durability.level !== before) onChange(durability);
    };
    const timer = setInterval(refresh, REFRESH_EVERY_MS).unref();
    this.#store.on("ready", refresh);
    this.#store.once("end", () => clearInterval(timer));
  }
}

/** The settings of each server, as it told them last; by its address. */
type KnownSettings = Map<string, ServerSettings>;

/**
 * Reads the settings of each server of the store; the weakest decides. One that does not answer is taken to be set as
 * it was last.
 *
 * @param minReplicas how many replicas have to have an issue before it is acknowledged.
 * @param known what the servers told before, which is brought up to date.
 * @throws EvictionError; the client's error when no server answers.
 */
export async function readDurability(
  store: Store,
  minReplicas = 0,
  known: KnownSettings = new Map(),
): Promise<Durability> {
  const servers = masters(store);
  const read = async (server: Redis) => void known.set(addressOf(server), await readServerSettings(server));
  await settleApart(servers.map(read));
  const all = servers.flatMap((server) => known.get(addressOf(server)) ?? []);
  for (const { policy } of all) {
    if (policy !== undefined && policy !== "noeviction") {
      throw new EvictionError(
        `the store's maxmemory-policy is ${policy}, which throws data away when memory runs out: set it to noeviction`,
      );
    }
  }
  const judged = all.map(judge);
  const alone = judged.find(({ level }) => level === "memory") ?? judged[0] ?? UNKNOWN;
  const replicas = all.length === 0 ? 0 : Math.min(...all.map((settings) => settings.replicas));
  const waitsForDisks =
    all.length > 0 && all.every(({ appendonly, hasWaitAof }) => appendonly === "yes" && hasWaitAof);
  if (minReplicas === 0) return { ...alone, replicas, waitsForDisks };
  const warning = uncovered(Math.max(...all.map((settings) => settings.replicas)), minReplicas);
  const says = `an issue is acknowledged when ${count(minReplicas)} it${waitsForDisks ? " on disk" : ""}`;
  if (replicas >= minReplicas) return { level: "replicated", says, ...warning, replicas, waitsForDisks };
  // None is acknowledged until they are back, so that nothing is lost meanwhile either.
  return { ...alone, says: `${says}, and there are only ${replicas} of them now`, replicas, waitsForDisks };
}

/** A failover may promote any replica, also one that has not got what the others have acknowledged. */
function uncovered(replicas: number, minReplicas: number): { warning?: string } {
  if (replicas <= minReplicas) return {};
  return {
    warning: `MIN_REPLICAS is ${minReplicas} and a master has ${replicas} replicas: a failover to one of the others can lose acknowledged issues; set MIN_REPLICAS to ${replicas}`,
  };
}

function count(replicas: number): string {
  return replicas === 1 ? "1 replica has" : `${replicas} replicas have`;
}

function addressOf({ options: { path, host, port } }: Redis): string {
  return path ?? `${host}:${port}`;
}

async function readServerSettings(server: Redis): Promise<ServerSettings> {
  const [info, command, appendonly, appendfsync, noSyncOnRewrite, policy] = await Promise.all([
    server.info("replication"),
    // A server that does not know the command answers with nothing in its place.
    server.command("INFO", "WAITAOF").catch(() => []) as Promise<unknown[]>,
    ...["appendonly", "appendfsync", "no-appendfsync-on-rewrite", "maxmemory-policy"].map((name) =>
      readSetting(server, name),
    ),
  ]);
  const replicas = [...info.matchAll(/^slave\d+:.*state=online/gm)].length;
  return {
    appendonly,
    appendfsync,
    noSyncOnRewrite,
    policy,
    replicas,
    hasWaitAof: Array.isArray(command[0]),
  };
}

type Judgement = Pick<Durability, "level" | "says">;

const UNKNOWN: Judgement = {
  level: "memory",
  says: "the store does not tell its settings, so nobody knows what a crash can cost",
};

function judge({ appendonly, appendfsync, noSyncOnRewrite }: ServerSettings): Judgement {
  if (appendonly === undefined) return UNKNOWN;
  if (appendonly !== "yes") {
    return {
      level: "memory",
      says: "appendonly is no: a crash of the store loses all since its last snapshot",
    };
  }
  if (appendfsync !== "always") {
    const cost =
      appendfsync === "everysec" ? "the last second or two" : "whatever the system had not written yet";
    return { level: "memory", says: `appendfsync is ${appendfsync}: a power cut loses ${cost}` };
  }
  if (noSyncOnRewrite === "yes") {
    return {
      level: "memory",
      says: "no-appendfsync-on-rewrite is yes: a power cut while the log is rewritten loses up to half a minute",
    };
  }
  return { level: "fsynced", says: "each write is on the store's disk before it is acknowledged" };
}
