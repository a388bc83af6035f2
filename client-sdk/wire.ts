/**
 * The types of what travels on the wire. All of the SDK takes them from here, so that the published
 * package needs one file with them written out (pack/), and no schema library.
 */
import type { VoucherSnapshot } from "@tallystick/protocol";

export type {
  AccountAdjust,
  AccountGlimpse,
  AccountPut,
  AccountRepay,
  Approval,
  AuditReport,
  BookAccount,
  BookVoucher,
  CommandPayloads,
  Delivery,
  DeliveryState,
  DurabilityLevel,
  ErrorBody,
  FeedPage,
  Fence,
  HistoryQueryPayloads,
  ImportLine,
  ImportReport,
  IssuanceEvent,
  KeySet,
  ListedVoucher,
  LiveSummary,
  MissingClosed,
  OpenIssuance,
  QueryPayloads,
  Ready,
  Revoked,
  Settlement,
  Snapshot,
  StatementEntry,
  VoucherCommandPayloads,
  VoucherEvent,
  VoucherQueryPayloads,
  VoucherSnapshot,
  VoucherStub,
  VoucherVoid,
  Webhook,
  WebhookDeleted,
  WebhookPut,
} from "@tallystick/protocol";

/** A drawing as its voucher's snapshot has it. */
export type DrawingSnapshot = VoucherSnapshot["drawings"][number];
