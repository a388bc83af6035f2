/** One thread of a load: connects its sessions, plays until it is over, and tells what happened. */
import { setMaxListeners } from "node:events";
import { performance } from "node:perf_hooks";
import { parentPort, workerData } from "node:worker_threads";
import { arrivalCount, arrivalMs } from "./arrivals.ts";
import { now, waitUntil } from "./clock.ts";
import type { FromThread, ThreadSetup, ToThread } from "./messages.ts";
import { createPicker } from "./mix.ts";
import { runOpenLoop } from "./open-loop.ts";
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

/** Every so many-th arrival is this thread's; what has to wait for a session is counted from when it was due. */
function openLoop(sessions: Session[], startAt: number, tally: Tally): Promise<void> {
  return runOpenLoop({
    dueTimes: dueTimes(startAt),
    players: sessions,
    patienceMs: plan.timeoutMs,
    play: (session, dueAt) => session.negotiate(pick(), dueAt, tally),
    abandoned: () => tally.failed(pick(), "timeout", "no session became free for it in time"),
    waiting: (count) => {
      tally.waiting = count;
    },
    signal: stopped.signal,
  });
}

function* dueTimes(startAt: number): Generator<number, void, undefined> {
  const arrivals = { rate: plan.rate as number, rampMs: plan.rampMs, durationMs: plan.durationMs };
  const count = arrivalCount(arrivals);
  for (let index = thread; index < count; index += threads) yield startAt + arrivalMs(arrivals, index);
}

async function connectAll(): Promise<Session[]> {
  const sessions: Session[] = [];
  for (let from = 0; from < setups.length; from += CONNECTING) {
    const batch = setups.slice(from, from + CONNECTING);
    sessions.push(...(await Promise.all(batch.map((setup) => Session.open(setup, plan, stopped.signal)))));
  }
  return sessions;
}

/** Until the full load ends: what comes to its end after that leaves a thread idle. */
async function measureBusy(startAt: number): Promise<number> {
  await waitUntil(startAt, stopped.signal);
  const before = performance.eventLoopUtilization();
  await waitUntil(startAt + plan.rampMs + plan.durationMs, stopped.signal);
  return performance.eventLoopUtilization(before).utilization;
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
  const busy = measureBusy(startAt);
  const tally = new Tally(startAt, (interval) => tell({ kind: "interval", interval }));
  await (plan.rate === undefined ? closedLoop : openLoop)(sessions, startAt, tally);
  tally.close();
  await Promise.all(sessions.map((session) => session.close()));
  tell({ kind: "done", busy: await busy });
  parentPort?.close();
}

run().catch((error: unknown) => {
  tell({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
  parentPort?.close();
});
