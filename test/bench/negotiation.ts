/** What one whole negotiation costs: against a bare relay, and with or without waiting for the disk. */

import { connectPairs } from "./connect-pairs.ts";
import { openClient } from "./line.ts";
import { inTurn, measure, meterOf, startMeasuredHub } from "./measure.ts";
import type { Row } from "./report.ts";
import { startServer } from "./server-process.ts";
import type { Size } from "./size.ts";

/**
 * The hub, every write on its disk, against a server that only passes the same 15 messages on. With Socket.IO's
 * client both cores are busy with either; leaner ones would leave a core idle beside the relay, which then
 * would pay for waking it with each message.
 */
export async function benchRelay(size: Size): Promise<Row[]> {
  const circle = { pairs: size.pairs, open: openClient };
  const [measured, relay] = await Promise.all([startMeasuredHub(circle), startServer("./relay-server.ts")]);
  const pairs = await connectPairs({ ...circle, url: relay.url });
  const meter = meterOf({ hubs: [relay.pid] });
  const { hub, bare } = await inTurn(size.rounds, {
    hub: async () => (await measured.measure(size.negotiations)).cpuMicros,
    bare: async () => (await measure(pairs, size.negotiations, meter)).cpuMicros,
  });
  pairs.close();
  await relay.stop();
  await measured.stop();
  const against = { what: "a bare relay", values: bare };
  return [{ what: "hub CPU for one negotiation", unit: "µs", values: hub, against, budget: 1.25 }];
}

/** `appendfsync always` against `everysec`. */
export async function benchSync(size: Size): Promise<Row[]> {
  const [always, everysec] = await Promise.all([
    startMeasuredHub({ pairs: size.pairs }),
    startMeasuredHub({ pairs: size.pairs, redis: { appendfsync: "everysec" } }),
  ]);
  const rate = (measured: typeof always) => async () => (await measured.measure(size.negotiations)).perSecond;
  const found = await inTurn(size.rounds, { always: rate(always), everysec: rate(everysec) });
  await always.stop();
  await everysec.stop();
  const against = { what: "appendfsync everysec", values: found.everysec };
  return [{ what: "negotiations a second, appendfsync always", unit: "/s", values: found.always, against }];
}
