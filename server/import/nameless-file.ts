/**
 * A file that only its open handle leads to. The system frees it when the process ends, however that ends, so that after
 * `kill -9` no account numbers are left in the temporary folder and nobody has to tell a live hub's files from a dead one's.
 */
import { randomUUID } from "node:crypto";
import { unlinkSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Opens an empty one, to be written and then read; closing it frees it. */
export async function openNamelessFile(): Promise<FileHandle> {
  const path = join(tmpdir(), `tallystick-${randomUUID()}`);
  const file = await open(path, "wx+", 0o600);
  try {
    // The name goes before anything is in the file: a process that is killed just here leaves an empty one.
    unlinkSync(path);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}
