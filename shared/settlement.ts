/** The schemas of settlements, which pay drawings out: for operators, over HTTP (design, section 7). */
import { z } from "zod";
import {
  AccountNumber,
  Amount,
  Currency,
  NUMBER_ANSWERED,
  Party,
  Reference,
  Text,
  Time,
  VoucherId,
} from "./fields.ts";
import { DrawingId, SettlementId, SettlementStateField } from "./voucher-fields.ts";
import type { SettlementState } from "./voucher-lifecycle.ts";

/** Where a drawing is paid out: into the beneficiary's account in the book, or by a system outside. */
export const SETTLEMENT_MODES = ["book", "external"] as const;
export type SettlementMode = (typeof SETTLEMENT_MODES)[number];

/** What is listed: those that wait to be paid, or that could not be. */
export const LISTED_STATES = ["open", "failed"] as const satisfies SettlementState[];
export type ListedState = (typeof LISTED_STATES)[number];

export const Settlement = z
  .object({
    settlementId: SettlementId,
    voucherId: VoucherId,
    drawingId: DrawingId,
    state: SettlementStateField,
    mode: z.enum(SETTLEMENT_MODES),
    attempt: z.int().min(1).describe("1, and one more each time that it is sent to another account."),
    amount: Amount.describe("Minor units."),
    currency: Currency,
    to: z
      .object({ party: Party, ...NUMBER_ANSWERED, holder: Text.optional() })
      .describe("Who is to be paid, and into which account; the holder as the beneficiary named it."),
    reason: z.string().optional().describe("Why it failed: an error code, or the operator's reference."),
    reference: Reference.optional().describe("Under which it was paid outside."),
    at: Time.optional().describe("When the drawing was honoured; in lists."),
  })
  .describe("What pays a drawing out.");
export type Settlement = z.infer<typeof Settlement>;

export const SettlementCursor = z
  .string()
  .regex(/^\d{1,16}:v\d{1,5}-[A-Za-z0-9_-]{16}\.[1-9]\d{0,2}$/, "not the next of a page")
  .describe("Where a page of settlements ends: when the last one was opened or failed, and which it is.");

export const SettlementPage = z
  .object({
    settlements: z.array(Settlement),
    next: SettlementCursor.optional(),
    degraded: z
      .int()
      .positive()
      .optional()
      .describe("Of how many partitions it lacks them, since they are not served now."),
  })
  .describe(
    "A page of settlements that are not settled, the oldest first; `next`, when there is more, goes into `?after=`.",
  );
export type SettlementPage = z.infer<typeof SettlementPage>;

export const SettlementDecide = z
  .union([
    z.strictObject({ redirect: z.strictObject({ party: Party, number: AccountNumber }) }),
    z.strictObject({ state: z.enum(["settled", "failed"]), reference: Reference }),
  ])
  .describe(
    "What `POST /v1/settlements/:id` takes: the next attempt to another account, or a word about what was paid outside.",
  );
export type SettlementDecide = z.infer<typeof SettlementDecide>;
