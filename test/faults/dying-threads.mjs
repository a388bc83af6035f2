/** Loaded before a hub: SIGUSR2 ends all threads that it has, as running out of memory ends one. */
import { subscribe } from "node:diagnostics_channel";
import { isMainThread } from "node:worker_threads";

if (isMainThread) {
  const threads = new Set();
  subscribe("worker_threads", ({ worker }) => {
    threads.add(worker);
    worker.once("exit", () => threads.delete(worker));
  });
  process.on("SIGUSR2", () => {
    for (const thread of threads) void thread.terminate();
  });
}
