/** Loaded before a hub and its threads: SIGUSR2 ends all threads, as a mistake of ours would, between any two of their steps. */
import { BroadcastChannel, isMainThread } from "node:worker_threads";

const channel = new BroadcastChannel("dying-threads");
if (isMainThread) {
  process.on("SIGUSR2", () => channel.postMessage("die"));
} else {
  channel.onmessage = () => {
    throw new Error("this thread was to die");
  };
}
// It keeps nobody alive.
channel.unref();
