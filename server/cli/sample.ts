import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "csv-parse/sync";
import type { SampleParty } from "../http/local-sign-in.ts";
import { ACCOUNTS_PATTERN } from "../ledger/keys.ts";
import { masters, type Store } from "../redis/connect.ts";

/** The sample account book that comes with the package, seen from the source or from what is built of it. */
export function samplePath(): string {
  const candidates = ["../sample/accounts.csv", "../../sample/accounts.csv"];
  const paths = candidates.map((relative) => fileURLToPath(new URL(relative, import.meta.url)));
  return paths.find((path) => existsSync(path)) ?? (paths[0] as string);
}

/** Its parties, each by its first account. */
export function sampleParties(): SampleParty[] {
  const rows: SampleParty[] = parse(readFileSync(samplePath()), { columns: true });
  return rows.filter(({ party }, index) => rows.findIndex((row) => row.party === party) === index);
}

/** True when the book has any account; a book that has none counts as new. */
export async function hasAccounts(store: Store): Promise<boolean> {
  for (const server of masters(store)) {
    let cursor = "0";
    do {
      const [next, keys] = await server.scan(cursor, "MATCH", ACCOUNTS_PATTERN, "COUNT", 1000);
      if (keys.length > 0) return true;
      cursor = next;
    } while (cursor !== "0");
  }
  return false;
}
