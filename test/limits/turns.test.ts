/** What strangers bring about goes on beside everything else, and not instead of it. */
import { setImmediate as turn } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { FairQueue } from "../../server/limits/fair-queue.ts";
import { Pace, Paces } from "../../server/limits/pace.ts";
import { Turns } from "../../server/limits/turns.ts";

const turns = suite("turns");

function keepBusy(milliseconds: number): void {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}

turns("between two long steps everything else has its turn", async () => {
  const all = new Turns({ share: 0.5 });
  let elsewhere = 0;
  const done: number[] = [];
  for (let step = 0; step < 10; step++)
    all.wait({
      step: () => {
        keepBusy(10);
        done.push(elsewhere);
      },
    });
  while (done.length < 10) {
    await turn();
    elsewhere += 1;
  }
  // Each in a turn of its own, unless the machine took this process off its processor for longer than a step.
  assert.ok(new Set(done).size > 5, String(done));
});

turns("short steps are done together where everything else takes long", async () => {
  const all = new Turns({ share: 0.5 });
  let left = 1000;
  let others = 0;
  for (let step = 0; step < 1000; step++) all.wait({ step: () => (left -= 1) });
  while (left > 0) {
    keepBusy(5);
    others += 1;
    await turn();
  }
  assert.ok(others < 100, `${others} turns`);
});

turns("without a share one has its turn at a time, however short it is", async () => {
  const all = new Turns();
  let left = 20;
  let others = 0;
  for (let step = 0; step < 20; step++) all.wait({ step: () => (left -= 1) });
  while (left > 0) {
    await turn();
    others += 1;
  }
  assert.ok(others >= 19, `${others} turns`);
});

turns("who is nearly in comes before all who have just come", async () => {
  const all = new Turns();
  const order: string[] = [];
  const named = (name: string) => ({ step: () => void order.push(name) });
  all.wait(named("first"));
  const gone = named("gone");
  all.wait(gone);
  all.wait(named("second"));
  all.waitFirst(named("begun"));
  assert.is(all.waiting, 3);
  all.forget(gone);
  while (order.length < 3) await turn();
  assert.equal(order, ["begun", "first", "second"]);
  assert.is(all.waiting, 0);
});

turns("each line has its turn after the others, and its first is first", () => {
  const queue = new FairQueue<string>();
  for (const one of ["a1", "a2", "a3", "b1", "c1", "b2"]) queue.add(one, one.charAt(0));
  queue.add("a1", "c");
  queue.delete("a2");
  queue.delete("nobody");
  assert.is(queue.size, 5);
  const order = Array.from({ length: 6 }, () => queue.take());
  assert.equal(order, ["a1", "b1", "c1", "a3", "b2", undefined]);
  assert.is(queue.size, 0);
});

turns("the last of the longest line gives way to one in a shorter line, and to none in one as long", () => {
  const queue = new FairQueue<string>();
  for (const one of ["a1", "a2", "a3", "b1", "b2"]) queue.add(one, one.charAt(0));
  assert.is(queue.givesWayTo("c"), "a3");
  assert.is(queue.givesWayTo("b"), undefined);
  assert.is(queue.givesWayTo("a"), undefined);
  assert.is(new FairQueue<string>().givesWayTo("a"), undefined);
});

turns(
  "a pace lets a burst through, and then each when it is due; none is taken that would be too late",
  () => {
    const pace = new Pace({ perSecond: 10, burst: 3 });
    const waits = Array.from({ length: 5 }, () => pace.take(1000, 200));
    assert.equal(waits, [0, 0, 0, 100, 200]);
    assert.is(pace.take(1000, 200), 300);
    assert.is(pace.wait(1000), 300);
    assert.is(pace.take(1100, 200), 200);
  },
);

turns("each of many has a pace, which is forgotten with what it remembers", () => {
  const paces = new Paces({ perSecond: 10, burst: 1 });
  assert.is(paces.take("a", 0), 0);
  assert.is(paces.take("a", 0), 100);
  assert.is(paces.take("b", 0), 0);
  assert.is(paces.wait("b", 0), 100);
  assert.is(paces.wait("c", 0), 0);
  assert.is(paces.size, 2);
  assert.is(paces.take("c", 5000), 0);
  assert.is(paces.size, 1);
});

turns.run();
