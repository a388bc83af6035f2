import { setTimeout } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { betterHeader, lanesOf, runLanes } from "./schedule.ts";

const schedule = suite("the order of test files");

const FILES = [
  { path: "short", text: "run();" },
  { path: "larger", text: "test();\nrun();" },
  { path: "long", text: "// about 50 s\nrun();" },
  { path: "longest", text: "// time limit: 300 s\n// about 60 s\nrun();" },
  { path: "waits", text: "// about 20 s, mostly waiting\nrun();" },
  { path: "waits longer", text: "// about 40 s, mostly waiting\n// time limit: 180 s\nrun();" },
];

schedule("is the longest first, then the largest, and those that mostly wait are beside the others", () => {
  assert.equal(lanesOf(FILES, 2), [
    { queue: ["longest", "long", "larger", "short"], atOnce: 3 },
    { queue: ["waits longer", "waits"], atOnce: 3 },
  ]);
});

schedule("runs each file once, and never more of a kind at once than it may", async () => {
  const lanes = lanesOf(FILES, 1);
  const allowed = lanes.map(({ queue, atOnce }) => ({ paths: [...queue], atOnce }));
  const running = new Set<string>();
  const begun: string[] = [];
  const most = allowed.map(() => 0);
  await runLanes(lanes, async (path) => {
    begun.push(path);
    running.add(path);
    for (const [index, { paths }] of allowed.entries())
      most[index] = Math.max(most[index] ?? 0, paths.filter((each) => running.has(each)).length);
    await setTimeout(2);
    running.delete(path);
  });
  assert.equal([...begun].sort(), FILES.map(({ path }) => path).sort());
  assert.equal(
    most,
    allowed.map(({ atOnce }) => atOnce),
  );
});

const HEADERS: [says: string, seconds: number, cpuSeconds: number, better: string | undefined][] = [
  ["// about 40 s", 55, 30, undefined],
  ["// about 40 s", 90, 60, "// about 90 s"],
  ["// about 40 s", 19, 15, "// about 19 s"],
  ["// about 40 s", 7, 5, "none"],
  ["// about 40 s", 40, 15, undefined],
  ["// about 40 s", 40, 4, "// about 40 s, mostly waiting"],
  ["// about 40 s, mostly waiting", 50, 2, undefined],
  ["// about 40 s, mostly waiting", 50, 45, "// about 50 s"],
  ["", 8, 1, undefined],
  ["", 30, 3, "// about 30 s, mostly waiting"],
];

for (const [says, seconds, cpuSeconds, better] of HEADERS) {
  schedule(
    `of ${seconds} s with ${cpuSeconds} of CPU: ${says || "no header"} should be ${better ?? "as it is"}`,
    () => {
      assert.is(betterHeader(`${says}\nrun();`, seconds, cpuSeconds), better);
    },
  );
}

schedule.run();
