/** What Prometheus is told of the book and of the store, beside what the hub counts of its own work. */
import { PROTOCOL_VERSION } from "@tallystick/protocol";
import { Gauge, type Registry } from "prom-client";
import type { Census } from "./ledger/census.ts";
import { packageVersion } from "./package-version.ts";
import type { Readiness } from "./redis/readiness.ts";

export interface BookMetricsParts {
  census: Pick<Census, "counted" | "waiting">;
  readiness: Pick<Readiness, "check">;
  /** The slowest fsync of the store's log in the last minute, seconds; undefined when that is not known. */
  slowestFsync: () => Promise<number | undefined>;
}

/**
 * Adds the gauges to a registry. Those of the book are there at the hub alone that counts, the one that sweeps for all; of
 * workers the one that has them is told of.
 */
export function addBookMetrics(
  registry: Registry,
  { census, readiness, slowestFsync }: BookMetricsParts,
): void {
  const registers = [registry];
  const gauge = <L extends string = never>(
    name: string,
    help: string,
    labelNames: readonly L[],
    collect: (gauge: Gauge<L>) => void | Promise<void>,
    aggregator: "max" | "min" = "max",
  ) => {
    const made: Gauge<L> = new Gauge<L>({
      name,
      help,
      labelNames: [...labelNames],
      registers,
      aggregator,
      collect: () => {
        made.reset();
        return collect(made);
      },
    });
  };
  const byLabel = <L extends string>(one: Gauge<L>, label: L, values: ReadonlyMap<string, number> = NONE) => {
    for (const [name, value] of values) one.set({ [label]: name } as Record<L, string>, value);
  };
  gauge("tallystick_issuances_open", "Issuances that have not ended, by state.", ["state"], (one) =>
    byLabel(one, "state", census.counted?.issuances),
  );
  gauge("tallystick_vouchers_live", "Vouchers that have not ended, by state.", ["state"], (one) =>
    byLabel(one, "state", census.counted?.vouchers),
  );
  gauge(
    "tallystick_frozen_minor",
    "What is frozen for vouchers, by currency, minor units.",
    ["currency"],
    (one) => byLabel(one, "currency", census.counted?.frozen),
  );
  gauge(
    "tallystick_book_counted_seconds",
    "When the book was last counted, seconds since the epoch.",
    [],
    (one) => tell(one, census.counted && census.counted.at / 1000),
  );
  gauge("tallystick_fences_open", "What is fenced or missing, and waits for an operator.", [], (one) =>
    tell(one, census.waiting?.fences),
  );
  gauge("tallystick_settlements_open", "Settlements that wait to be paid.", [], (one) =>
    tell(one, census.waiting?.settlementsOpen),
  );
  gauge(
    "tallystick_settlements_failed",
    "Settlements that could not be paid, and wait for an operator.",
    [],
    (one) => tell(one, census.waiting?.settlementsFailed),
  );
  // One look at the store tells both.
  let looking: ReturnType<Readiness["check"]> | undefined;
  const look = () => {
    looking ??= readiness.check().finally(() => {
      looking = undefined;
    });
    return looking;
  };
  gauge(
    "tallystick_store_up",
    "Whether the store serves the book and takes writes.",
    [],
    async (one) => {
      one.set(typeof (await look()) === "string" ? 0 : 1);
    },
    "min",
  );
  gauge("tallystick_partitions_unserved", "Partitions that are not served.", [], async (one) => {
    const found = await look();
    tell(one, typeof found === "string" ? undefined : (found.degraded ?? 0));
  });
  gauge(
    "tallystick_store_fsync_slowest_seconds",
    "The slowest fsync of the store's log in the last minute; 0 when each took less than its latency-monitor-threshold.",
    [],
    async (one) => tell(one, await slowestFsync()),
  );
  gauge(
    "tallystick_build_info",
    "The version of the hub, of Node and of the protocol; always 1.",
    ["version", "node", "protocol"],
    (one) =>
      one.set({ version: packageVersion(), node: process.version, protocol: String(PROTOCOL_VERSION) }, 1),
  );
}

const NONE: ReadonlyMap<string, number> = new Map();

/** What is not known is not told. */
function tell(gauge: Gauge<never>, value: number | undefined): void {
  if (value === undefined) gauge.remove();
  else gauge.set(value);
}
