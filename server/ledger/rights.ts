/** The rights that a hub's user needs in the store (ACL), and which of them it lacks. */
import { Cluster, type Redis } from "ioredis";
import { settleApart } from "../redis/apart.ts";
import { masters, type Store } from "../redis/connect.ts";
import { bookKey } from "./keys.ts";
import { loadScripts, type Script } from "./load-scripts.ts";
import { pack, unpack } from "./packing.ts";

/** All keys and channels of a book begin like this. */
const KEYS = "~ts:*";
const CHANNELS = "&ts#*";

const KEY = bookKey(0);
const CHANNEL = CHANNELS.slice(1).replace("*", "book#party:any");

/**
 * What a hub and its scripts send, as a command is named in an ACL, each with arguments that it could be sent with:
 * Redis 7.0 dies when it is asked about a command with too few.
 */
export const PLAIN: Readonly<Record<string, string>> = {
  eval: "0 0",
  evalsha: "0 0",
  info: "",
  ping: "",
  scan: "0",
  "script|load": "0",
  time: "",
};
/** Those that have a key. */
export const KEYED: Readonly<Record<string, string>> = {
  del: KEY,
  exists: KEY,
  get: KEY,
  hdel: `${KEY} field`,
  hget: `${KEY} field`,
  hgetall: KEY,
  hincrby: `${KEY} field 1`,
  hlen: KEY,
  hmget: `${KEY} field`,
  hrandfield: KEY,
  hset: `${KEY} field value`,
  persist: KEY,
  pexpire: `${KEY} 1`,
  set: `${KEY} value`,
  xadd: `${KEY} * field value`,
  xrevrange: `${KEY} + -`,
  zadd: `${KEY} 0 member`,
  zcard: KEY,
  zlexcount: `${KEY} - +`,
  zrange: `${KEY} 0 0`,
  zrangebylex: `${KEY} - +`,
  zrangebyscore: `${KEY} 0 0`,
  zrem: `${KEY} member`,
  zrevrangebylex: `${KEY} + -`,
  zscore: `${KEY} member`,
};
/** Where other hubs serve the book too. */
export const FOR_HUBS: Readonly<Record<string, string>> = {
  "pubsub|shardnumsub": CHANNEL,
  spublish: `${CHANNEL} message`,
  ssubscribe: CHANNEL,
  sunsubscribe: CHANNEL,
};
/** Where replicas are waited for; of a server that does not know one of them it is not asked. */
export const FOR_REPLICAS: Readonly<Record<string, string>> = { wait: "0 0", waitaof: "0 0 0" };
/** Where an archive is written: its reader's, beside what all need. */
export const FOR_ARCHIVES: Readonly<Record<string, string>> = {
  exec: "",
  hkeys: KEY,
  hsetnx: `${KEY} field value`,
  multi: "",
  xrange: `${KEY} - +`,
  xread: `STREAMS ${KEY} 0`,
  xtrim: `${KEY} MINID 0`,
};
export const FOR_CLUSTERS: Readonly<Record<string, string>> = {
  "cluster|info": "",
  "cluster|keyslot": KEY,
  "cluster|slots": "",
};

/** What an audit and what makes a book anew send besides. */
export const FOR_AUDITS = ["hkeys", "hscan", "pttl", "type", "xinfo|stream", "zscan"] as const;

/** All that is sent to the hub's own Redis, by hubs and by commands on the book; to tell its durability and how long its disk takes, too. */
export const OF_OWN_STORE: readonly string[] = [
  ...[PLAIN, KEYED, FOR_HUBS, FOR_ARCHIVES].flatMap((commands) => Object.keys(commands)),
  ...FOR_AUDITS,
  "client|setname",
  "command|info",
  "config|get",
  "latency|history",
];

/** How soon rights that were lacking are looked at again, milliseconds. */
const LOOK_AGAIN_MS = 1000;

export interface RightsOptions {
  store: Store;
  /** Other hubs serve the book too. */
  isShared: boolean;
  /** Replicas are waited for. */
  waitsForReplicas: boolean;
  /** An archive is written. */
  archives: boolean;
  /** Called when other rights are lacking than before. */
  onChange?: (missing: readonly string[]) => void;
}

export class Rights {
  readonly #store: Store;
  readonly #onChange: RightsOptions["onChange"];
  readonly #script = loadScripts().get("check-rights") as Script;
  /** What the server is asked of, by the rule that grants it. */
  readonly #asked: ReadonlyMap<string, string>;
  #lacking: readonly string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<readonly string[]> | undefined;

  constructor({ store, isShared, waitsForReplicas, archives, onChange }: RightsOptions) {
    this.#store = store;
    this.#onChange = onChange;
    const commands = {
      ...PLAIN,
      ...KEYED,
      ...(isShared && FOR_HUBS),
      ...(waitsForReplicas && FOR_REPLICAS),
      ...(archives && FOR_ARCHIVES),
      ...(store instanceof Cluster && FOR_CLUSTERS),
    };
    this.#asked = new Map([
      // The script that asks runs, so that its user may send EVAL: with a key it tells of the key alone.
      [KEYS, `eval 0 1 ${KEY}`],
      ...Object.entries(commands).map(
        ([name, args]) => [`+${name}`, `${name.replace("|", " ")} ${args}`] as const,
      ),
    ]);
  }

  /**
   * What the user lacks, on any server of the store that answers. While it lacks anything this is looked at every second.
   *
   * @returns the rules that grant it, as `ACL SETUSER` takes them; empty when nothing is lacking.
   * @throws the client's error when none answers.
   */
  missing(): Promise<readonly string[]> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** Looks no more. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  async #look(): Promise<readonly string[]> {
    const found = await settleApart(masters(this.#store).map((server) => this.#missingAt(server)));
    const missing = [...new Set(found.values.flat())].sort();
    const isOther = missing.join() !== this.#lacking.join();
    this.#lacking = missing;
    if (isOther) this.#onChange?.(missing);
    if (missing.length > 0) this.#lookAgain();
    return missing;
  }

  #lookAgain(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.missing().catch(() => this.#lookAgain());
    }, LOOK_AGAIN_MS);
    this.#timer.unref();
  }

  async #missingAt(server: Redis): Promise<string[]> {
    const commands = pack([[...this.#asked.values()].join("\n")]);
    try {
      const [, ...refused] = unpack(await server.eval(this.#script.source, 0, commands));
      return this.#rulesFor(new Set(refused));
    } catch (error) {
      // Without scripts nothing else can be found out.
      if (error instanceof Error && error.message.startsWith("NOPERM")) return ["+eval"];
      throw error;
    }
  }

  #rulesFor(refused: ReadonlySet<string>): string[] {
    const rules = [...this.#asked].filter(([, command]) => refused.has(command)).map(([rule]) => rule);
    // Without the keys nothing is known of the commands that have one.
    if (rules.includes(KEYS)) return rules.filter((rule) => !(rule.slice(1) in KEYED));
    // Either the channel or both commands are refused, which can't be told apart.
    const bothRefused = ["+spublish", "+ssubscribe"].every((rule) => rules.includes(rule));
    return bothRefused ? [...rules, CHANNELS] : rules;
  }
}

/** Says what the store's user lacks, and how it gets that. */
export function sayLacking(store: Store, missing: readonly string[]): string {
  const [server] = masters(store);
  const user = server?.options.username ?? "default";
  return `the store's user ${user} lacks rights that the hub needs: ACL SETUSER ${user} ${missing.join(" ")}`;
}
