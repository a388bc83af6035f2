/** There is room for so many requests; who has sent more is read on when a place becomes free, the first that waits first. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Overload } from "../../server/limits/overload.ts";
import { createLog } from "../../server/log.ts";

const room = suite("room for requests");

/** Everything here is done before a timer can come. */
function startOverload() {
  let shed = 0;
  const overload = new Overload({ shed: () => (shed += 1), log: createLog({ level: "silent" }) });
  return { overload, shed: () => shed };
}

/** Requests of a party until the hub wants to read no more of it; how many were let in. */
function fill(overload: Overload, party: string): number {
  for (let count = 1; count <= 10_000; count++) if (overload.begin(party) === "full") return count;
  throw new Error("there was always room");
}

room("a hub that is not overloaded refuses none, but reads no more than it has room for", () => {
  const { overload, shed } = startOverload();
  const most = fill(overload, "hasty");
  assert.ok(most >= 96, `${most} are few`);
  // What had been read by then is let in as well.
  assert.is(overload.begin("hasty"), "full");
  assert.is(shed(), 0);
  overload.stop();
});

room("a party that asks for little is read on, however much another asks for", () => {
  const { overload } = startOverload();
  fill(overload, "hasty");
  assert.is(overload.begin("modest"), "in");
  assert.is(overload.begin("hasty"), "full");
  overload.stop();
});

room("a party asks for little until something of its had to wait", () => {
  const { overload } = startOverload();
  const little = (index: number) => `little-${index}`;
  let worked = fill(overload, "hasty");
  let last = 0;
  for (let isFull = false; !isFull; worked += 1) {
    last = Math.floor(worked / 5);
    isFull = overload.begin(little(last)) === "full";
  }
  for (let ended = 0; ended < worked / 4; ended++) overload.end();
  assert.is(overload.begin(little(last)), "full");
  assert.is(overload.begin("another"), "in");
  overload.stop();
});

room("a place that is free is for the terminal that has waited longest", () => {
  const { overload } = startOverload();
  const places = fill(overload, "hasty");
  const read: number[] = [];
  for (let index = 0; index < 4; index++)
    overload.whenFree(() => {
      read.push(index);
      overload.begin("hasty");
    });
  assert.equal(read, [], "none is read while there is no room");
  for (let ended = 0; ended < places && read.length < 4; ended++) overload.end();
  assert.equal(read, [0, 1, 2, 3]);
  overload.stop();
});

room.run();
