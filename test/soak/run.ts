/**
 * Loads two hubs for a while, restarts one of them now and then, and says whether what the other held has come back.
 *
 * Usage: npm run soak -- [--minutes M | --seconds S] [--pairs N] [--connects N]
 */
import { parseArgs } from "node:util";
import { describe, runSoak } from "./soak.ts";

const LIFE_SECONDS = 20;

const { values } = parseArgs({
  options: {
    minutes: { type: "string" },
    seconds: { type: "string" },
    pairs: { type: "string", default: "20" },
    connects: { type: "string", default: "1000" },
  },
});

const seconds = Number(values.seconds ?? 60 * Number(values.minutes ?? 1));
const [pairs, connects] = [Number(values.pairs), Number(values.connects)];
for (const number of [seconds, pairs, connects])
  if (!(number > 0)) throw new Error("--minutes, --seconds, --pairs and --connects are numbers above 0");
const started = performance.now();
const result = await runSoak({
  seconds,
  pairs,
  connects,
  roundSeconds: Math.min(20, seconds / 2),
  lifeSeconds: LIFE_SECONDS,
  onLine: (line) => console.log(`${((performance.now() - started) / 1000).toFixed(1).padStart(7)} ${line}`),
});
const { rounds, negotiations, restarts, first, last, failures } = result;
console.log(`${rounds} rounds, ${negotiations} negotiations, ${restarts} restarts, ${connects} connects`);
console.log(describe("first", first));
console.log(describe("last", last));
for (const failure of failures) console.log(`FAILED ${failure}`);
process.exit(failures.length === 0 ? 0 : 1);
