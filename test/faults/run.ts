/**
 * Runs hubs, a store and terminals under faults, and says whether the guarantees held.
 *
 * Usage: npm run test:faults -- [--seed S] [--minutes M | --seconds S] [--store single|cluster] [--archive none|file|postgres] [--retire SECONDS]
 * [--hubs N] [--pairs N] [--min-replicas N] [--only KIND,KIND] [--quiet]
 *
 * With `--store cluster --min-replicas 0` a failover loses vouchers, and the checker says so.
 */
import { parseArgs } from "node:util";
import { ARCHIVE_KINDS, type ArchiveKind } from "./archive.ts";
import { runCampaign } from "./campaign.ts";
import { FAULT_KINDS, type FaultKind } from "./faults.ts";
import { reportOf } from "./report.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    minutes: { type: "string" },
    seconds: { type: "string" },
    store: { type: "string", default: "single" },
    archive: { type: "string", default: "none" },
    retire: { type: "string" },
    hubs: { type: "string", default: "3" },
    pairs: { type: "string", default: "12" },
    "min-replicas": { type: "string", default: "1" },
    only: { type: "string" },
    quiet: { type: "boolean", default: false },
  },
});

function count(name: string, text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new Error(`--${name} has to be a number above 0, not ${text}`);
  return number;
}

const { store, quiet } = values;
if (store !== "single" && store !== "cluster") throw new Error(`--store is single or cluster, not ${store}`);
const archive = values.archive as ArchiveKind;
if (!ARCHIVE_KINDS.includes(archive))
  throw new Error(`--archive is ${ARCHIVE_KINDS.join(", ")}, not ${archive}`);
if (values.retire !== undefined && archive === "none") throw new Error("--retire needs an archive");
const only = values.only?.split(",") as FaultKind[] | undefined;
for (const kind of only ?? [])
  if (!FAULT_KINDS.includes(kind)) throw new Error(`--only has ${kind}, which is no kind of fault`);
const seed = values.seed === undefined ? Date.now() % 1_000_000 : Number(values.seed);
const minutes = count("minutes", values.minutes ?? "1");
const started = performance.now();
const onLine = (line: string) => {
  if (!quiet) console.log(`${((performance.now() - started) / 1000).toFixed(1).padStart(7)} ${line}`);
};
console.log(`seed ${seed}`);
const result = await runCampaign({
  seed,
  seconds: values.seconds === undefined ? minutes * 60 : count("seconds", values.seconds),
  store,
  archive,
  ...(values.retire !== undefined && { retireAfter: count("retire", values.retire) }),
  hubs: count("hubs", values.hubs),
  pairs: count("pairs", values.pairs),
  minReplicas: Number(values["min-replicas"]),
  ...(only && { only }),
  onLine,
});
for (const line of reportOf(result)) console.log(line);
process.exit(result.violations.length > 0 ? 1 : 0);
