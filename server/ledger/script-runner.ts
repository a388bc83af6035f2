/** Runs the Lua commands in the store. */
import { settleApart } from "../redis/apart.ts";
import { masters, type Store } from "../redis/connect.ts";
import type { CircuitBreaker } from "./circuit-breaker.ts";
import { isUnknownScript, loadScripts, type Script } from "./load-scripts.ts";
import { pack, unpack } from "./packing.ts";
import type { ServedBook } from "./served-book.ts";

export interface ScriptRunnerOptions {
  store: Store;
  /** Refuses calls on partitions that do not hold the book. */
  book?: ServedBook;
  /** Refuses calls at once while the store is away. */
  circuitBreaker?: CircuitBreaker;
  /** Called with the seconds that each call of a script took, for the metrics. */
  observe?: (script: string, seconds: number) => void;
}

export class ScriptRunner {
  readonly #options: ScriptRunnerOptions;
  readonly #scripts = loadScripts();

  constructor(options: ScriptRunnerOptions) {
    this.#options = options;
  }

  /**
   * Runs one Lua command by its file's name, and by its script's digest; the text is sent only to a server that
   * does not know it.
   *
   * @param circuitBreaker none for what the hub asks of each partition by itself: that one server of several does not
   *   answer then says nothing of the others.
   * @returns the values of its reply.
   * @throws StoreAwayError or NotServedError when it was not sent, NotServedError too when the store says that it has
   *   nothing and is not this book's; otherwise the client's error.
   */
  async run(
    name: string,
    keys: readonly string[],
    args: readonly (string | number)[],
    { circuitBreaker }: Pick<ScriptRunnerOptions, "circuitBreaker"> = this.#options,
  ): Promise<string[]> {
    const { book, observe, store } = this.#options;
    book?.check(keys[0] as string);
    const { sha, source } = this.script(name);
    const packed = pack(args);
    const started = performance.now();
    circuitBreaker?.begin();
    let error: unknown;
    let reply: string[];
    try {
      try {
        reply = unpack(await store.evalsha(sha, keys.length, ...keys, packed));
      } catch (caught) {
        if (!isUnknownScript(caught)) throw caught;
        reply = unpack(await store.eval(source, keys.length, ...keys, packed));
      }
    } catch (caught) {
      error = caught;
      throw caught;
    } finally {
      circuitBreaker?.end(error);
      observe?.(name, (performance.now() - started) / 1000);
    }
    if (book && saysNothing(reply)) await book.confirm(keys[0] as string);
    return reply;
  }

  /** A Lua command by its file's name. */
  script(name: string): Script {
    return this.#scripts.get(name) as Script;
  }

  /**
   * Lets every server of the store know the scripts, so that none has to be sent as text later, as it is to one that
   * does not answer now.
   */
  async prepare(): Promise<void> {
    const sources = [...this.#scripts.values()].map(({ source }) => source);
    const servers = masters(this.#options.store);
    await settleApart(
      servers.map((server) => Promise.all(sources.map((source) => server.script("LOAD", source)))),
    );
  }
}

/** The store has no such thing, as far as it is asked. */
function saysNothing([kind, code]: readonly string[]): boolean {
  return kind === "gone" || (kind === "rejected" && code === "not_found");
}
