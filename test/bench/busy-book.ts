/** Whether a negotiation costs more when the book is full. */
import type { Size } from "./benches.ts";
import { openDirectly } from "./fill.ts";
import { inTurn, startMeasuredHub } from "./measure.ts";
import type { Row } from "./report.ts";

export async function benchBusyBook(size: Size): Promise<Row[]> {
  const [few = 0, ...more] = size.openIssuances;
  const start = async (open: number) => {
    const measured = await startMeasuredHub({ pairs: size.pairs });
    await openDirectly(measured.redis.url, open);
    return measured;
  };
  const base = await start(few);
  const rows: Row[] = [];
  for (const open of more) {
    const full = await start(open);
    // Both processes' CPU: what a full book costs shows in the store as well.
    const cost = (measured: typeof base) => async () => {
      const { cpuMicros, storeMicros } = await measured.measure(size.negotiations);
      return cpuMicros + storeMicros;
    };
    const found = await inTurn(size.rounds, { full: cost(full), base: cost(base) });
    await full.stop();
    rows.push({
      what: `hub and store CPU for one negotiation, ${open.toLocaleString("en")} others open`,
      unit: "µs",
      values: found.full,
      against: { what: `${few} others open`, values: found.base },
      budget: 1.05,
    });
  }
  await base.stop();
  return rows;
}
