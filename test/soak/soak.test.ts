// time limit: 1200 s
// about 16 s
/** A short version of `npm run soak`: what a hub takes under a load with lives, drops and restarts comes back. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Level } from "./level.ts";
import { notReturned, runSoak } from "./soak.ts";

const soak = suite("a soak");

soak("what a hub holds comes back to its level, and no key is left over", async () => {
  const { failures, negotiations, restarts } = await runSoak({
    seconds: 1,
    roundSeconds: 1,
    lifeSeconds: 6,
    pairs: 4,
    connects: 100,
  });
  assert.equal(failures, []);
  // That nothing was kept says something only when a good deal was done.
  assert.ok(negotiations > 8, String(negotiations));
  assert.is(restarts, 2);
});

soak("what does not come back is seen, each for itself", () => {
  const level: Level = {
    heapBytes: 30 * 2 ** 20,
    residentBytes: 200 * 2 ** 20,
    handles: 10,
    files: 50,
    listeners: 20,
    terminals: 0,
    rooms: 0,
    storeConnections: 6,
    keys: {},
  };
  assert.equal(notReturned(level, { ...level, residentBytes: 400 * 2 ** 20, files: 52 }), []);
  const worse = {
    heapBytes: 100 * 2 ** 20,
    handles: 100,
    files: 300,
    listeners: 90,
    terminals: 1,
    rooms: 1,
    storeConnections: 60,
    keys: { freezes: 1 },
  };
  for (const [what, value] of Object.entries(worse))
    assert.is(notReturned(level, { ...level, [what]: value }).length, 1, what);
});

soak.run();
