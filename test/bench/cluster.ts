/** What it costs that issuer and payer are at different hubs, on one Redis or on a cluster. */
import type { Redis } from "ioredis";
import { startCluster, startRedis } from "../helpers/redis.ts";
import { connectIdle } from "./connect-idle.ts";
import { type Circle, connectPairs, type Pairs, SECRET } from "./connect-pairs.ts";
import { bothMicros, inTurn, type Measured, measure, meterOf, startMeasuredHub } from "./measure.ts";
import { syncSilent } from "./negotiate.ts";
import { type Row, rowOf } from "./report.ts";
import { type ServerProcess, startHub } from "./server-process.ts";
import type { Size } from "./size.ts";
import { readUse } from "./store-info.ts";

/** A negotiation that takes longer waits for a message that was lost on its way between the hubs. */
const SILENT_MS = 2000;

/** Two hubs on three masters, against one hub on one Redis. */
export async function benchCluster(size: Size): Promise<Row[]> {
  const [alone, cluster] = await Promise.all([
    startMeasuredHub({ pairs: size.pairs }),
    startCluster({ masters: 3 }),
  ]);
  const hubs = await startHubs(cluster.url, 2 * size.pairs);
  await wearIn(hubs, size.terminals);
  const crossing = await connectAll(hubs, { pairs: size.pairs, crossing: true, first: 0 });
  const staying = await connectAll(hubs, { pairs: size.pairs, crossing: false, first: size.pairs });
  const meter = meterOf({ hubs: hubs.map(({ pid }) => pid), stores: cluster.pids });
  const count = size.negotiations;
  let silent = 0;
  const watch = setInterval(() => {
    silent += syncSilent(SILENT_MS);
  }, SILENT_MS);
  const found = await inTurn(size.rounds, {
    crossing: () => measure(crossing, count, meter),
    staying: () => measure(staying, count, meter),
    alone: () => alone.measure(count),
  });
  clearInterval(watch);
  for (const pairs of [crossing, staying]) pairs.close();
  await Promise.all(hubs.map((hub) => hub.stop()));
  await cluster.stop();
  await alone.stop();
  const done = (size.rounds + 1) * count;
  const lost = {
    what: "of 1,000 negotiations across two hubs, those that went on only when synced",
    unit: "",
    values: [(1000 * silent) / done],
  };
  return [...rows(found), lost];
}

/** Terminals that come and go: each has had a channel in some slot, as with hubs that have run for a while. */
async function wearIn(hubs: readonly ServerProcess[], terminals: number): Promise<void> {
  for (const hub of hubs) (await connectIdle(hub, terminals, "passing")).close();
}

/** Two hubs that share one Redis, each negotiation across both, against one hub that has its own. */
export async function benchHubs(size: Size): Promise<Row[]> {
  const [alone, redis] = await Promise.all([
    startMeasuredHub({ pairs: size.pairs }),
    startRedis({ durable: true }),
  ]);
  const hubs = await startHubs(redis.url, size.pairs);
  const crossing = await connectAll(hubs, { pairs: size.pairs, crossing: true, first: 0 });
  const meter = meterOf({ hubs: hubs.map(({ pid }) => pid), stores: [redis.pid] });
  const [aloneLine, sharedLine] = [alone.redis.client(), redis.client()];
  const found = await inTurn(size.rounds, {
    crossing: () =>
      withBytes(sharedLine, size.negotiations, () => measure(crossing, size.negotiations, meter)),
    alone: () => withBytes(aloneLine, size.negotiations, () => alone.measure(size.negotiations)),
  });
  crossing.close();
  await Promise.all(hubs.map((hub) => hub.stop()));
  await redis.stop();
  await alone.stop();
  const row = (what: string, unit: string, of: (measured: Measured & { bytes: number }) => number) =>
    rowOf(`${what} for one negotiation across two hubs, one Redis`, unit, {
      values: found.crossing,
      against: { what: "one hub", values: found.alone },
      of,
    });
  return [
    row("hubs CPU", "µs", ({ cpuMicros }) => cpuMicros),
    row("store CPU", "µs", ({ storeMicros }) => storeMicros),
    row("store bytes on the wire", "B", ({ bytes }) => bytes),
  ];
}

/** What was measured, and the bytes that the store took and gave for each negotiation meanwhile. */
async function withBytes(client: Redis, count: number, run: () => Promise<Measured>) {
  const before = (await readUse(client)).bytes;
  const measured = await run();
  return { ...measured, bytes: ((await readUse(client)).bytes - before) / count };
}

async function startHubs(redisUrl: string, payers: number): Promise<ServerProcess[]> {
  const environment = { JWT_SECRET: SECRET, REDIS_URL: redisUrl, BENCH_SHARED: "yes" };
  const first = await startHub({ ...environment, BENCH_PAYERS: String(payers) });
  return [first, await startHub(environment)];
}

/** Half of the issuers at each hub, and their payers at the other one or at the same. */
async function connectAll(
  hubs: readonly ServerProcess[],
  options: { pairs: number; crossing: boolean; first: number },
): Promise<Pairs> {
  const { pairs, crossing, first } = options;
  const urls = hubs.map(({ url }) => url);
  const half = Math.ceil(pairs / 2);
  const circles: Circle[] = urls.map((url, index) => ({
    url,
    payersUrl: urls[crossing ? 1 - index : index] as string,
    pairs: index === 0 ? half : pairs - half,
    first: first + index * half,
  }));
  const connected = await Promise.all(circles.map(connectPairs));
  return {
    list: connected.flatMap(({ list }) => list),
    issuers: connected.flatMap(({ issuers }) => issuers),
    close: () => {
      for (const each of connected) each.close();
    },
  };
}

function rows(found: Record<"crossing" | "staying" | "alone", Measured[]>): Row[] {
  const against = { alone: "one hub on one Redis", staying: "both at the same of the two hubs" };
  const cost = (base: keyof typeof against, whose: string, of: (measured: Measured) => number) =>
    rowOf(`${whose} CPU for one negotiation across two hubs, 3 masters`, "µs", {
      values: found.crossing,
      against: { what: against[base], values: found[base] },
      of,
    });
  return (["alone", "staying"] as const).flatMap((base) => [
    cost(base, "hubs and stores", bothMicros),
    cost(base, "hubs", ({ cpuMicros }) => cpuMicros),
    cost(base, "stores", ({ storeMicros }) => storeMicros),
  ]);
}
