/** What asks for a page of a list over HTTP, `?after=&limit=`, and what narrows it down. */
import { z } from "zod";
import { AccountNumber, Party } from "./fields.ts";
import { FenceCursor } from "./http.ts";
import { LISTED_STATES, SettlementCursor } from "./settlement.ts";

/** How much a page has at the most, and unless it is asked for otherwise. */
export const MOST_IN_A_PAGE = 1000;
export const USUAL_IN_A_PAGE = 100;
const LIMIT_RULE = `must be a whole number from 1 to ${MOST_IN_A_PAGE}`;

/** How much a page has at the most. */
export const PageLimit = z
  .string()
  .regex(/^\d{1,4}$/, LIMIT_RULE)
  .transform(Number)
  .refine((limit) => limit >= 1 && limit <= MOST_IN_A_PAGE, LIMIT_RULE)
  .default(USUAL_IN_A_PAGE);

export const AccountPageQuery = z.strictObject({
  after: AccountNumber.optional().describe("The `next` of the page before; absent for the first page."),
  limit: PageLimit,
});
export type AccountPageQuery = z.infer<typeof AccountPageQuery>;

export const FencePageQuery = z.strictObject({
  party: Party.optional().describe("Only what this party has shown, or takes part in."),
  after: FenceCursor.optional().describe("The `next` of the page before; absent for the first page."),
  limit: PageLimit,
});
export type FencePageQuery = z.infer<typeof FencePageQuery>;

export const SettlementPageQuery = z.strictObject({
  state: z
    .enum(LISTED_STATES)
    .default("failed")
    .describe("Those that wait to be paid, or those that could not be."),
  after: SettlementCursor.optional().describe("The `next` of the page before; absent for the first page."),
  limit: PageLimit,
});
export type SettlementPageQuery = z.infer<typeof SettlementPageQuery>;
