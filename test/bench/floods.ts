/** Whoever means no harm while somebody floods the hub: how long its negotiations take, before and during. */
import { setTimeout as pause } from "node:timers/promises";
import type { Flood, FloodName, Sent } from "./flood-kinds.ts";
import { type MeasuredHub, startMeasuredHub } from "./measure.ts";
import type { Pair } from "./negotiate.ts";
import { offer, quantile } from "./offer.ts";
import { type Pinning, pinning } from "./pin.ts";
import { cpuSeconds } from "./process-stats.ts";
import type { Row } from "./report.ts";
import { type ServerProcess, startServer } from "./server-process.ts";
import type { Size } from "./size.ts";

/** What is said of each in the table. */
const NAMES: { readonly [name in FloodName]?: string } = {
  payloads: "one token sends 12 KB of nonsense",
  lists: "one token asks for lists",
  requests: "one token asks one payer",
  connects: "one token connects and leaves",
  tokens: "a stranger sends forged tokens",
  probing: "an issuer probes a payer",
};
/** Bystanders, and their negotiations in a second: far less than a hub carries. */
const PAIRS = 10;
const PER_SECOND = 50;
/** Before a flood bystanders are watched for this part of its time, in which nothing begins or ends. */
const BEFORE = 1 / 3;
/** What is asked of a hub that is overloaded, as a multiple of what it carries. */
const TIMES = 8;
/** A bystander that was refused comes again after this, milliseconds. */
const AGAIN_MS = 500;
/** In this time a hub has let go of what a flood has left, milliseconds; a short one has left little. */
const SETTLE_MS = 2000;
const MEGABYTE = 1024 * 1024;

/** A hub, and where it and its floods are to run. */
interface FloodedHub extends MeasuredHub {
  pins: Pinning | undefined;
}

interface Flooded {
  /** Within this 99 of 100 negotiations were done, milliseconds. */
  p99: Record<"before" | "during", number>;
  /** CPU of hub and store in a second, milliseconds. */
  cpu: Record<"before" | "during", number>;
  /** What the hub took without a flood, bytes. */
  memory: Record<"before" | "after", number>;
  /** Requests that the flood has got through in a second. */
  acceptedPerSecond: number;
}

export async function benchFloods(size: Size): Promise<Row[]> {
  const measured = await startFlooded();
  const rows: Row[] = [];
  for (const [name, what] of Object.entries(NAMES) as [FloodName, string][])
    rows.push(...rowsOf(what, await flood(measured, { name, seconds: size.floodSeconds })));
  await measured.stop();
  return rows;
}

/** A hub with the limits that it has by itself, the bystanders, and an account of who is probed. */
async function startFlooded(): Promise<FloodedHub> {
  const environment = {
    RATE_LIMIT: "200",
    PARTY_RATE: "2000",
    BENCH_PAYERS: String(PAIRS + 1),
    // Of an overload it says so each second.
    BENCH_LOG: "error",
  };
  const measured = await startMeasuredHub({ pairs: PAIRS, environment });
  const pins = pinning();
  // The bystanders are in this process.
  for (const pid of [measured.hub.pid, measured.redis.pid, process.pid]) pins?.toMeasured(pid);
  const stop = async () => {
    pins?.undo(process.pid);
    await measured.stop();
  };
  return { ...measured, stop, pins };
}

/** What the hub does of requests alone at the most, and of eight times as many. */
export async function benchOverload(size: Size): Promise<Row[]> {
  const measured = await startFlooded();
  const most = (await flood(measured, { name: "closed", seconds: size.floodSeconds })).acceptedPerSecond;
  const perSecond = Math.ceil(Math.min(TIMES * most, size.crowdMost));
  const found = await flood(measured, { name: "crowd", seconds: size.crowdSeconds, perSecond });
  await measured.stop();
  return [
    ...rowsOf("200 issuers ask for 8 times what it carries", found),
    {
      what: `requests let in when ${perSecond.toLocaleString("en")} are asked for in a second`,
      unit: "/s",
      values: [found.acceptedPerSecond],
      against: { what: "as many as there is room for", values: [most] },
      atLeast: 0.8,
    },
  ];
}

async function flood(
  { hub, redis, pairs, pins }: FloodedHub,
  { name, seconds, perSecond = 0 }: { name: FloodName; seconds: number; perSecond?: number },
): Promise<Flooded> {
  const bystanders = pairs.list.map(patient);
  const cpuMs = () => 1000 * (cpuSeconds(hub.pid) + cpuSeconds(redis.pid));
  const negotiate = async (forSeconds: number) => {
    const [began, cpuBefore] = [performance.now(), cpuMs()];
    const p99 = quantile(await offer(bystanders, PER_SECOND, Math.ceil(PER_SECOND * forSeconds)), 0.99);
    return { p99, cpu: (1000 * (cpuMs() - cpuBefore)) / (performance.now() - began) };
  };
  const memoryBefore = await hub.collected();
  const before = await negotiate(seconds * BEFORE);
  const flooder = await startFlooder({ url: hub.url, perSecond, pins }, name);
  const [first, began] = [await flooder.ask<Sent>("sent"), performance.now()];
  const during = await negotiate(seconds);
  const last = await flooder.ask<Sent>("sent");
  const acceptedPerSecond = (1000 * (last.accepted - first.accepted)) / (performance.now() - began);
  await flooder.stop("SIGKILL");
  await pause(Math.min(SETTLE_MS, 1000 * seconds));
  return {
    p99: { before: before.p99, during: during.p99 },
    cpu: { before: before.cpu, during: during.cpu },
    memory: { before: memoryBefore, after: await hub.collected() },
    acceptedPerSecond,
  };
}

function startFlooder(
  { url, perSecond, pins }: Omit<Flood, "sent"> & { pins: Pinning | undefined },
  name: FloodName,
): Promise<ServerProcess> {
  const shares = pins ? "no" : "yes";
  const environment = {
    FLOOD: name,
    FLOOD_URL: url,
    FLOOD_PER_SECOND: String(perSecond),
    FLOOD_SHARES: shares,
  };
  return startServer("./flooder.ts", environment, { begin: pins?.toOthers });
}

/** A pair that begins again when it is refused, as the SDK does; what that takes counts. */
function patient(pair: Pair): Pair {
  const negotiate = async (): Promise<string> => {
    for (;;) {
      try {
        return await pair.negotiate();
      } catch (error) {
        if (!/: unavailable:/.test(String(error))) throw error;
        await pause(AGAIN_MS);
      }
    }
  };
  return { negotiate };
}

function rowsOf(what: string, found: Flooded): Row[] {
  return [
    {
      what: `a bystander's negotiation while ${what}, p99`,
      unit: "ms",
      values: [found.p99.during],
      against: { what: "before", values: [found.p99.before] },
      budget: 3,
    },
    {
      what: "… CPU of hub and store in a second meanwhile",
      unit: "ms",
      values: [found.cpu.during],
      against: { what: "before", values: [found.cpu.before] },
    },
    {
      what: "… the hub's memory afterwards",
      unit: "MB",
      values: [found.memory.after / MEGABYTE],
      against: { what: "before", values: [found.memory.before / MEGABYTE] },
    },
  ];
}
