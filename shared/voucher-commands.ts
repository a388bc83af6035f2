/** The schema of each payload and acknowledgement about vouchers (design, section 7). */
import { z } from "zod";
import type { DurabilityLevel, MessageName, Refused } from "./commands.ts";
import { Seen } from "./commands.ts";
import { AccountNumber, Amount, CommandId, Digest, Text, VoucherId } from "./fields.ts";
import type { VoucherEvent } from "./voucher-events.ts";
import { DrawingId, VoucherRoleField, VoucherStateField, VoucherVersion } from "./voucher-fields.ts";
import type { VoucherCommandName } from "./voucher-lifecycle.ts";
import type { ListedVoucher, VoucherSnapshot } from "./voucher-snapshot.ts";

/** The newest event that a sender knew of a voucher. */
export const SeenOfVoucher = Seen.extend({ version: VoucherVersion });

const onVoucher = {
  /** Fresh for each intent; the same again is the same intent, and has its effect once. */
  commandId: CommandId,
  voucherId: VoucherId,
  /** Refuse with `conflict` when the voucher is no longer at this version. */
  ifVersion: VoucherVersion.optional(),
  seen: SeenOfVoucher.optional(),
};

export const VoucherAccept = z.strictObject(onVoucher);
export const VoucherReject = z.strictObject({ ...onVoucher, reason: Text.optional() });
export const VoucherWithdraw = z.strictObject({ ...onVoucher, reason: Text.optional() });
export const VoucherDraw = z.strictObject({
  ...onVoucher,
  /** Minor units; all that remains when absent. */
  amount: Amount.optional(),
  /** The beneficiary's own account, to be paid into. */
  to: z.strictObject({ number: AccountNumber, holder: Text }),
  /** What remains after it is unfrozen. */
  final: z.boolean().optional(),
});
export const DrawingApprove = z.strictObject({ ...onVoucher, drawingId: DrawingId });
export const DrawingRefuse = z.strictObject({ ...onVoucher, drawingId: DrawingId, reason: Text });
export const VoucherRelease = z.strictObject({
  ...onVoucher,
  /** Minor units; all that remains when absent. */
  amount: Amount.optional(),
});

/** Each command that changes a voucher, with its payload's schema. */
export const VOUCHER_COMMANDS = {
  "voucher:accept": VoucherAccept,
  "voucher:reject": VoucherReject,
  "voucher:withdraw": VoucherWithdraw,
  "voucher:draw": VoucherDraw,
  "drawing:approve": DrawingApprove,
  "drawing:refuse": DrawingRefuse,
  "voucher:release": VoucherRelease,
} as const satisfies Record<VoucherCommandName, z.ZodType>;

/** Brings a terminal up to date with a voucher. */
export const VoucherSync = z.strictObject({
  voucherId: VoucherId,
  /** The last version that the terminal has; 0 for none. */
  after: VoucherVersion.or(z.literal(0)),
  /** The digest of that version, as its event told it. */
  digest: Digest.optional(),
});
/** A page of the party's vouchers, newest first. */
export const VoucherList = z.strictObject({
  role: VoucherRoleField.optional(),
  state: VoucherStateField.optional(),
  /** The last voucher of the page before; absent for the first page. */
  before: VoucherId.optional(),
});
export const VOUCHER_QUERIES = { "voucher:sync": VoucherSync, "voucher:list": VoucherList } as const;
export type VoucherQueryName = keyof typeof VOUCHER_QUERIES;

/** Any message of a terminal's, about issuances or vouchers. */
export type AnyMessageName = MessageName | VoucherCommandName | VoucherQueryName;

export type VoucherCommandPayloads = {
  [C in VoucherCommandName]: z.infer<(typeof VOUCHER_COMMANDS)[C]>;
};
export type VoucherQueryPayloads = { [Q in VoucherQueryName]: z.infer<(typeof VOUCHER_QUERIES)[Q]> };

/** The answer to a command; with `durability` when it has honoured a drawing. */
export type VoucherAck =
  | { ok: true; event: VoucherEvent; voucher: VoucherSnapshot; durability?: DurabilityLevel }
  | Refused;
/** The answer to `voucher:sync`: the snapshot, and the events whose version is above `after`. */
export type VoucherSyncAck = { ok: true; voucher: VoucherSnapshot; events: VoucherEvent[] } | Refused;
/** The answer to `voucher:list`. */
export type VoucherListAck = { ok: true; vouchers: ListedVoucher[]; more: boolean } | Refused;
export type VoucherQueryAcks = { "voucher:sync": VoucherSyncAck; "voucher:list": VoucherListAck };
