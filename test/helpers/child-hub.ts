/** A hub in a process of its own: what goes wrong in it is seen, and what it holds can be asked for. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createTokens, type TokenClaims } from "../../server/tokens.ts";
import { nodeArguments } from "./source.ts";

/** What a hub's process holds once its garbage has been collected. */
export interface Held {
  heapBytes: number;
  residentBytes: number;
  /** What keeps its event loop alive: sockets, timers, threads. */
  handles: number;
  /** Open files, sockets among them. */
  files: number;
  /** Listeners of its process and of its connection to the store. */
  listeners: number;
}

export interface ChildHub {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Unhandled rejections, uncaught exceptions, warnings of Node's, and what the hub has caught and logged as a fault of its own. */
  readonly wrongs: readonly string[];
  /** Everything else that it has logged. */
  readonly lines: readonly string[];
  /** It runs, as far as anybody knows. */
  readonly alive: boolean;
  token(party: string, claims?: Partial<TokenClaims>): Promise<string>;
  held(): Promise<Held>;
  /** Ends it in order. */
  close(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

const SECRET = "a secret for tests, of 32 bytes or more";
const PROCESS = join(import.meta.dirname, "child-hub-process.ts");

/** Started processes, killed by process id when the test's process ends. */
const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/**
 * Starts a hub; whoever starts it closes it.
 *
 * @param environment its settings; `REDIS_URL` has to be among them.
 */
export async function startChildHub(environment: Record<string, string>): Promise<ChildHub> {
  const settings = { PORT: "0", JWT_SECRET: SECRET, PARTITIONS: "16", LOG_LEVEL: "warn", ...environment };
  const child = spawn(process.execPath, ["--expose-gc", ...nodeArguments(PROCESS)], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    env: { ...process.env, ...settings },
  });
  running.add(child);
  const wrongs: string[] = [];
  const lines: string[] = [];
  let ended = false;
  const gone = once(child, "exit").then(([code, signal]) => {
    ended = true;
    running.delete(child);
    return `a hub ended with ${code ?? signal}\n${wrongs.join("\n")}`;
  });
  const said = <T>(name: string): Promise<T> =>
    new Promise((resolve, reject) => {
      const listen = (message: Record<string, unknown>) => {
        if (!(name in message)) return;
        child.off("message", listen);
        resolve(message[name] as T);
      };
      child.on("message", listen);
      void gone.then((why) => reject(new Error(why)));
    });
  child.on("message", ({ wrong, line }: { wrong?: string; line?: string }) => {
    if (wrong !== undefined) wrongs.push(wrong);
    if (line !== undefined) lines.push(line);
  });
  const url = await said<string>("url");
  const { sign } = await createTokens({ JWT_SECRET: settings.JWT_SECRET, DATA_DIR: "" } as never);
  return {
    url,
    port: Number(new URL(url).port),
    pid: child.pid as number,
    wrongs,
    lines,
    get alive() {
      return !ended;
    },
    token: async (party, claims = {}) => (await sign?.({ party, ttlSeconds: 3600, ...claims })) as string,
    held: () => {
      const held = said<Held>("held");
      child.send("held");
      return held;
    },
    close: async () => {
      if (!ended) child.send("close");
      await gone;
    },
    kill: async () => {
      child.kill("SIGKILL");
      await gone;
    },
  };
}
