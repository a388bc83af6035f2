/** What is imported is read more than once, so what can't be, as a pipe, is copied first. */
import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

export interface Input {
  path: string;
  /** In bytes. */
  size: number;
  close(): Promise<void>;
}

/** @throws Error when there is nothing to read. */
export async function openInput(path: string): Promise<Input> {
  const found = await stat(path);
  if (found.isFile()) return { path, size: found.size, close: async () => undefined };
  const folder = await mkdtemp(join(tmpdir(), "tallystick-import-"));
  const close = () => rm(folder, { recursive: true, force: true });
  try {
    const copy = join(folder, "copy.csv");
    await pipeline(createReadStream(path), createWriteStream(copy, { mode: 0o600 }));
    return { path: copy, size: (await stat(copy)).size, close };
  } catch (error) {
    await close();
    throw error;
  }
}
