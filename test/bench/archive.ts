/** What the archive costs a negotiation, and how far it is behind. */
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { removeFolder, temporaryFolder } from "../helpers/temporary-folder.ts";
import { bothMicros, inTurn, type Measured, type MeasuredHub, meterOf, startMeasuredHub } from "./measure.ts";
import { negotiateAll } from "./negotiate.ts";
import { offer, quantile } from "./offer.ts";
import { type Row, rowOf } from "./report.ts";
import type { Size } from "./size.ts";

const LOOK_EVERY_MS = 20;
/** An archive that is behind by less has all; its reader looks now and then, seconds. */
const CAUGHT_UP_SECONDS = 0.3;

export async function benchArchive(size: Size): Promise<Row[]> {
  const folder = temporaryFolder();
  const start = (archive: string) =>
    startMeasuredHub({ pairs: size.pairs, environment: { ARCHIVE_URL: archive } });
  const [plain, archived] = [await start("none"), await start(`file:${join(folder, "archive.db")}`)];
  const catchUps: number[] = [];
  const found = await inTurn(size.rounds, {
    plain: () => plain.measure(size.negotiations),
    archived: async () => {
      const { seconds, ...measured } = await measureWhole(archived, size.negotiations);
      catchUps.push(seconds);
      return measured;
    },
  });
  const full = found.plain.map(({ perSecond }) => perSecond).sort((a, b) => a - b)[0] ?? 1;
  const lags = await lagAt(archived, full / 2, size.negotiations);
  await plain.stop();
  await archived.stop();
  await removeFolder(folder);
  const against = { what: "without an archive", values: found.plain };
  const row = rowOf("hub, store and archive CPU for one negotiation", "µs", {
    values: found.archived,
    against,
    of: bothMicros,
  });
  return [
    { ...row, budget: 1.5 },
    rowOf("negotiations a second with an archive", "/s", {
      values: found.archived,
      against,
      of: ({ perSecond }) => perSecond,
    }),
    { what: "how long the archive catches up after full load", unit: "s", values: catchUps.slice(1) },
    {
      what: `how far the archive is behind at ${Math.round(full / 2)} negotiations a second, p99`,
      unit: "s",
      values: [quantile(lags, 0.99)],
      budget: 1,
    },
  ];
}

/** Until the archive has all of it: what it does afterwards belongs to the negotiations as well. */
export async function measureWhole(
  { hub, redis, pairs }: MeasuredHub,
  count: number,
): Promise<Measured & { seconds: number }> {
  const meter = meterOf({ hubs: [hub.pid], stores: [redis.pid] });
  const [hubs, stores, started] = [meter.hubs(), meter.stores(), performance.now()];
  await negotiateAll(pairs.list, count);
  const negotiated = performance.now();
  while ((await lagOf(hub.url)) > CAUGHT_UP_SECONDS) await pause(LOOK_EVERY_MS);
  return {
    cpuMicros: ((meter.hubs() - hubs) * 1e6) / count,
    storeMicros: ((meter.stores() - stores) * 1e6) / count,
    perSecond: (1000 * count) / (negotiated - started),
    seconds: (performance.now() - negotiated) / 1000,
  };
}

/** How far the archive is behind while so many negotiations are begun each second, seconds, sorted. */
async function lagAt({ hub, pairs }: MeasuredHub, perSecond: number, count: number): Promise<number[]> {
  const lags: number[] = [];
  let isOver = false;
  const watch = async () => {
    while (!isOver) {
      lags.push(await lagOf(hub.url));
      await pause(LOOK_EVERY_MS);
    }
  };
  const watching = watch();
  await offer(pairs.list, perSecond, count);
  isOver = true;
  await watching;
  return lags.sort((a, b) => a - b);
}

/** As the hub's metrics say, seconds. */
async function lagOf(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const [, seconds] = /^tallystick_archive_lag_seconds\S* (\S+)$/m.exec(metrics) ?? [];
  return Number(seconds);
}
