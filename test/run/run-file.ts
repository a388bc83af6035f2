/** Runs one test file in a process of its own, with a time limit. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { nodeArguments } from "../helpers/source.ts";
import { hasSummary, judge, type Result } from "./judge.ts";
import { endStrays } from "./strays.ts";

const LIMIT_SECONDS = 480;
/** How long a file's process may linger once its tests are over. */
const LINGER_SECONDS = 10;
/** How long a process has to end its own children when it is told to end. */
const GRACE_MS = 8000;
/** How long output may still come from what a process has started, once it has ended itself. */
const OUTPUT_MS = 2000;

const running = new Set<ChildProcess>();

/** Runs a file and tells what came of it; never rejects. */
export async function runFile(file: string): Promise<Result> {
  const started = performance.now();
  // The file's temporary folders are made here, and its processes are known by it.
  const folder = mkdtempSync(join(tmpdir(), "test-"));
  try {
    const ended = await execute(file, folder);
    const strays = endStrays(folder);
    const seconds = (performance.now() - started) / 1000;
    const left = strays.length > 0 ? `left processes behind: ${strays.join(", ")}` : undefined;
    const complaint = ended.complaint ?? left;
    return judge({ ...ended, complaint, file: relative(process.cwd(), file), seconds });
  } finally {
    // Other files are being watched meanwhile.
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Ends all that runs, when the runner itself is told to end. */
export async function endAll(): Promise<void> {
  await Promise.all(
    [...running].map((child) => {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      end(child);
      return gone;
    }),
  );
}

interface Ended {
  output: string;
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Why it was ended before it ended by itself. */
  complaint: string | undefined;
}

function execute(file: string, folder: string): Promise<Ended> {
  const limit = limitOf(file);
  const child = spawn(process.execPath, nodeArguments(file), {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, FORCE_COLOR: "0", TEST_FOLDER: folder },
    // A group of its own, so that what it started can be ended with it.
    detached: true,
  });
  running.add(child);
  let output = "";
  let complaint: string | undefined;
  const stop = (why: string) => {
    complaint = why;
    end(child);
  };
  const limiter = setTimeout(() => stop(`did not end within ${limit} seconds`), limit * 1000);
  let lingering: NodeJS.Timeout | undefined;
  const listen = (chunk: Buffer) => {
    output += chunk;
    if (!hasSummary(output)) return;
    lingering ??= setTimeout(
      () => stop("left something open, so that it did not end"),
      LINGER_SECONDS * 1000,
    );
  };
  child.stdout.on("data", listen);
  child.stderr.on("data", listen);
  return new Promise((resolve) => {
    let draining: NodeJS.Timeout | undefined;
    const settle = (code: number | null, signal: NodeJS.Signals | null) => {
      for (const timer of [limiter, lingering, draining]) clearTimeout(timer);
      running.delete(child);
      resolve({ output, code, signal, complaint });
    };
    child.once("error", (error) => {
      complaint = error.message;
      settle(null, null);
    });
    child.once("close", settle);
    // A process that it left behind may hold its output open for ever.
    child.once("exit", (code, signal) => {
      draining = setTimeout(settle, OUTPUT_MS, code, signal);
    });
  });
}

function limitOf(file: string): number {
  return Number(/^\/\/ time limit: (\d+) s/m.exec(readFileSync(file, "utf8"))?.[1] ?? LIMIT_SECONDS);
}

/** Lets a process end its own children, and then ends its whole group. */
function end(child: ChildProcess): void {
  child.kill("SIGTERM");
  setTimeout(() => {
    if (child.exitCode === null && child.signalCode === null) killGroup(child.pid);
  }, GRACE_MS);
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}
