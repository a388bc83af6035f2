/**
 * What is built, for tests that need it: the pages, and the command in a test that is run by itself. The test runner
 * builds it before the first of them, and says so.
 */
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..", "..");

/** Builds where a source has changed since it was built. */
export async function buildAll({ log }: { log: (line: string) => void }): Promise<void> {
  // The launcher's own build, which does nothing while nothing has changed.
  const { build, needsBuild } = (await import(join(ROOT, "server", "bin", "build.mjs"))) as {
    build(): string | undefined;
    needsBuild(): boolean;
  };
  if (!needsBuild()) return;
  log("Building what tests run and show");
  const obstacle = build();
  if (obstacle !== undefined) throw new Error(`nothing can be built: ${obstacle}`);
}

/** The same in a test's process; nothing is built under the files that the runner runs. */
export async function haveBuilt(): Promise<void> {
  if (process.env.TEST_COMPILED === undefined) await buildAll({ log: () => undefined });
}
