/** The schema of each payload and acknowledgement about vouchers (design, section 7). */
import { z } from "zod";
import { DurabilityField, Refused, Seen } from "./commands.ts";
import { AccountNumber, Amount, CommandId, Digest, Text, VoucherId } from "./fields.ts";
import { VoucherEvent } from "./voucher-events.ts";
import { DrawingId, VoucherRoleField, VoucherStateField, VoucherVersion } from "./voucher-fields.ts";
import type { VoucherCommandName } from "./voucher-lifecycle.ts";
import { ListedVoucher, VoucherSnapshot } from "./voucher-snapshot.ts";

export const SeenOfVoucher = Seen.extend({ version: VoucherVersion }).describe(
  "The newest event that a sender knew of a voucher.",
);

const onVoucher = {
  commandId: CommandId.describe(
    "Fresh for each intent; the same again is the same intent, and has its effect once.",
  ),
  voucherId: VoucherId,
  ifVersion: VoucherVersion.optional().describe(
    "Refuse with `conflict` when the voucher is no longer at this version.",
  ),
  seen: SeenOfVoucher.optional(),
};

export const VoucherAccept = z.strictObject(onVoucher);
export const VoucherReject = z.strictObject({ ...onVoucher, reason: Text.optional() });
export const VoucherWithdraw = z.strictObject({ ...onVoucher, reason: Text.optional() });
export const VoucherDraw = z.strictObject({
  ...onVoucher,
  amount: Amount.optional().describe("Minor units; all that remains when absent."),
  to: z
    .strictObject({ number: AccountNumber, holder: Text })
    .describe("The beneficiary's own account, to be paid into."),
  final: z.boolean().optional().describe("What remains after it is unfrozen."),
});
export const DrawingApprove = z.strictObject({ ...onVoucher, drawingId: DrawingId });
export const DrawingRefuse = z.strictObject({ ...onVoucher, drawingId: DrawingId, reason: Text });
export const VoucherRelease = z.strictObject({
  ...onVoucher,
  amount: Amount.optional().describe("Minor units; all that remains when absent."),
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

export const VoucherSync = z
  .strictObject({
    voucherId: VoucherId,
    after: VoucherVersion.or(z.literal(0)).describe("The last version that the terminal has; 0 for none."),
    digest: Digest.optional().describe("The digest of that version, as its event told it."),
  })
  .describe("Brings a terminal up to date with a voucher.");
export const VoucherList = z
  .strictObject({
    role: VoucherRoleField.optional(),
    state: VoucherStateField.optional(),
    before: VoucherId.optional().describe(
      "The `next` of the page before, or its last voucher; absent for the first page.",
    ),
  })
  .describe("A page of the party's vouchers, newest first.");
export const VOUCHER_QUERIES = { "voucher:sync": VoucherSync, "voucher:list": VoucherList } as const;
export type VoucherQueryName = keyof typeof VOUCHER_QUERIES;

export type VoucherCommandPayloads = {
  [C in VoucherCommandName]: z.infer<(typeof VOUCHER_COMMANDS)[C]>;
};
export type VoucherQueryPayloads = { [Q in VoucherQueryName]: z.infer<(typeof VOUCHER_QUERIES)[Q]> };

const ok = z.literal(true);
export const VoucherAck = z
  .union([
    z.object({ ok, event: VoucherEvent, voucher: VoucherSnapshot, durability: DurabilityField.optional() }),
    Refused,
  ])
  .describe("The answer to a command on a voucher; with `durability` when it has honoured a drawing.");
export type VoucherAck = z.infer<typeof VoucherAck>;
export const VoucherSyncAck = z
  .union([z.object({ ok, voucher: VoucherSnapshot, events: z.array(VoucherEvent) }), Refused])
  .describe("The answer to `voucher:sync`: the snapshot, and the events whose version is above `after`.");
export type VoucherSyncAck = z.infer<typeof VoucherSyncAck>;
export const VoucherListAck = z
  .union([
    z.object({
      ok,
      vouchers: z.array(ListedVoucher),
      more: z.boolean(),
      next: VoucherId.optional().describe(
        "Where the next page begins, as `before` takes it; there when there is more.",
      ),
    }),
    Refused,
  ])
  .describe(
    "The answer to `voucher:list`. A page looks at a few hundred vouchers at the most: one of a role or a state may be short, or empty, though there is more.",
  );
export type VoucherListAck = z.infer<typeof VoucherListAck>;
/** The answer to each message that changes nothing. */
export const VOUCHER_QUERY_ACKS = {
  "voucher:sync": VoucherSyncAck,
  "voucher:list": VoucherListAck,
} as const satisfies Record<VoucherQueryName, z.ZodType>;
export type VoucherQueryAcks = { [Q in VoucherQueryName]: z.infer<(typeof VOUCHER_QUERY_ACKS)[Q]> };
