import { readSettings, type Settings } from "../config.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { openLedger } from "../open-ledger.ts";

/** Opens the book of the settings for one command, and closes it again. */
export async function withLedger<T>(act: (ledger: Ledger, settings: Settings) => Promise<T>): Promise<T> {
  const settings = readSettings(process.env);
  const book = await openLedger(settings, (line) => console.error(line));
  try {
    return await act(book.ledger, settings);
  } finally {
    await book.close();
  }
}
