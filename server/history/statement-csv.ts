/** A statement as CSV (RFC 4180), for spreadsheets. */
import type { StatementEntry } from "@tallystick/protocol";

export const STATEMENT_COLUMNS = [
  "at",
  "type",
  "amount",
  "currency",
  "balance",
  "limit",
  "used",
  "frozen",
  "cause",
] as const;

/** With a line of names first. Times are ISO 8601, amounts minor units. */
export function statementCsv(entries: readonly StatementEntry[]): string {
  const rows = entries.map((entry) => {
    const row = { ...entry, at: new Date(entry.at).toISOString() };
    return STATEMENT_COLUMNS.map((column) => field(row[column]));
  });
  return [STATEMENT_COLUMNS, ...rows].map((row) => `${row.join(",")}\r\n`).join("");
}

/** No field of a statement can hold a quote or a comma: a cause is an id or a reference. */
function field(value: string | number | undefined): string {
  return value === undefined ? "" : String(value);
}
