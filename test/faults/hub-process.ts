/** A real hub in a process of its own, on a port of its own, which comes back however often it is killed. */

import { type ChildProcess, spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { COMMAND } from "../helpers/command.ts";
import { importing } from "../helpers/source.ts";
import type { Breakage } from "./broken-script.ts";

const ROOT = dirname(dirname(import.meta.dirname));
/** What is loaded before every hub, and before its threads, which read no TypeScript. */
const BEFORE = ["skewed-clock.mjs", "dying-threads.mjs"].map((file) => join(import.meta.dirname, file));
const BROKEN = join(import.meta.dirname, "broken-script.ts");
/** A hub that ends by itself, as when the store is away at its start, is started again after this long. */
const START_AGAIN_MS = 300;
/** What takes longer is no readiness, milliseconds. */
const READY_WITHIN_MS = 2500;
/** Generous, since a machine with other work may take a minute to load what a hub is made of. */
const START_WITHIN_MS = 180_000;
/** What a hub says last is kept, for whoever has to find out why it ended. */
const KEPT_BYTES = 4000;

export interface HubProcessOptions {
  port: number;
  /** Settings as environment variables. */
  environment: Record<string, string>;
  /** What is wrong with its scripts, for the tests of the checker alone. */
  broken?: readonly Breakage[] | undefined;
}

export interface HubProcess {
  readonly port: number;
  /** It listens, as far as anybody knows. */
  readonly listening: boolean;
  /** How often it ended by itself after it had listened. */
  readonly deaths: readonly string[];
  /** @throws Error with what the hub said last, when it does not come to it within three minutes. */
  untilListening(): Promise<void>;
  /** SIGKILL; it stays away until `start`. */
  kill(): Promise<void>;
  start(): void;
  pause(): void;
  resume(): void;
  /** Ends all of its threads; false while it does not listen. */
  killThreads(): boolean;
}

/** Started processes, killed by process id when the test's process ends. */
const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** Starts a hub; whoever starts it kills it. */
export function startHubProcess(options: HubProcessOptions): HubProcess {
  const deaths: string[] = [];
  let child: ChildProcess | undefined;
  let wanted = true;
  let listening = false;
  let again: NodeJS.Timeout | undefined;
  let said = "";
  let saidBefore = "";

  const ended = (code: number | null, signal: string | null) => {
    // What ends before it listens has found no store, which is no fault of its own.
    if (wanted && listening) deaths.push(`ended with ${code ?? signal}: ${said}`);
    listening = false;
    child = undefined;
    if (wanted) again = setTimeout(start, START_AGAIN_MS);
  };
  const start = () => {
    clearTimeout(again);
    wanted = true;
    if (child) return;
    const made = launch(options);
    child = made;
    running.add(made);
    saidBefore = said || saidBefore;
    said = "";
    const listen = (chunk: Buffer) => {
      said = `${said}${chunk}`.slice(-KEPT_BYTES);
      if (/listens at \S+/.test(said)) listening = true;
    };
    made.stdout?.on("data", listen);
    made.stderr?.on("data", listen);
    made.once("exit", (code, signal) => {
      running.delete(made);
      if (child === made) ended(code, signal);
    });
  };
  start();
  return {
    port: options.port,
    get listening() {
      return listening;
    },
    deaths,
    untilListening: async () => {
      const until = performance.now() + START_WITHIN_MS;
      while (!listening) {
        if (performance.now() > until) throw new Error(`a hub does not start: ${said || saidBefore}`);
        await delay(20);
      }
    },
    kill: async () => {
      wanted = false;
      clearTimeout(again);
      const victim = child;
      if (!victim) return;
      const gone = new Promise((resolve) => victim.once("exit", resolve));
      victim.kill("SIGKILL");
      await gone;
    },
    start,
    pause: () => void child?.kill("SIGSTOP"),
    resume: () => void child?.kill("SIGCONT"),
    killThreads: () => listening && child?.kill("SIGUSR2") === true,
  };
}

/** Whether a hub says that it can serve: it has tried whether it can write. */
export async function isReady({ port }: HubProcess): Promise<boolean> {
  const signal = AbortSignal.timeout(READY_WITHIN_MS);
  const answer = await fetch(`http://127.0.0.1:${port}/readyz`, { signal }).catch(() => undefined);
  // A connection with an answer that nobody reads stays open.
  await answer?.body?.cancel();
  return answer?.status === 200;
}

function launch({ port, environment, broken }: HubProcessOptions): ChildProcess {
  // What is built starts in a third of the time; what is loaded before it is not.
  const before = BEFORE.flatMap((module) => ["--import", module]);
  const args = [...before, ...(broken ? importing(BROKEN) : []), COMMAND, "serve"];
  return spawn(process.execPath, args, {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      ...environment,
      PORT: String(port),
      ...(broken && { BROKEN_SCRIPTS: JSON.stringify(broken) }),
    },
  });
}
