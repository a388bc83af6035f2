/**
 * Sends a hub what nobody should, and says whether it holds.
 *
 * Usage: npm run fuzz -- [--minutes M | --seconds S] [--seed S] [--only KIND,KIND]
 */
import { parseArgs } from "node:util";
import { KINDS, runFuzz } from "./fuzz.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    minutes: { type: "string" },
    seconds: { type: "string" },
    only: { type: "string" },
  },
});

const names = KINDS.map(({ name }) => name);
const only = values.only?.split(",");
for (const name of only ?? [])
  if (!names.includes(name)) throw new Error(`--only has ${name}, which is none of ${names.join(", ")}`);
const seed = values.seed === undefined ? Date.now() % 1_000_000 : Number(values.seed);
const seconds = Number(values.seconds ?? 60 * Number(values.minutes ?? 1));
if (!(seconds > 0) || !Number.isInteger(seed)) throw new Error("--minutes, --seconds and --seed are numbers");
console.log(`seed ${seed}`);
const started = performance.now();
const elapsed = () => ((performance.now() - started) / 1000).toFixed(1);
const { inputs, answers, held, issuances, failure } = await runFuzz({
  seed,
  seconds,
  ...(only && { only }),
  onLine: (line) => console.log(`${elapsed().padStart(7)} ${line}`),
});
const all = [...inputs.values()].reduce((sum, count) => sum + count, 0);
const each = [...inputs].map(([name, count]) => `${count} ${name}`).join(", ");
console.log(`${all} inputs in ${elapsed()} s: ${each}; ${issuances} issuances in the book`);
console.log(`answers: ${[...answers].map(([answer, count]) => `${count} ${answer}`).join(", ")}`);
const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
for (const [when, one] of Object.entries(held))
  console.log(
    `${when}: heap ${mib(one.heapBytes)}, resident ${mib(one.residentBytes)}, ${one.handles} handles, ${one.files} files, ${one.listeners} listeners`,
  );
if (failure !== undefined) console.log(`\n${failure}\n\nAgain: npm run fuzz -- --seed ${seed}`);
process.exit(failure === undefined ? 0 : 1);
