import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folders = new Set<string>();
/**
 * The test runner gives each file a folder of its own, and removes it: after one that was killed, too, and without
 * holding up the end of a file whose folders are large.
 */
const ofRunner = process.env.TEST_FOLDER;
if (ofRunner === undefined) {
  process.once("exit", () => {
    for (const folder of folders) removeFolder(folder);
  });
}

/** A new folder, gone when the process ends. Its path is short, since Unix sockets' paths must be. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(ofRunner ?? tmpdir(), "tally-"));
  folders.add(folder);
  return folder;
}

/** Removes a temporary folder before its time. */
export function removeFolder(folder: string): void {
  folders.delete(folder);
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
