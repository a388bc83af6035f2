import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readDuration, readSeconds } from "../../server/cli/duration.ts";

const durations = suite("a duration on the command line");

for (const [text, milliseconds] of [
  ["50ms", 50],
  ["0s", 0],
  ["1.5s", 1500],
  ["10m", 600_000],
  ["12h", 43_200_000],
  ["7d", 604_800_000],
] as const) {
  durations(`${text} is ${milliseconds} ms`, () => {
    assert.is(readDuration(text), milliseconds);
  });
}

for (const text of ["", "5", "s", "-1s", "1 s", "1e3s", ".5s", "5w", "5S", "1s2m", "9999999999s"]) {
  durations(`"${text}" is none`, () => {
    assert.throws(() => readDuration(text), /as in 50ms, 20s or 10m/);
  });
}

durations("in whole seconds is at least one", () => {
  assert.is(readSeconds("90s"), 90);
  assert.is(readSeconds("1.5s"), 1);
  for (const text of ["0s", "999ms", "soon"]) assert.throws(() => readSeconds(text), /as in 30m or 12h/);
});

durations.run();
