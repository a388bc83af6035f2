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

/** A voucher's version: 1 when it is issued, one more with each event. */
export const VoucherVersion = z.int().min(1).max(MAX_VOUCHER_VERSION);
export const VoucherStateField = z.enum(VOUCHER_STATES);
export const VoucherRoleField = z.enum(VOUCHER_ROLES);
export const VoucherActorField = z.enum([...VOUCHER_ROLES, "operator", "hub"]);
export const DrawingStateField = z.enum(DRAWING_STATES);
export const SettlementStateField = z.enum(SETTLEMENT_STATES);
/** A drawing of a voucher: the version of the event that presented or honoured it. */
export const DrawingId = z.string().regex(/^[1-9]\d{0,2}$/, "not the id of a drawing");
/** A settlement: its voucher, and the version of the event that honoured the drawing. */
export const SettlementId = z
  .string()
  .regex(/^v\d{1,5}-[A-Za-z0-9_-]{16}\.[1-9]\d{0,2}$/, "not the id of a settlement");

/** How long a voucher can be drawn on, seconds from its issue; a hub's own limit may be shorter. */
export const ValidFor = z.int().min(1).max(MAX_VALID_FOR);

/** Whose word drawings wait for, and how many seconds; silence honours. */
export const Approval = z.strictObject({
  by: z.enum(APPROVERS),
  within: z.int().min(1).max(MAX_APPROVAL_WITHIN),
});
export type Approval = z.infer<typeof Approval>;

/** The body of `POST /v1/vouchers/:id/void`: an operator ends a voucher, once for each reference. */
export const VoucherVoid = z.strictObject({ reason: Text, reference: Reference });
export type VoucherVoid = z.infer<typeof VoucherVoid>;
