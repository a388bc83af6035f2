/** What a drawing costs that is paid out in the book, against a whole negotiation. */
import { voucherIdOf } from "@tallystick/protocol";
import { account } from "./connect-pairs.ts";
import { withLedger } from "./fill.ts";
import type { Line } from "./line.ts";
import { bothMicros, inTurn, type Measured, type MeasuredHub, meterOf, startMeasuredHub } from "./measure.ts";
import { freshCommandId } from "./negotiate.ts";
import { type Row, rowOf } from "./report.ts";
import type { Size } from "./size.ts";

/** From the command to the event that it was settled, for one drawing of all of a voucher. */
export async function benchDrawings(size: Size): Promise<Row[]> {
  const measured = await startMeasuredHub({ pairs: size.pairs });
  await putPayees(measured, size.pairs);
  const found = await inTurn(size.rounds, {
    negotiation: () => measured.measure(size.negotiations),
    drawing: () => drawAll(measured, size.negotiations),
  });
  await measured.stop();
  const what = "one drawing, paid out";
  const against = { what: "a negotiation", values: found.negotiation };
  return [
    {
      ...rowOf(`hub and store CPU for ${what}`, "µs", { values: found.drawing, against, of: bothMicros }),
      budget: 0.6,
    },
    rowOf(`hub CPU for ${what}`, "µs", { values: found.drawing, against, of: ({ cpuMicros }) => cpuMicros }),
    rowOf(`store CPU for ${what}`, "µs", { values: found.drawing, against, of: (one) => one.storeMicros }),
  ];
}

/** Gives each issuer the account that its drawings are paid into. */
export function putPayees({ redis }: MeasuredHub, pairs: number): Promise<void> {
  return withLedger(redis.url, async ({ accounts }) => {
    for (let index = 0; index < pairs; index++) {
      const funds = { holder: account.holder, kind: "funds", currency: "CNY", balance: 0 } as const;
      await accounts.put({ party: `issuer-${index}`, number: account.number }, funds);
    }
  });
}

/** Issues vouchers, which is not measured, and draws on all of them. */
export async function drawAll({ hub, redis, pairs }: MeasuredHub, count: number): Promise<Measured> {
  const vouchers: string[][] = pairs.list.map(() => []);
  let left = count;
  await Promise.all(
    pairs.list.map(async (pair, index) => {
      while (left-- > 0) vouchers[index]?.push(voucherIdOf(await pair.negotiate()));
    }),
  );
  const meter = meterOf({ hubs: [hub.pid], stores: [redis.pid] });
  const [hubs, stores, started] = [meter.hubs(), meter.stores(), performance.now()];
  await Promise.all(
    vouchers.map(async (ids, index) => {
      const line = pairs.issuers[index] as Line;
      for (const id of ids) await draw(line, id);
    }),
  );
  return {
    cpuMicros: ((meter.hubs() - hubs) * 1e6) / count,
    storeMicros: ((meter.stores() - stores) * 1e6) / count,
    perSecond: (1000 * count) / (performance.now() - started),
  };
}

/** Resolves when the beneficiary hears that the drawing was settled. */
function draw(line: Line, voucherId: string): Promise<void> {
  return new Promise((resolve, reject) => {
    line.onVoucherEvent = (event) => {
      if (event.type === "drawing.settled" && event.voucherId === voucherId) resolve();
    };
    const to = { number: account.number, holder: account.holder };
    line.send("voucher:draw", { commandId: freshCommandId(), voucherId, to }, (answer) => {
      if (!answer.ok) reject(new Error(`voucher:draw: ${JSON.stringify(answer.whole())}`));
    });
  });
}
