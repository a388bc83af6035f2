/** Schemas of the single fields that voucher messages are made of. */
import { z } from "zod";
import { Reference, Text } from "./fields.ts";
import {
  APPROVERS,
  DRAWING_STATES,
  MAX_APPROVAL_WITHIN,
  MAX_VALID_FOR,
  MAX_VOUCHER_VERSION,
  SETTLEMENT_STATES,
  VOUCHER_ROLES,
  VOUCHER_STATES,
} from "./voucher-lifecycle.ts";

export const VoucherVersion = z
  .int()
  .min(1)
  .max(MAX_VOUCHER_VERSION)
  .describe("A voucher's version: 1 when it is issued, one more with each event.");
export const VoucherStateField = z.enum(VOUCHER_STATES);
export const VoucherRoleField = z.enum(VOUCHER_ROLES);
export const VoucherActorField = z.enum([...VOUCHER_ROLES, "operator", "hub"]);
export const DrawingStateField = z.enum(DRAWING_STATES);
export const SettlementStateField = z.enum(SETTLEMENT_STATES);
export const DrawingId = z
  .string()
  .regex(/^[1-9]\d{0,2}$/, "not the id of a drawing")
  .describe("A drawing of a voucher: the version of the event that presented or honoured it.");
export const SettlementId = z
  .string()
  .regex(/^v\d{1,5}-[A-Za-z0-9_-]{16}\.[1-9]\d{0,2}$/, "not the id of a settlement")
  .describe("A settlement: its voucher, and the version of the event that honoured the drawing.");

export const ValidFor = z
  .int()
  .min(1)
  .max(MAX_VALID_FOR)
  .describe("How long a voucher can be drawn on, seconds from its issue; a hub's own limit may be shorter.");

export const Approval = z
  .strictObject({
    by: z.enum(APPROVERS),
    within: z.int().min(1).max(MAX_APPROVAL_WITHIN),
  })
  .describe("Whose word drawings wait for, and how many seconds; silence honours.");
export type Approval = z.infer<typeof Approval>;

export const VoucherVoid = z
  .strictObject({ reason: Text, reference: Reference })
  .describe("The body of `POST /v1/vouchers/:id/void`: an operator ends a voucher, once for each reference.");
export type VoucherVoid = z.infer<typeof VoucherVoid>;
