/** The account book as CSV, as `accounts import` reads it: of one party, or of all. */
import type { Account } from "@tallystick/protocol";
import { formatAmount, IMPORT_COLUMNS } from "@tallystick/protocol";
import { asText } from "../import/spreadsheet-text.ts";
import type { Accounts } from "../ledger/accounts.ts";
import { ACCOUNTS_PATTERN } from "../ledger/keys.ts";
import { masters, type Store } from "../redis/connect.ts";
import { isOutputClosed } from "./closed-output.ts";

/** How many are read at once. */
const PAGE = 500;

/** Prints them, by party and number. @throws Error when there is none. */
export async function exportAccounts(
  { accounts, store }: { accounts: Accounts; store: Store },
  party: string | undefined,
): Promise<void> {
  const parties = party === undefined ? await allParties(store) : [party];
  let isEmpty = true;
  for (const one of parties)
    for (let after: string | undefined; ; ) {
      const page = await accounts.list(one, { after, limit: PAGE });
      if (isOutputClosed()) return;
      if (isEmpty && page.accounts.length > 0) process.stdout.write(rowOf(IMPORT_COLUMNS));
      isEmpty &&= page.accounts.length === 0;
      process.stdout.write(page.accounts.map(accountRow).join(""));
      after = page.next;
      if (after === undefined) break;
    }
  if (isEmpty) throw new Error(party === undefined ? "the book has no accounts" : `${party} has no accounts`);
}

/** Whoever has an account. What the store says twice while it is walked is said once. */
async function allParties(store: Store): Promise<string[]> {
  const parties = new Set<string>();
  for (const server of masters(store)) {
    let cursor = "0";
    do {
      const [next, keys] = await server.scan(cursor, "MATCH", ACCOUNTS_PATTERN, "COUNT", 1000);
      for (const key of keys) parties.add(key.split(":")[3] ?? "");
      cursor = next;
    } while (cursor !== "0");
  }
  return [...parties].sort();
}

function accountRow({ party, number, holder, kind, currency, balance, limit = 0, status }: Account): string {
  const amount = formatAmount(balance ?? limit, currency).replaceAll(",", "");
  const fields: Record<(typeof IMPORT_COLUMNS)[number], string> = {
    party,
    number: asText(number),
    holder: asText(holder),
    kind,
    currency,
    amount,
    status,
  };
  return rowOf(IMPORT_COLUMNS.map((column) => fields[column]));
}

/** RFC 4180. */
function rowOf(fields: readonly string[]): string {
  const quoted = fields.map((field) =>
    /[",;\t\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field,
  );
  return `${quoted.join(",")}\r\n`;
}
