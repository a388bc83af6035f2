/**
 * Tallystick's client SDK: a terminal that negotiates and issues vouchers live, in a browser or in Node.
 *
 * @packageDocumentation
 */

export type { ErrorCode } from "@tallystick/protocol/errors";
export type { EndState, EventType, Review, Role, State } from "@tallystick/protocol/lifecycle";
export { hasEnded } from "@tallystick/protocol/lifecycle";
export type { WaitOptions } from "./abortable.ts";
export { newCommandId } from "./command-id.ts";
export { type ConnectOptions, connect } from "./connect.ts";
export {
  CLIENT_ERRORS,
  type ClientErrorCode,
  isTallystickError,
  type MoneyOutcome,
  TallystickError,
  type TallystickErrorCode,
} from "./errors.ts";
export type { RequestHandler } from "./invitations.ts";
export type { CommandResult, EventOf, Issuance, IssuanceListener } from "./issuance.ts";
export type { IssuedSnapshot, IssuerIssuance } from "./issuer-issuance.ts";
export type { CommandOptions, EventsOptions, Listener, LiveObject } from "./live-object.ts";
export type { Account, PayerIssuance } from "./payer-issuance.ts";
export type { TerminalEvents, TokenSource } from "./session.ts";
export type { Offer, Terminal } from "./terminal.ts";
export type {
  AccountGlimpse,
  DurabilityLevel,
  IssuanceEvent,
  OpenIssuance,
  Snapshot,
  VoucherStub,
} from "./wire.ts";
