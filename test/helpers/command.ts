/**
 * The command tallystick, for tests that start it: what the test runner has compiled, or what is built, in a test that is
 * run by itself, since a process that compiles the sources first takes three times as long.
 */
import { join } from "node:path";
import { haveBuilt } from "./built.ts";
import { compiledPath } from "./source.ts";

const SERVER = join(import.meta.dirname, "..", "..", "server");
const { TEST_COMPILED } = process.env;

await haveBuilt();

/** The file that Node runs. */
export const COMMAND =
  TEST_COMPILED === undefined
    ? join(SERVER, "dist", "cli", "main.js")
    : compiledPath(TEST_COMPILED, join(SERVER, "cli", "main.ts"));
