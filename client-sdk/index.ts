/**
 * Tallystick's client SDK: a terminal that negotiates and issues vouchers live, in a browser or in Node.
 *
 * @packageDocumentation
 */

export type { ErrorCode } from "@tallystick/protocol/errors";
export type { EndState, EventType, Review, Role, State } from "@tallystick/protocol/lifecycle";
export { hasEnded } from "@tallystick/protocol/lifecycle";
export type {
  DrawingState,
  SettlementState,
  VoucherRole,
  VoucherState,
} from "@tallystick/protocol/voucher-lifecycle";
export type { WaitOptions } from "./abortable.ts";
export type { ApproverVoucher, IssuerVoucher, PayerVoucher } from "./approver-voucher.ts";
export type { BeneficiaryVoucher, Demand } from "./beneficiary-voucher.ts";
export { newCommandId } from "./command-id.ts";
export { type ConnectOptions, connect } from "./connect.ts";
export type { ApproverDrawing, Drawing, VoucherResult } from "./drawing.ts";
export {
  CLIENT_ERRORS,
  type ClientErrorCode,
  isTallystickError,
  type MoneyOutcome,
  TallystickError,
  type TallystickErrorCode,
} from "./errors.ts";
export type { IssuanceSearch, VoucherSearch } from "./history.ts";
export type { RequestHandler } from "./invitations.ts";
export type { CommandResult, EventOf, Issuance, IssuanceListener } from "./issuance.ts";
export type { IssuedSnapshot, IssuerIssuance } from "./issuer-issuance.ts";
export type { CommandOptions, EventsOptions, Listener, LiveObject } from "./live-object.ts";
export type { VoucherFilter } from "./pages.ts";
export type { Account, PayerIssuance } from "./payer-issuance.ts";
export type { TerminalEvents } from "./session.ts";
export type { Offer, Terminal } from "./terminal.ts";
export type { TokenSource } from "./token-source.ts";
export type { Voucher, VoucherEventOf, VoucherListener } from "./voucher.ts";
export type { DrawingHandler, VoucherHandler } from "./voucher-watches.ts";
export type {
  AccountGlimpse,
  Approval,
  DrawingSnapshot,
  DurabilityLevel,
  IssuanceEvent,
  ListedVoucher,
  OpenIssuance,
  Snapshot,
  VoucherEvent,
  VoucherSnapshot,
  VoucherStub,
} from "./wire.ts";
