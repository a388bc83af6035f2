/** Against what people would use instead: the same hub on PostgreSQL's row locks. */

import { findPostgres } from "../helpers/find-postgres.ts";
import { connectPairs } from "./connect-pairs.ts";
import { bothMicros, inTurn, type Measured, type Meter, measure, startMeasuredHub } from "./measure.ts";
import { startPostgres } from "./postgres-process.ts";
import { cpuSeconds, treeCpuSeconds } from "./process-stats.ts";
import { type Row, rowOf } from "./report.ts";
import { HUB_FLAGS, startServer } from "./server-process.ts";
import type { Size } from "./size.ts";

const RATE = "negotiations a second";
const HINT = "PostgreSQL is not installed (Debian: apt-get install postgresql)";

/** Both wait for the disk with each answer, and both are told of as many negotiations at once. */
export async function benchPostgres(size: Size): Promise<Row[]> {
  const programs = findPostgres();
  if (!programs) return [{ what: RATE, unit: "/s", values: [], atLeast: 6, leftOut: HINT }];
  const postgres = await startPostgres(programs);
  // One more, who pays for all.
  const payers = String(size.pairs + 1);
  const where = { PGHOST: postgres.host, PGUSER: postgres.user };
  const server = await startServer(
    "./postgres-server.ts",
    { ...where, BENCH_PAYERS: payers },
    { flags: HUB_FLAGS },
  );
  const pairs = await connectPairs({ url: server.url, pairs: size.pairs });
  const measured = await startMeasuredHub({
    pairs: size.pairs,
    environment: { BENCH_PAYERS: payers },
  });
  // All of them pay from one account, whose row is locked until the disk has answered.
  const hot = { pairs: size.pairs, payers: 1, first: size.pairs };
  const hotPairs = await connectPairs({ url: server.url, ...hot });
  const hotMeasured = await connectPairs({ url: measured.hub.url, ...hot });
  const hubMeter = meter(measured.hub.pid, measured.redis.pid);
  const postgresMeter = meter(server.pid, postgres.pid);
  const found = await inTurn(size.rounds, {
    hub: () => measure(measured.pairs, size.negotiations, hubMeter),
    postgres: () => measure(pairs, size.negotiations, postgresMeter),
    hotHub: () => measure(hotMeasured, size.negotiations, hubMeter),
    hotPostgres: () => measure(hotPairs, size.negotiations, postgresMeter),
  });
  for (const each of [pairs, hotPairs, hotMeasured]) each.close();
  await measured.stop();
  await server.stop();
  await postgres.stop();
  return rows(found);
}

/** A store's other processes count as well: a connection's own in PostgreSQL, those that tidy up in both. */
function meter(hub: number, store: number): Meter {
  return { hubs: () => cpuSeconds(hub), stores: () => treeCpuSeconds(store) };
}

function rows(found: Record<"hub" | "postgres" | "hotHub" | "hotPostgres", Measured[]>): Row[] {
  const { hub, postgres, hotHub, hotPostgres } = found;
  const hot = { values: hotHub, against: { what: "on PostgreSQL", values: hotPostgres } };
  const both = { values: hub, against: { what: "on PostgreSQL", values: postgres } };
  const perSecond = (measured: Measured) => measured.perSecond;
  return [
    { ...rowOf(RATE, "/s", { ...both, of: perSecond }), atLeast: 6 },
    { ...rowOf(`${RATE}, one payer for all`, "/s", { ...hot, of: perSecond }), atLeast: 6 },
    rowOf("hub and store CPU for one negotiation", "µs", { ...both, of: bothMicros }),
    rowOf("hub CPU for one negotiation", "µs", { ...both, of: ({ cpuMicros }) => cpuMicros }),
    rowOf("store CPU for one negotiation", "µs", { ...both, of: ({ storeMicros }) => storeMicros }),
  ];
}
