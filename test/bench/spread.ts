/** How evenly a book is spread over a cluster's masters: its partitions, and its payers where some are busy. */
import { partitionKeys, partitionOf } from "../../server/ledger/keys.ts";
import { startCluster } from "../helpers/redis.ts";
import type { Row } from "./report.ts";
import type { Size } from "./size.ts";

const PARTITIONS = 256;
const SLOTS = 16384;
const MASTERS = [8, 64];
const PAYERS = 10_000;

/** Computed, not measured: the slots are those that a real cluster gives to the keys. */
export async function benchSpread(_size: Size): Promise<Row[]> {
  const slots = await slotsOfPartitions();
  return MASTERS.flatMap((masters) => {
    const masterOf = (partition: number) => Math.floor(((slots[partition] ?? 0) * masters) / SLOTS);
    const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ partition, weight: 1 }));
    return [
      row(`partitions of ${PARTITIONS} at the busiest of ${masters} masters`, partitions, masterOf, masters),
      row(`load of ${PAYERS} payers at the busiest of ${masters} masters`, payers(0), masterOf, masters),
      // The busiest payer has a tenth of all, the next a twentieth, and so on.
      row(`the same, the payers as busy as by Zipf's law`, payers(1), masterOf, masters),
    ];
  });
}

async function slotsOfPartitions(): Promise<number[]> {
  const cluster = await startCluster({ masters: 3 });
  const client = cluster.client(0);
  const slots = await Promise.all(
    Array.from({ length: PARTITIONS }, (_, partition) =>
      client.cluster("KEYSLOT", partitionKeys.journal(partition)),
    ),
  );
  await cluster.stop();
  return slots;
}

interface Weighed {
  partition: number;
  weight: number;
}

/** Payers by name; the weight of the n-th falls with the power of n. */
function payers(power: number): Weighed[] {
  return Array.from({ length: PAYERS }, (_, index) => ({
    partition: partitionOf(`payer-${index}`, PARTITIONS),
    weight: (index + 1) ** -power,
  }));
}

function row(
  what: string,
  all: readonly Weighed[],
  masterOf: (partition: number) => number,
  masters: number,
): Row {
  const loads = new Array<number>(masters).fill(0);
  for (const { partition, weight } of all) {
    const master = masterOf(partition);
    loads[master] = (loads[master] ?? 0) + weight;
  }
  const whole = loads.reduce((sum, load) => sum + load, 0);
  const percent = (load: number) => (100 * load) / whole;
  const against = { what: "an even share", values: [100 / masters] };
  return { what, unit: "%", values: [percent(Math.max(...loads))], against };
}
