import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folders = new Set<string>();
process.once("exit", () => {
  for (const folder of folders) removeFolder(folder);
});

/** A new folder, gone when the process ends. Its path is short, since Unix sockets' paths must be. */
export function temporaryFolder(): string {
  // The test runner gives each file a folder of its own, so that it can clear up after one that was killed.
  const folder = mkdtempSync(join(process.env.TEST_FOLDER ?? tmpdir(), "tally-"));
  folders.add(folder);
  return folder;
}

/** Removes a temporary folder before its time. */
export function removeFolder(folder: string): void {
  folders.delete(folder);
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
