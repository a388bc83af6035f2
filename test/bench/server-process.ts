/** Starts what is measured in a process of its own, so that its CPU and memory are its alone. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { nodeArguments } from "../helpers/source.ts";

export interface ServerProcess {
  readonly url: string;
  readonly pid: number;
  /** Collects garbage, and answers the memory that is resident then, in bytes. */
  collected(): Promise<number>;
  /** Asks it something of its own, and answers what it says next. */
  ask<T>(question: string): Promise<T>;
  /** Ends it by a signal, SIGTERM unless another is given, and waits until it is gone. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

const COMPILE = fileURLToPath(new URL("compile.mjs", import.meta.url));
/** In a run of the tests all is compiled already, types taken out and nothing put in. */
const argumentsFor = (path: string) =>
  process.env.TEST_COMPILED === undefined
    ? ["--conditions=tallystick-source", "--import", COMPILE, path]
    : nodeArguments(path);

const started = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of started) child.kill("SIGKILL");
});

/** What Node is given by `npm start`. */
export const HUB_FLAGS = ["--max-semi-space-size=32"];

/** Starts a hub in the way of `npm start`. */
export function startHub(environment: Record<string, string>): Promise<ServerProcess> {
  return startServer("./hub-server.ts", environment, { flags: HUB_FLAGS });
}

interface StartOptions {
  /** What Node is given besides. */
  flags?: string[];
  /** Called as soon as the process is there. */
  begin?: ((pid: number) => void) | undefined;
}

/** Starts a script beside this file; it sends `{ url }` when it is ready. */
export async function startServer(
  script: string,
  environment: Record<string, string> = {},
  { flags = [], begin }: StartOptions = {},
): Promise<ServerProcess> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(process.execPath, ["--expose-gc", ...flags, ...argumentsFor(path)], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    env: { ...process.env, ...environment },
  });
  started.add(child);
  begin?.(child.pid as number);
  const [message] = (await Promise.race([
    once(child, "message"),
    once(child, "exit").then(([code]) => {
      throw new Error(`${script} ended with ${code} before it was ready`);
    }),
  ])) as [{ url: string }];
  const ask = async <T>(question: string): Promise<T> => {
    const answered = once(child, "message");
    child.send(question);
    return (await answered)[0];
  };
  return {
    url: message.url,
    pid: child.pid as number,
    ask,
    collected: async () => (await ask<{ resident: number }>("collect")).resident,
    stop: async (signal = "SIGTERM") => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, "exit");
      child.kill(signal);
      await gone;
      started.delete(child);
    },
  };
}
