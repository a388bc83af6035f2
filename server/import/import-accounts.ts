/**
 * Loads accounts from CSV (RFC 4180), as a stream: good rows are kept, each bad one is reported with its
 * line and why. The same file again sets the same accounts again.
 */
import type { Readable } from "node:stream";
import {
  AccountNumber,
  type AccountPut,
  AccountStatus,
  Currency,
  Party,
  parseAmount,
  Text,
} from "@tallystick/protocol";
import { type CsvError, type Info, parse } from "csv-parse";
import { z } from "zod";
import type { Accounts } from "../ledger/accounts.ts";

/** The columns, in any order. `amount` is the balance or the limit, in decimals, as in 1,250.50. */
export const COLUMNS = ["party", "number", "holder", "kind", "currency", "amount", "status"] as const;
const REQUIRED = COLUMNS.filter((column) => column !== "status");

/** How many accounts are on their way to the store at once. */
const AT_ONCE = 256;

export interface BadRow {
  /** Line of the file, the header's being 1. */
  line: number;
  reason: string;
}

export interface ImportResult {
  /** Rows that were kept. */
  kept: number;
  bad: BadRow[];
}

export interface ImportOptions {
  /** Called now and then with the bytes read so far. */
  onProgress?: (bytes: number) => void;
}

const Row = z.object({
  party: Party,
  number: AccountNumber,
  holder: Text,
  kind: z.enum(["funds", "credit"], { error: "must be funds or credit" }),
  currency: Currency,
  amount: z.string(),
  status: z.union([AccountStatus, z.literal("")], { error: "must be active or blocked" }).optional(),
});

interface Parsed {
  record: Record<string, string>;
  info: Info;
}

/**
 * Reads a CSV and puts its accounts into the book.
 *
 * @throws Error when the file as a whole can't be read: no header, or columns that are missing or unknown.
 */
export async function importAccounts(
  accounts: Accounts,
  csv: Readable,
  options: ImportOptions,
): Promise<ImportResult> {
  const result: ImportResult = { kept: 0, bad: [] };
  const parser = csv.pipe(
    parse({
      bom: true,
      columns: (header: string[]) => checkHeader(header.map((name) => name.trim().toLowerCase())),
      trim: true,
      info: true,
      skip_empty_lines: true,
      skip_records_with_error: true,
      on_skip: (error) => {
        if (error) result.bad.push({ line: lineOf(error), reason: error.message });
        return undefined;
      },
    }),
  );
  csv.once("error", (error) => parser.destroy(error));
  const underWay = new Set<Promise<void>>();
  for await (const { record, info } of parser as AsyncIterable<Parsed>) {
    const task: Promise<void> = importRow(accounts, record, info.lines, result).finally(() =>
      underWay.delete(task),
    );
    underWay.add(task);
    if (underWay.size >= AT_ONCE) {
      await Promise.race(underWay);
      options.onProgress?.(info.bytes);
    }
  }
  await Promise.all(underWay);
  result.bad.sort((a, b) => a.line - b.line);
  return result;
}

function checkHeader(header: string[]): string[] {
  const missing = REQUIRED.filter((column) => !header.includes(column));
  const unknown = header.filter((name) => !(COLUMNS as readonly string[]).includes(name));
  const repeated = header.filter((name, index) => header.indexOf(name) !== index);
  const problems = [
    missing.length > 0 && `lacks ${missing.join(", ")}`,
    unknown.length > 0 && `has the unknown ${unknown.map((name) => `"${name}"`).join(", ")}`,
    repeated.length > 0 && `has ${repeated.join(", ")} twice`,
  ].filter(Boolean);
  if (problems.length > 0) {
    throw new Error(
      `the first line ${problems.join(" and ")}: it must name the columns ${COLUMNS.join(",")}`,
    );
  }
  return header;
}

async function importRow(
  accounts: Accounts,
  record: object,
  line: number,
  result: ImportResult,
): Promise<void> {
  try {
    const { party, number, ...body } = readRow(record);
    const outcome = await accounts.put({ party, number }, body);
    if (outcome.kind === "refused") throw new RangeError(outcome.message);
    result.kept += 1;
  } catch (error) {
    // What the store itself says ends the import; a row's own fault does not.
    if (!(error instanceof RangeError)) throw error;
    result.bad.push({ line, reason: error.message });
  }
}

function readRow(record: object): AccountPut & { party: string; number: string } {
  if (Object.values(record).some((value) => String(value).includes("\ufffd"))) {
    throw new RangeError("is not UTF-8");
  }
  const parsed = Row.safeParse(record);
  if (!parsed.success) {
    throw new RangeError(
      parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; "),
    );
  }
  const { amount: text, kind, status, ...rest } = parsed.data;
  const amount = parseAmount(text, rest.currency);
  const given = { ...rest, ...(status && { status }) };
  return kind === "funds" ? { ...given, kind, balance: amount } : { ...given, kind, limit: amount };
}

function lineOf(error: CsvError): number {
  return Number((error as CsvError & { lines?: number }).lines ?? 0);
}
