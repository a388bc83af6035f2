/** What has happened, for programs: the feed that is pulled, and what webhooks bring. */
import { z } from "zod";
import { IssuanceEvent } from "./events.ts";
import { IssuanceOrVoucherId, Party } from "./fields.ts";
import { EVENT_TYPES } from "./lifecycle.ts";
import { PageLimit } from "./pages.ts";
import { Settlement } from "./settlement.ts";
import { DrawingHonoured, VoucherEvent } from "./voucher-events.ts";
import { VOUCHER_EVENT_TYPES } from "./voucher-lifecycle.ts";

/** Every type of event; `voucher.issued` is the last of an issuance, and the first of its voucher. */
export const FEED_TYPES = [...new Set([...EVENT_TYPES, ...VOUCHER_EVENT_TYPES])];
export const FeedType = z.enum(FEED_TYPES);
export type FeedType = z.infer<typeof FeedType>;

/** How many digits a `sequence` has: versions have fewer. */
const SEQUENCE_DIGITS = 10;

/** A version as CloudEvents' `sequence`, which is compared as a text. */
export function sequenceOf(version: number): string {
  return String(version).padStart(SEQUENCE_DIGITS, "0");
}

export const PayableOutside = DrawingHonoured.extend({
  settlement: Settlement.pick({
    settlementId: true,
    voucherId: true,
    drawingId: true,
    state: true,
    mode: true,
    attempt: true,
    amount: true,
    currency: true,
  }).describe("What is to be paid outside; into which account, `GET /v1/settlements/:id` says."),
}).describe(
  "A drawing that was honoured where `SETTLE` is `external`, as an operator sees it: with what is to be paid.",
);

export const FeedEvent = z
  .object({
    specversion: z.literal("1.0"),
    id: z.string().describe("The same whenever and wherever this event is told."),
    source: z.string().describe("The book: `urn:tallystick:book:` and its id."),
    type: FeedType,
    subject: IssuanceOrVoucherId,
    time: z
      .string()
      .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
      .describe("When it happened, on the store's clock: RFC 3339."),
    datacontenttype: z.literal("application/json"),
    sequence: z
      .string()
      .regex(/^\d{10}$/)
      .describe("The version of the subject that the event made, as ten digits: 0000000001 is the first."),
    data: z.union([PayableOutside, IssuanceEvent, VoucherEvent]),
  })
  .describe("An event of an issuance or a voucher as a CloudEvent 1.0, in the view of whoever is told.");
export type FeedEvent = z.infer<typeof FeedEvent>;

export const FeedCursor = z
  .string()
  .regex(/^\d{1,15}$/, "not the next of a page")
  .describe("A place in the feed: what has come before it, and what will come after it, never changes.");

export const FeedQuery = z.strictObject({
  after: FeedCursor.optional().describe("The `next` of the page before; absent for the first event of all."),
  types: z
    .string()
    .transform((text) => text.split(","))
    .pipe(z.array(FeedType))
    .optional()
    .describe("Only events of these types, with commas between."),
  party: Party.optional().describe("Only this party's, in its view; a party's own unless said."),
  limit: PageLimit,
});
export type FeedQuery = z.infer<typeof FeedQuery>;

export const FeedPage = z
  .object({
    events: z.array(FeedEvent),
    next: FeedCursor.describe("Goes into `?after=`, now or whenever the reader comes again."),
    more: z.boolean().describe("There is more already."),
  })
  .describe("A page of the feed, the oldest first; one that is short, or empty, may be followed by more.");
export type FeedPage = z.infer<typeof FeedPage>;
