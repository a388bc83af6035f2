/** What a console that is open costs the hub, under a load of negotiations at one rate. */
import { Operator } from "@tallystick/client/operator";
import { identityOf } from "./connect-pairs.ts";
import { inTurn, type MeasuredHub, measure, meterOf, startMeasuredHub } from "./measure.ts";
import { offer } from "./offer.ts";
import { type Row, rowOf } from "./report.ts";
import type { Size } from "./size.ts";

/** The share of what the hub carries at the most that is offered. */
const SHARE = 0.5;
const MOST_PAIRS = 50;

export async function benchConsole(size: Size): Promise<Row[]> {
  // So few that a hub whose machine does other things too is not overloaded while it is found what it carries.
  const measured = await startMeasuredHub({ pairs: Math.min(size.pairs, MOST_PAIRS) });
  await measured.measure(size.negotiations);
  const { hub, pairs } = measured;
  const { perSecond: most } = await measure(pairs, size.negotiations, meterOf({ hubs: [hub.pid] }));
  const rate = SHARE * most;
  const found = await inTurn(size.rounds, {
    without: () => microsAt(measured, rate, size.negotiations),
    with: async () => {
      const close = await openConsole(hub.url);
      const micros = await microsAt(measured, rate, size.negotiations);
      await close();
      return micros;
    },
  });
  await measured.stop();
  const row = rowOf(`hub CPU for one negotiation at ${Math.round(rate)}/s, a console open`, "µs", {
    values: found.with,
    against: { what: "no console", values: found.without },
    of: (micros) => micros,
  });
  return [{ ...row, budget: 1.05 }];
}

async function microsAt({ hub, pairs }: MeasuredHub, rate: number, count: number): Promise<number> {
  const meter = meterOf({ hubs: [hub.pid] });
  const before = meter.hubs();
  await offer(pairs.list, rate, count);
  return ((meter.hubs() - before) * 1e6) / count;
}

/** What the console's first page asks and is told, by the same client; a browser would take a core to draw it. */
async function openConsole(url: string): Promise<() => Promise<void>> {
  const { token } = await identityOf("bank", true);
  const operator = new Operator(url, { token, numbers: "masked" });
  const line = new AbortController();
  const told = operator.live({ signal: line.signal });
  // It is open once it has been told all that is known.
  await told.next();
  for await (const _ of operator.fences()) break;
  for (const state of ["failed", "open"] as const)
    for await (const _ of operator.settlements({ state })) break;
  const listening = listen(told);
  return async () => {
    line.abort();
    await listening;
  };
}

async function listen(told: AsyncIterable<unknown>): Promise<void> {
  try {
    for await (const _ of told);
  } catch {
    // The line was let go.
  }
}
