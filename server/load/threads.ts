/** The worker threads that play a load. */
import { Worker } from "node:worker_threads";
import type { FromThread, Interval, LoadPlan, SessionSetup, ThreadSetup, ToThread } from "./messages.ts";

export interface LoadThreads {
  /** All sessions of all threads are connected. Rejects when one can't be. */
  readonly ready: Promise<unknown>;
  /** All have played what they had to; resolves with how busy each was, from 0 to 1. Rejects when a thread fails. */
  readonly done: Promise<number[]>;
  /** They begin together, at a moment of the common clock. */
  start(at: number): void;
  /** Nothing new begins; what has begun comes to its end. */
  stop(): void;
  end(): Promise<unknown>;
}

/** Starts threads, with the sessions dealt out to them in turn. */
export function startThreads(options: {
  threads: number;
  plan: LoadPlan;
  sessions: readonly SessionSetup[];
  onInterval: (interval: Interval) => void;
}): LoadThreads {
  const { threads, plan, onInterval } = options;
  const workers = Array.from({ length: threads }, (_, thread) => {
    const sessions = options.sessions.filter((_setup, index) => index % threads === thread);
    const workerData: ThreadSetup = { plan, sessions, thread, threads };
    return new Worker(threadFile(), { workerData });
  });
  for (const worker of workers) {
    worker.on("message", (message: FromThread) => {
      if (message.kind === "interval") onInterval(message.interval);
    });
  }
  const tell = (message: ToThread) => {
    for (const worker of workers) worker.postMessage(message);
  };
  const done = Promise.all(
    workers.map(async (worker) => {
      const { busy } = await told(worker, "done");
      return busy;
    }),
  );
  // It is looked at when the threads are ready; what goes wrong before is told by that.
  done.catch(() => undefined);
  return {
    ready: Promise.all(workers.map((worker) => told(worker, "ready"))),
    done,
    start: (at) => tell({ kind: "start", at }),
    stop: () => tell({ kind: "stop" }),
    end: () => Promise.all(workers.map((worker) => worker.terminate())),
  };
}

type Told<K> = Extract<FromThread, { kind: K }>;

function told<K extends "ready" | "done">(worker: Worker, kind: K): Promise<Told<K>> {
  return new Promise((resolve, reject) => {
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error("a thread of the load has ended too soon")));
    worker.on("message", (message: FromThread) => {
      if (message.kind === kind) resolve(message as Told<K>);
      if (message.kind === "failed") reject(new Error(message.message));
    });
  });
}

function threadFile(): URL {
  const isSource = import.meta.url.endsWith(".ts");
  return new URL(isSource ? "./thread-from-source.mjs" : "./thread.js", import.meta.url);
}
