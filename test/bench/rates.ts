/** The hub and a bare relay at the same rates of negotiations, from the same clients; and how fast the disk is. */
import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { removeFolder, temporaryFolder } from "../helpers/temporary-folder.ts";
import { connectPairs, type Pairs } from "./connect-pairs.ts";
import { openClient } from "./line.ts";
import { inTurn, type Meter, measure, meterOf, startMeasuredHub } from "./measure.ts";
import { offer, quantile } from "./offer.ts";
import { type Row, rowOf } from "./report.ts";
import { startServer } from "./server-process.ts";
import type { Size } from "./size.ts";

/** Shares of what the hub carries at the most, and whether the budget is for them. */
const SHARES = [
  { share: 0.25, name: "a quarter", isJudged: false },
  { share: 0.5, name: "half", isJudged: true },
  { share: 0.75, name: "three quarters", isJudged: true },
];
const QUANTILES = [
  { share: 0.5, name: "p50" },
  { share: 0.99, name: "p99" },
  { share: 0.999, name: "p99.9" },
];
const SYNCS = 500;
const SYNCED_BYTES = 512;

interface Offered {
  cpuMicros: number;
  tookMs: number[];
}

export async function benchRates(size: Size): Promise<Row[]> {
  const circle = { pairs: size.pairs, open: openClient };
  const [measured, relay] = await Promise.all([startMeasuredHub(circle), startServer("./relay-server.ts")]);
  const bare = await connectPairs({ ...circle, url: relay.url });
  const meters = { hub: meterOf({ hubs: [measured.hub.pid] }), bare: meterOf({ hubs: [relay.pid] }) };
  const rows = await syncRows();
  await measured.measure(size.negotiations);
  const { perSecond: most } = await measure(measured.pairs, size.negotiations, meters.hub);
  for (const { share, name, isJudged } of SHARES) {
    const perSecond = share * most;
    const at = (pairs: Pairs, meter: Meter) => () => offered(pairs, meter, { perSecond, ...size });
    const found = await inTurn(size.rounds, {
      hub: at(measured.pairs, meters.hub),
      bare: at(bare, meters.bare),
    });
    rows.push(...rowsOf(`at ${Math.round(perSecond)}/s, ${name} of the most`, found, isJudged));
  }
  bare.close();
  await relay.stop();
  await measured.stop();
  return rows;
}

async function offered(
  { list }: Pairs,
  meter: Meter,
  { perSecond, negotiations }: { perSecond: number; negotiations: number },
): Promise<Offered> {
  const before = meter.hubs();
  const tookMs = await offer(list, perSecond, negotiations);
  return { cpuMicros: ((meter.hubs() - before) * 1e6) / negotiations, tookMs };
}

function rowsOf(at: string, found: Record<"hub" | "bare", Offered[]>, isJudged: boolean): Row[] {
  const both = { values: found.hub, against: { what: "a bare relay", values: found.bare } };
  const cpu = rowOf(`hub CPU for one negotiation ${at}`, "µs", { ...both, of: ({ cpuMicros }) => cpuMicros });
  return [
    isJudged ? { ...cpu, budget: 1.25 } : cpu,
    ...QUANTILES.map(({ share, name }) =>
      rowOf(`request to voucher ${at}, ${name}`, "ms", {
        ...both,
        of: ({ tookMs }) => quantile(tookMs, share),
      }),
    ),
  ];
}

/** What the store, which is in such a folder too, waits for five times in each negotiation: no hub can be faster. */
async function syncRows(): Promise<Row[]> {
  const folder = temporaryFolder();
  const file = openSync(join(folder, "file"), "w");
  const tookMs: number[] = [];
  for (let count = 0; count < SYNCS; count++) {
    writeSync(file, Buffer.alloc(SYNCED_BYTES));
    const began = performance.now();
    fdatasyncSync(file);
    tookMs.push(performance.now() - began);
  }
  closeSync(file);
  await removeFolder(folder);
  tookMs.sort((a, b) => a - b);
  return QUANTILES.map(({ share, name }) => ({
    what: `fdatasync of the store's disk, ${name}`,
    unit: "ms",
    values: [quantile(tookMs, share)],
  }));
}
