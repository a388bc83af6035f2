import { existsSync } from "node:fs";
import { type AsksArchive, NO_ARCHIVE } from "../archive/archive.ts";
import { askDirectly, openExistingArchive } from "../archive/open-existing.ts";
import { archiveUrlOf, parseArchiveUrl } from "../archive-url.ts";
import { readSettings, type Settings } from "../config.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { type OpenedLedger, openLedger } from "../open-ledger.ts";

/**
 * Opens the book of the settings for one command, and closes it again.
 *
 * @param options.writes what was done is waited for, where replicas have to have it.
 * @throws Error when they don't have it yet.
 */
export async function withLedger<T>(
  act: (ledger: Ledger, settings: Settings, archive: AsksArchive) => Promise<T>,
  { writes = false }: { writes?: boolean } = {},
): Promise<T> {
  const settings = readSettings(process.env);
  const book = await openLedger(settings, (line) => console.error(line));
  const { archive, close } = archiveOf(settings);
  try {
    const done = await act(book.ledger, settings, archive);
    if (writes) await confirmWritten(book);
    return done;
  } finally {
    await close();
    await book.close();
  }
}

/**
 * Waits until as many replicas have what was written as MIN_REPLICAS says.
 *
 * @throws Error that says what to do.
 */
export async function confirmWritten(book: Pick<OpenedLedger, "confirm">): Promise<void> {
  await book.confirm().catch((error: Error) => {
    throw new Error(
      `it is done in the book, but a failover may undo it: ${error.message} (MIN_REPLICAS). Do the same again once replicas are back`,
      { cause: error },
    );
  });
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
