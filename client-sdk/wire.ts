/**
 * The types of what travels on the wire. All of the SDK takes them from here, so that the published
 * package needs one file with them written out (pack/), and no schema library.
 */
import type { VoucherSnapshot } from "@tallystick/protocol";

export type {
  AccountGlimpse,
  Approval,
  CommandPayloads,
  DurabilityLevel,
  ErrorBody,
  IssuanceEvent,
  ListedVoucher,
  OpenIssuance,
  QueryPayloads,
  Snapshot,
  VoucherCommandPayloads,
  VoucherEvent,
  VoucherQueryPayloads,
  VoucherSnapshot,
  VoucherStub,
} from "@tallystick/protocol";

/** A drawing as its voucher's snapshot has it. */
export type DrawingSnapshot = VoucherSnapshot["drawings"][number];
