import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Turns } from "../../client-sdk/turns.ts";

const turns = suite("turns");

turns("are taken by so many at once, in order, and the first begin in the very step", async () => {
  const some = new Turns(3);
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const over = Array.from({ length: 10 }, (_, index) =>
    some.take(() => {
      begun.push(index);
      return new Promise((resolve) => ends.push(resolve));
    }),
  );
  assert.equal(begun, [0, 1, 2]);
  for (let ended = 0; ended < 10; ended++) {
    ends[ended]?.();
    await over[ended];
    while (begun.length < Math.min(10, ended + 4)) await Promise.resolve();
    assert.is(begun.length, Math.min(10, ended + 4));
  }
  assert.equal(begun, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

turns("pass on in time from what does not end", async () => {
  const one = new Turns(1);
  void one.take(() => new Promise(() => undefined));
  const keepAlive = setInterval(() => undefined, 1000);
  await one.take(() => Promise.resolve());
  clearInterval(keepAlive);
});

turns.run();
