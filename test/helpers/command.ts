/**
 * The command tallystick, for tests that start it: what is built, since a process that compiles the sources first takes
 * three times as long. Whoever builds it, the test runner or the first test that is run by itself, says so.
 */
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..", "..");
/** The launcher's own build, which does nothing while nothing has changed. */
const { build, needsBuild } = (await import(join(ROOT, "server", "bin", "build.mjs"))) as {
  build(): string | undefined;
  needsBuild(): boolean;
};

/** Builds the command where a source has changed since it was built. */
export function buildCommand({ log }: { log: (line: string) => void }): void {
  if (!needsBuild()) return;
  log("Building the command that tests run");
  const obstacle = build();
  if (obstacle !== undefined) throw new Error(`the command can't be built: ${obstacle}`);
}

// The runner has built it: nothing is to be built under files that run it.
if (process.env.TEST_COMMAND_BUILT !== "yes") buildCommand({ log: () => undefined });

/** The file that Node runs. */
export const COMMAND = join(ROOT, "server", "dist", "cli", "main.js");
