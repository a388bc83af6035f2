/**
 * Runs the benchmarks and prints one table: medians, and for comparisons the ratio with its spread.
 *
 * Usage: npm run bench [-- NAME … [--smoke]]
 */
import { cpus } from "node:os";
import { BENCHES, LONG } from "./benches.ts";
import { type Row, table } from "./report.ts";
import { FULL, SMOKE } from "./size.ts";

const named = process.argv.slice(2);
const names = named.filter((argument) => argument !== "--smoke");
const size = named.includes("--smoke") ? SMOKE : FULL;
const unknown = names.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(", ")}: there are ${Object.keys(BENCHES).join(", ")}.`);
  process.exit(1);
}

console.log(`${cpus().length} cores, ${cpus()[0]?.model}, Node ${process.version}`);
const rows: Row[] = [];
for (const [name, bench] of Object.entries(BENCHES)) {
  if (names.length > 0 ? !names.includes(name) : LONG.has(name)) continue;
  const started = performance.now();
  rows.push(...(await bench(size)));
  console.log(`${name}: ${((performance.now() - started) / 1000).toFixed(0)} s`);
}
console.log(`\n${table(rows).join("\n")}`);
process.exit(0);
