/** What an operator's page is told while it watches a book: counts, never a party or an account. */
import { z } from "zod";
import { AuditReport } from "./audit.ts";
import { DurabilityField } from "./commands.ts";
import { Currency, StateField, Time } from "./fields.ts";
import { VoucherStateField } from "./voucher-fields.ts";

/** How often it is told, and how much time a slice has, milliseconds. */
export const LIVE_EVERY_MS = 2000;
/** How many slices are remembered: a quarter of an hour. */
export const LIVE_SLICES = 450;

const Count = z.int().min(0);
/** Sums over a whole book can be more than one account can hold. */
const Minor = z.number().describe("Minor units.");
const Currencies = z.partialRecord(Currency, Minor);

export const LiveSlice = z
  .object({
    at: Time.describe("When it ended, on the clock of the hub that tells."),
    answered: Count.describe("Messages of terminals that were answered."),
    failed: Count.describe("Those of them that were answered `unavailable` or `internal`."),
    p50Ms: z.number().optional().describe("Within this time half of them were answered; absent without any."),
    p99Ms: z.number().optional().describe("Within this time 99 of 100 were."),
    steps: z.partialRecord(StateField, Count).describe("How many issuances came into each state."),
    paid: Currencies.describe("What was paid out to beneficiaries."),
  })
  .describe("What happened within two seconds, at all hubs that are heard of.");
export type LiveSlice = z.infer<typeof LiveSlice>;

export const LiveHub = z
  .object({
    hub: z.string().describe("Its name among those of the book, another with each start."),
    host: z.string(),
    pid: z.int(),
    version: z.string(),
    since: Time.describe("When it was started, on its own clock."),
    busy: z.number().min(0).max(1).describe("The share of time in which its thread was at work."),
    memoryBytes: Count,
    connections: Count.describe("Terminals connected to it."),
  })
  .describe("A hub of the book.");
export type LiveHub = z.infer<typeof LiveHub>;

export const LiveBook = z
  .object({
    at: Time.describe("When the count ended: the book is counted a little at a time."),
    issuances: z.partialRecord(StateField, Count).describe("Those that have not ended."),
    vouchers: z.partialRecord(VoucherStateField, Count).describe("Those that live."),
    frozen: Currencies,
    clearing: Currencies.describe("What has left payers' accounts and is not paid out."),
  })
  .describe("What is in the book.");
export type LiveBook = z.infer<typeof LiveBook>;

export const LiveWaiting = z
  .object({ fences: Count, settlementsOpen: Count, settlementsFailed: Count })
  .describe("What is fenced or missing, and settlements that wait to be paid or could not be.");
export type LiveWaiting = z.infer<typeof LiveWaiting>;

export const LiveStore = z
  .object({
    problem: z.string().optional().describe("Why it can't serve; absent when it does."),
    durability: DurabilityField.optional().describe("What an issue survives now."),
    degraded: z.int().positive().optional().describe("How many partitions are not served."),
    issues: z.literal("unavailable").optional().describe("Too few replicas confirm what is issued."),
  })
  .describe("How the store does, as the hub that tells sees it.");
export type LiveStore = z.infer<typeof LiveStore>;

export const LiveArchive = z
  .object({
    isUp: z.boolean(),
    lagSeconds: z.number().describe("How far it is behind the store."),
    heldUp: Count.describe("Partitions that are not archived, since their journals do not go on from it."),
  })
  .describe("How the archive does.");
export type LiveArchive = z.infer<typeof LiveArchive>;

export const LiveSummary = z
  .object({
    at: Time,
    hub: z.string().describe("Which hub tells."),
    hubs: z.array(LiveHub).describe("Those that are heard of, the telling one first."),
    store: LiveStore.optional().describe("Absent before it has been looked at."),
    archive: LiveArchive.optional().describe("Absent where there is none."),
    book: LiveBook.optional().describe("Absent before the first count has ended."),
    waiting: LiveWaiting.optional(),
    audit: AuditReport.omit({ findings: true }).optional().describe("The newest at any of the hubs."),
    isWhole: z
      .boolean()
      .describe("The slices are all that is remembered, and take the place of those told before."),
    slices: z.array(LiveSlice).describe("Since the summary before, the oldest first."),
  })
  .describe("What is known of the book and its hubs at this moment.");
export type LiveSummary = z.infer<typeof LiveSummary>;
