/** Opens the archive of the settings for one command that reads history, and closes it again. */
import { existsSync } from "node:fs";
import type { AsksArchive } from "../archive/archive.ts";
import { openExistingArchive } from "../archive/open-existing.ts";
import { QUESTIONS } from "../archive/questions.ts";
import { defaultArchive, parseArchiveUrl } from "../archive-url.ts";
import { readSettings } from "../config.ts";
import { History } from "../history/history.ts";

/** Where the archive is that the hub has. */
export function archiveUrl(): string {
  const { ARCHIVE_URL, REDIS_URL, DATA_DIR } = readSettings(process.env);
  return ARCHIVE_URL ?? defaultArchive({ own: REDIS_URL === undefined, dataDir: DATA_DIR });
}

/** False where the hub has none, or has not made it yet. */
export function isThereAnArchive(): boolean {
  const address = parseArchiveUrl(archiveUrl());
  return address.kind === "file" ? existsSync(address.path) : address.kind !== "none";
}

/** @throws Error where there is none. */
export async function withHistory(act: (history: History) => Promise<void>): Promise<void> {
  const { database, about, close } = await openExistingArchive(archiveUrl());
  const asks: AsksArchive = {
    ask: (name, question) => QUESTIONS[name](database, question as never) as never,
  };
  try {
    await act(new History(asks, about.book));
  } finally {
    await close();
  }
}
