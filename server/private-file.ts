/** Small files in DATA_DIR that are the hub's secrets: readable by their owner alone, and never seen half written. */
import { randomUUID } from "node:crypto";
import { link, mkdir, open, readFile, rename, unlink, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/** Readable and writable by the owner alone. */
const MODE = 0o600;

/** What a file holds, without white space around it; undefined when there is none. */
export async function readPrivateFile(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, "utf8")).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * Makes a file once, and answers what it holds. Of two that start at once, the first to link its own has made it and
 * the other takes that one. The file is whole before it has its name, so nobody can read half of it, even after a
 * crash.
 */
export async function makePrivateFile(file: string, content: string): Promise<string> {
  const draft = await writeDraft(file, content);
  try {
    await link(draft, file);
    await syncFolder(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    await unlink(draft);
  }
  return (await readFile(file, "utf8")).trim();
}

/** Puts another content in a file's place: whoever reads it finds the one or the other, whole. */
export async function replacePrivateFile(file: string, content: string): Promise<void> {
  await rename(await writeDraft(file, content), file);
  await syncFolder(file);
}

async function writeDraft(file: string, content: string): Promise<string> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, content, { flag: "wx", mode: MODE, flush: true });
  return draft;
}

/** A name survives a power cut once its folder is on disk too. */
async function syncFolder(file: string): Promise<void> {
  // Windows has no way to ask for it.
  if (process.platform === "win32") return;
  const folder = await open(dirname(file), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
