import { existsSync } from "node:fs";
import { type AsksArchive, NO_ARCHIVE } from "../archive/archive.ts";
import { askDirectly, openExistingArchive } from "../archive/open-existing.ts";
import { archiveUrlOf, parseArchiveUrl } from "../archive-url.ts";
import { readSettings, type Settings } from "../config.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { openLedger } from "../open-ledger.ts";

/** Opens the book of the settings for one command, and closes it again. */
export async function withLedger<T>(
  act: (ledger: Ledger, settings: Settings, archive: AsksArchive) => Promise<T>,
): Promise<T> {
  const settings = readSettings(process.env);
  const book = await openLedger(settings, (line) => console.error(line));
  const { archive, close } = archiveOf(settings);
  try {
    return await act(book.ledger, settings, archive);
  } finally {
    await close();
    await book.close();
  }
}

/** The archive of the settings, opened when it is asked for the first time; none where there is none yet. */
export function archiveOf(settings: Settings): { archive: AsksArchive; close(): Promise<void> } {
  const url = archiveUrlOf(settings);
  const address = parseArchiveUrl(url);
  const isThere = address.kind === "postgres" || (address.kind === "file" && existsSync(address.path));
  if (!isThere) return { archive: NO_ARCHIVE, close: async () => undefined };
  let opened: ReturnType<typeof openExistingArchive> | undefined;
  const ask: AsksArchive["ask"] = (name, question) => {
    opened ??= openExistingArchive(url);
    return opened.then(({ database }) => askDirectly(database).ask(name, question)) as never;
  };
  return {
    archive: { isThere, ask },
    close: async () => (await opened?.catch(() => undefined))?.close(),
  };
}
