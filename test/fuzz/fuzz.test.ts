// about 15 s
/** Some seconds of what `npm run fuzz` does for as long as it is told to; and what it would take for a failure. */
import { ERROR_CODES } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { KINDS, runFuzz } from "./fuzz.ts";
import { checkRefusal, checkReturned } from "./oracle.ts";

const fuzz = suite("fuzzing");

fuzz(
  "a hub lives, answers from the table, gives back what it took, and keeps its book in balance",
  async () => {
    const { failure, inputs, answers } = await runFuzz({ seed: 1, seconds: 1, cases: 80 });
    assert.is(failure, undefined);
    // That nothing was broken says something only when every kind was tried, and a good deal of it got far.
    assert.equal(
      [...inputs.keys()],
      KINDS.map(({ name }) => name),
    );
    assert.ok((answers.get("ok") ?? 0) > 60, JSON.stringify([...answers]));
    assert.ok(answers.size > 6, JSON.stringify([...answers]));
  },
);

fuzz("an answer that is none of the table's, or that says that the hub has failed, is a failure", () => {
  for (const code of ERROR_CODES) {
    const check = () => checkRefusal({ code, message: "text" }, "a message");
    if (code === "internal" || code === "unavailable") assert.throws(check, /was answered/);
    else assert.not.throws(check);
  }
  assert.throws(() => checkRefusal({ code: "teapot", message: "text" }, "a message"));
  assert.throws(() => checkRefusal({ code: "conflict", message: "text", stack: "at …" }, "a message"));
  assert.throws(() => checkRefusal(undefined, "a message"));
});

fuzz("what does not come back is a failure", () => {
  const MIB = 2 ** 20;
  const held = { heapBytes: 30 * MIB, residentBytes: 200 * MIB, handles: 10, files: 50, listeners: 20 };
  assert.not.throws(() => checkReturned(held, { ...held, residentBytes: 400 * MIB, files: 52 }));
  assert.throws(() => checkReturned(held, { ...held, heapBytes: 90 * MIB }), /memory does not return/);
  for (const what of ["handles", "files", "listeners"] as const)
    assert.throws(() => checkReturned(held, { ...held, [what]: 100 }), new RegExp(`${what} do not return`));
});

fuzz.run();
