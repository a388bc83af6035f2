/** The command tallystick as a person runs it: a process, its output and its exit status. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { COMMAND } from "../helpers/command.ts";

/** Settings that a person may have set, and that no test should have. */
const NONE = { REDIS_URL: "", JWT_SECRET: "", JWKS_URL: "", DATA_DIR: "", LOG_LEVEL: "error", PORT: "0" };

export interface CommandOptions {
  environment?: Record<string, string>;
  /** Where it is run. */
  folder?: string;
  /** What it reads from standard input; nothing when absent. */
  input?: string;
}

export interface Ended {
  status: number | null;
  out: string;
  error: string;
}

/** Starts the command; whoever starts it waits for its end, or ends it. */
export function startCommand(args: string[], options: CommandOptions = {}): ChildProcess {
  const child = spawn(process.execPath, [COMMAND, ...args], {
    stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    env: { ...process.env, ...NONE, ...options.environment },
    ...(options.folder !== undefined && { cwd: options.folder }),
  });
  child.stdin?.end(options.input);
  return child;
}

/** Runs the command to its end. */
export async function runCommand(args: string[], options: CommandOptions = {}): Promise<Ended> {
  const child = startCommand(args, options);
  const ended = { out: "", error: "" };
  child.stdout?.on("data", (chunk) => {
    ended.out += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    ended.error += chunk;
  });
  const [status] = await once(child, "close");
  return { status, ...ended };
}

/** What the command has said once it says something like this. */
export function saying(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    const listen = (chunk: Buffer) => {
      said += chunk;
      if (pattern.test(said)) resolve(said);
    };
    child.stdout?.on("data", listen);
    child.stderr?.on("data", listen);
    child.once("exit", (code) => reject(new Error(`it ended with ${code}: ${said}`)));
  });
}
