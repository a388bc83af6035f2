/** Accounts from a CSV over HTTP. */
import { z } from "zod";
import { AccountNumber, Party } from "./fields.ts";

/** How large a file may be that is sent to a hub. */
export const MOST_IMPORTED_BYTES = 16 * 1024 * 1024;
/** How many bad rows are told one by one. */
export const MOST_REPORTED = 1000;

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

export const ImportReport = z
  .object({
    kept: z.int().min(0).describe("Rows that were kept; in a dry run, those that would be."),
    badCount: z.int().min(0),
    bad: z
      .array(z.object({ line: Line, reason: z.string() }))
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
