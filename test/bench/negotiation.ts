/** What one whole negotiation costs: against a bare relay, and with or without waiting for the disk. */
import type { Size } from "./benches.ts";
import { connectPairs, inTurn, measure, startMeasuredHub } from "./measure.ts";
import type { Row } from "./report.ts";
import { startServer } from "./server-process.ts";

/** The hub, every write on its disk, against a server that only passes the same 15 messages on. */
export async function benchRelay(size: Size): Promise<Row[]> {
  const measured = await startMeasuredHub({ pairs: size.pairs });
  const relay = await startServer("./relay-server.ts");
  const pairs = await connectPairs(relay, size.pairs);
  const { hub, bare } = await inTurn(size.rounds, {
    hub: async () => (await measured.measure(size.negotiations)).cpuMicros,
    bare: async () => (await measure(relay, pairs, size.negotiations)).cpuMicros,
  });
  for (const pair of pairs) pair.close();
  await relay.stop();
  await measured.stop();
  const against = { what: "a bare relay", values: bare };
  return [{ what: "hub CPU for one negotiation", unit: "µs", values: hub, against, budget: 1.25 }];
}

/** `appendfsync always` against `everysec`. */
export async function benchSync(size: Size): Promise<Row[]> {
  const always = await startMeasuredHub({ pairs: size.pairs });
  const everysec = await startMeasuredHub({ pairs: size.pairs, redis: { appendfsync: "everysec" } });
  const rate = (measured: typeof always) => async () => (await measured.measure(size.negotiations)).perSecond;
  const found = await inTurn(size.rounds, { always: rate(always), everysec: rate(everysec) });
  await always.stop();
  await everysec.stop();
  const against = { what: "appendfsync everysec", values: found.everysec };
  return [{ what: "negotiations a second, appendfsync always", unit: "/s", values: found.always, against }];
}
