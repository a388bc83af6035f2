/** Opens the archive of the settings for one command that reads history, and closes it again. */
import { existsSync } from "node:fs";
import { askDirectly, openExistingArchive } from "../archive/open-existing.ts";
import { archiveUrlOf, parseArchiveUrl } from "../archive-url.ts";
import { readSettings } from "../config.ts";
import { History } from "../history/history.ts";

/** Where the archive is that the hub has. */
export function archiveUrl(): string {
  return archiveUrlOf(readSettings(process.env));
}

/** False where the hub has none, or has not made it yet. */
export function isThereAnArchive(): boolean {
  const address = parseArchiveUrl(archiveUrl());
  return address.kind === "file" ? existsSync(address.path) : address.kind !== "none";
}

/** @throws Error where there is none. */
export async function withHistory(act: (history: History) => Promise<void>): Promise<void> {
  const { database, about, close } = await openExistingArchive(archiveUrl());
  try {
    await act(new History(askDirectly(database), about.book, async () => 0));
  } finally {
    await close();
  }
}
