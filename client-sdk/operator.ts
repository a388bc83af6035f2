/**
 * Operators: whoever keeps a hub's account book and decides what waits for a decision, over HTTP. It is an entry of its
 * own, `@tallystick/client/operator`, which terminals do not need.
 *
 * @packageDocumentation
 */
export type { WaitOptions } from "./abortable.ts";
export { newCommandId } from "./command-id.ts";
export { isTallystickError, TallystickError } from "./errors.ts";
export type { ListOptions, OperatorOptions, WriteOptions } from "./operator-calls.ts";
export {
  type FeedOptions,
  type IssuanceListOptions,
  Operator,
  type TaggedAccount,
  type VoucherListOptions,
} from "./operator-client.ts";
export type { ImportOptions, ImportOutcome } from "./operator-import.ts";
export type { LiveOptions } from "./operator-live.ts";
export type { OperatorWebhooks } from "./operator-webhooks.ts";
export type { TokenSource } from "./token-source.ts";
export type {
  AccountAdjust,
  AccountPut,
  AccountRepay,
  AuditReport,
  BookAccount,
  BookVoucher,
  Delivery,
  DeliveryState,
  FeedPage,
  Fence,
  ImportReport,
  IssuanceEvent,
  KeySet,
  LiveSummary,
  MissingClosed,
  Ready,
  Revoked,
  Settlement,
  Snapshot,
  StatementEntry,
  VoucherEvent,
  VoucherSnapshot,
  VoucherVoid,
  Webhook,
  WebhookDeleted,
  WebhookPut,
} from "./wire.ts";
