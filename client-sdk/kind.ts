/**
 * The two kinds of things whose lives the hub tells: issuances, and the vouchers that they issue. All that the SDK
 * does with events, commands and syncs is the same for both; what differs is in a description of each.
 */
import type { CommandName } from "@tallystick/protocol/lifecycle";
import type {
  CommandPayloads,
  IssuanceEvent,
  Snapshot,
  VoucherCommandPayloads,
  VoucherEvent,
  VoucherSnapshot,
} from "./wire.ts";

/** What the hub tells of each kind. */
export interface Kinds {
  issuance: { event: IssuanceEvent; snapshot: Snapshot };
  voucher: { event: VoucherEvent; snapshot: VoucherSnapshot };
}
/** The word for a kind, which its messages and their fields have in their names. */
export type Noun = keyof Kinds;
/** Any event of a kind. */
export type EventOn<N extends Noun> = Kinds[N]["event"];
/** The snapshot of a kind. */
export type SnapshotOn<N extends Noun> = Kinds[N]["snapshot"];
/** A state of a kind. */
export type StateOn<N extends Noun> = SnapshotOn<N>["state"];

/** The commands on what there is of a kind, with their payloads. */
export type CommandsOn<N extends Noun> = {
  issuance: Pick<CommandPayloads, Exclude<CommandName, "payer:request">>;
  voucher: VoucherCommandPayloads;
}[N];

/** What the SDK has to know of a kind besides its word. */
export interface Kind<N extends Noun> {
  readonly noun: N;
  /** The snapshot after an event. */
  fold(before: SnapshotOn<N> | undefined, event: EventOn<N>): SnapshotOn<N>;
  /** True for the states that no other follows. */
  hasEnded(state: StateOn<N>): boolean;
  /** True when no event will come any more, so that it need not be followed. */
  isOver(snapshot: SnapshotOn<N>): boolean;
  /** When the hub will go on with it by itself, milliseconds since the epoch. */
  dueAt(snapshot: SnapshotOn<N>): number | undefined;
  /** True while nothing is likely to happen soon, so that it is synced less often. */
  isCalm(snapshot: SnapshotOn<N>): boolean;
  /** True when what comes after this state is told only to terminals that have synced it, or answered. */
  isToldInRoom(state: StateOn<N>): boolean;
  /** For a state, those that count as reached by then. */
  readonly passed: { readonly [S in StateOn<N>]?: readonly StateOn<N>[] };
}

/** The id of whatever a message is about. A voucher's first event names its issuance as well. */
export function idOf(message: { voucherId?: string; issuanceId?: string }): string {
  return message.voucherId ?? (message.issuanceId as string);
}
