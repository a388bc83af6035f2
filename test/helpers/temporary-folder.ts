import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A new folder, gone when the process ends. Its path is short, since Unix sockets' paths must be. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "tally-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
