/** One thread of a load: connects its sessions, plays until it is over, and tells what happened. */
import { setMaxListeners } from "node:events";
import { parentPort, workerData } from "node:worker_threads";
import { arrivalCount, arrivalMs } from "./arrivals.ts";
import { now, waitUntil } from "./clock.ts";
import type { FromThread, ThreadSetup, ToThread } from "./messages.ts";
import { createPicker } from "./mix.ts";
import { Session } from "./session.ts";
import { Tally } from "./tally.ts";

/** So many terminals of a thread connect at once. */
const CONNECTING = 50;

const { plan, sessions: setups, thread, threads } = workerData as ThreadSetup;
const tell = (message: FromThread) => parentPort?.postMessage(message);
const stopped = new AbortController();
// Each session waits for it.
setMaxListeners(0, stopped.signal);
const pick = createPicker(plan.mix);

/** Each session plays one negotiation after the other; they begin one by one over the ramp. */
async function closedLoop(sessions: Session[], startAt: number, tally: Tally): Promise<void> {
  const endAt = startAt + plan.rampMs + plan.durationMs;
  await Promise.all(
    sessions.map(async (session, index) => {
      await waitUntil(startAt + (plan.rampMs * index) / sessions.length, stopped.signal);
      while (now() < endAt && !stopped.signal.aborted) await session.negotiate(pick(), now(), tally);
    }),
  );
}

/** Negotiations begin when they are due, as long as a session is free; what has to wait is counted from then. */
async function openLoop(sessions: Session[], startAt: number, tally: Tally): Promise<void> {
  const arrivals = { rate: plan.rate as number, rampMs: plan.rampMs, durationMs: plan.durationMs };
  const count = arrivalCount(arrivals);
  const free = [...sessions];
  const due: number[] = [];
  const playing = new Set<Promise<void>>();
  const begin = () => {
    while (due.length > 0 && free.length > 0 && !stopped.signal.aborted) {
      const session = free.pop() as Session;
      const played = session.negotiate(pick(), due.shift() as number, tally).then(() => {
        playing.delete(played);
        free.push(session);
        begin();
      });
      playing.add(played);
    }
    tally.waiting = due.length;
  };
  for (let index = thread; index < count && !stopped.signal.aborted; index += threads) {
    const dueAt = startAt + arrivalMs(arrivals, index);
    await waitUntil(dueAt, stopped.signal);
    due.push(dueAt);
    begin();
  }
  while (playing.size > 0) await Promise.race([...playing]);
}

async function connectAll(): Promise<Session[]> {
  const sessions: Session[] = [];
  for (let from = 0; from < setups.length; from += CONNECTING) {
    const batch = setups.slice(from, from + CONNECTING);
    sessions.push(...(await Promise.all(batch.map((setup) => Session.open(setup, plan)))));
  }
  return sessions;
}

async function run(): Promise<void> {
  const sessions = await connectAll();
  const started = new Promise<number>((resolve) => {
    parentPort?.on("message", (message: ToThread) => {
      if (message.kind === "start") resolve(message.at);
      else stopped.abort();
    });
  });
  tell({ kind: "ready" });
  const startAt = await started;
  const tally = new Tally(startAt, (interval) => tell({ kind: "interval", interval }));
  await (plan.rate === undefined ? closedLoop : openLoop)(sessions, startAt, tally);
  tally.close();
  await Promise.all(sessions.map((session) => session.close()));
  tell({ kind: "done" });
  parentPort?.close();
}

run().catch((error: unknown) => {
  tell({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
  parentPort?.close();
});
