/**
 * The command tallystick, for tests that start it: what the test runner has compiled, or what is built, in a test that is
 * run by itself, since a process that compiles the sources first takes three times as long.
 */
import { join } from "node:path";
import { haveBuilt } from "./built.ts";
import { runnable } from "./source.ts";

const SERVER = join(import.meta.dirname, "..", "..", "server");

await haveBuilt();

/** The file that Node runs. */
export const COMMAND =
  process.env.TEST_COMPILED === undefined
    ? join(SERVER, "dist", "cli", "main.js")
    : runnable(join(SERVER, "cli", "main.ts"));
