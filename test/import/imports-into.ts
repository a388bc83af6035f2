/** Imports into a book that a test has started, and what the book has then. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type ImportOptions,
  type ImportResult,
  importAccounts,
} from "../../server/import/import-accounts.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import type { TestLedger } from "../ledger/start-ledger.ts";

export const HEADER = "party,number,holder,kind,currency,amount,status";
export const CASES = join(import.meta.dirname, "..", "fixtures", "import");

export interface Imports {
  /** Writes a file, and answers its path. */
  write(content: string | Buffer): string;
  load(content: string | Buffer, options?: ImportOptions): Promise<ImportResult>;
  /** The accounts that a party has. */
  kept(party: string): Promise<[number: string, holder: string, total: number | undefined][]>;
  /** Why a file is refused as a whole; it has to be. */
  refusal(content: string | Buffer, options?: ImportOptions): Promise<string>;
}

/** @param book answers the book, once it is there. */
export function importsInto(book: () => TestLedger): Imports {
  const folder = temporaryFolder();
  let files = 0;
  const write = (content: string | Buffer) => {
    files += 1;
    const path = join(folder, `${files}.csv`);
    writeFileSync(path, content);
    return path;
  };
  const load = (content: string | Buffer, options: ImportOptions = {}) =>
    importAccounts(book().accounts, write(content), options);
  return {
    write,
    load,
    kept: async (party) => {
      const { accounts } = await book().accounts.list(party, { limit: 500 });
      return accounts.map(({ number, holder, balance, limit }) => [number, holder, balance ?? limit]);
    },
    refusal: async (content, options) => {
      try {
        await load(content, options);
      } catch (error) {
        return (error as Error).message;
      }
      throw new Error("it was not refused");
    },
  };
}
