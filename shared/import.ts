/** Accounts from a CSV over HTTP. */
import { z } from "zod";
import { AccountKind, AccountNumber, Currency, Party } from "./fields.ts";

/** How large a file may be that is sent to a hub. */
export const MOST_IMPORTED_BYTES = 16 * 1024 * 1024;
/** How many bad rows are told one by one. */
export const MOST_REPORTED = 1000;

/** The columns, in any order. `amount` is the balance or the limit, in decimals, as in 1,250.50. */
export const IMPORT_COLUMNS = ["party", "number", "holder", "kind", "currency", "amount", "status"] as const;

const yes = z.literal("yes").optional();

export const ImportQuery = z.strictObject({
  encoding: z
    .string()
    .max(40)
    .optional()
    .describe("How it is encoded, as `gb18030`; UTF-8, or UTF-16 where the file shows it, without."),
  dryRun: yes.describe("Checks each row, and keeps none."),
  allOrNothing: yes.describe("Keeps none when one is bad."),
});
export type ImportQuery = z.infer<typeof ImportQuery>;

const Line = z.int().min(1);
const count = z.int().min(0);
const text = z.string().describe("As the file has it, shortened.");

function fault<C extends string, V extends z.ZodRawShape = Record<never, never>>(code: C, values?: V) {
  return z.object({ code: z.literal(code), ...(values as V) });
}

export const RowFault = z
  .discriminatedUnion("code", [
    fault("quote_not_closed"),
    fault("quote_closed_early"),
    fault("quote_in_field"),
    fault("not_csv", { why: z.string().describe("The CSV reader's own code.") }),
    fault("line_too_long", { most: count.describe("Characters.") }),
    fault("field_count", { fields: count, columns: count.describe("What the first line has.") }),
    fault("damaged_text"),
    fault("invalid_fields", { fields: z.array(z.enum(IMPORT_COLUMNS).exclude(["amount"])) }),
    fault("amount_unreadable", {
      text,
      instead: z.string().optional().describe("How it is to be written, where that shows."),
    }),
    fault("amount_too_precise", {
      text,
      currency: Currency,
      decimals: count.describe("Those of the currency."),
      thousand: z.string().optional().describe("How it is to be written if it is a thousand and more."),
    }),
    fault("amount_ambiguous", {
      text,
      currency: Currency,
      readings: z.tuple([z.string(), z.string()]).describe("What it could be."),
    }),
    fault("amount_too_large", { text, currency: Currency }),
    fault("kind_or_currency_fixed", {
      kind: AccountKind,
      currency: z.string().describe("What the account has, of which amounts are frozen or used."),
    }),
    fault("less_than_held", {
      held: count.describe("Minor units that are frozen or used."),
      currency: Currency,
    }),
    fault("sum_too_large"),
    fault("not_here"),
  ])
  .describe("What is wrong with a row: a code, and the values that a sentence of one's own needs.");
export type RowFault = z.infer<typeof RowFault>;
export type RowFaultCode = RowFault["code"];

export const ImportReport = z
  .object({
    kept: z.int().min(0).describe("Rows that were kept; in a dry run, those that would be."),
    badCount: z.int().min(0),
    bad: z
      .array(
        z.object({ line: Line, reason: z.string().describe("In English, for people."), fault: RowFault }),
      )
      .describe(`The first ${MOST_REPORTED} rows that were not, with their lines in the file.`),
    replacing: z
      .array(z.object({ party: Party, number: AccountNumber, line: Line, replaces: Line }))
      .describe("Rows that set an account which an earlier one had set."),
  })
  .describe("What came of an import.");
export type ImportReport = z.infer<typeof ImportReport>;

export const ImportLine = z
  .object({
    progress: z.number().min(0).max(1).optional(),
    result: ImportReport.optional().describe("In the last line."),
    failure: z
      .string()
      .optional()
      .describe("In the last line: why the file as a whole was not read, or what has stopped it."),
  })
  .describe("A line of the answer.");
export type ImportLine = z.infer<typeof ImportLine>;
