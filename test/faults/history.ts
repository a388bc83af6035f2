/**
 * What the terminals of a run have sent and were told. The checker takes nothing else than this and what is in
 * the store at the end, so that both can also be written by hand.
 */
import {
  type CommandName,
  type ErrorCode,
  type EventType,
  hasEnded,
  hasVoucherEnded,
  isVoucherId,
  type State,
  type VoucherCommandName,
  type VoucherEventType,
  type VoucherState,
} from "@tallystick/protocol";

/** Of an issuance or of a voucher. */
export type AnyState = State | VoucherState;
export type AnyCommand = CommandName | VoucherCommandName;
export type AnyEventType = EventType | VoucherEventType;

/** An event as somebody was told it. */
export interface Mark {
  /** Of the issuance; of the voucher, where it is an event of one. */
  issuanceId: string;
  version: number;
  digest: string;
  type: AnyEventType;
  state: AnyState;
}

/** Which intent of whom: two parties may well choose the same `commandId`. */
export interface Intent {
  party: string;
  command: AnyCommand;
  commandId: string;
}

/** One message with a command that went out on the wire; the SDK may send many for one intent. */
export interface Sent extends Intent {
  /** Milliseconds since the run began. */
  at: number;
  /** Names the message among all. */
  message: string;
  /** What its author had seen; a request has seen nothing. */
  seen?: { version: number; digest: string } | undefined;
}

/** The hub's answer to one message. */
export interface Acknowledged extends Intent {
  at: number;
  message: string;
  answer: "done" | ErrorCode;
  /** The event that was in the answer; a refused account has one too. */
  event?: Mark | undefined;
  /** Digest of the whole answer, its event and its snapshot. */
  body: string;
}

/** What the SDK told whoever asked: how an intent ended. */
export interface Call extends Intent {
  at: number;
  terminal: string;
  /** `unknown` when no answer came in time. */
  outcome: "done" | "unknown" | ErrorCode;
  /** The snapshot that came with `done`. */
  snapshot?: { issuanceId: string; version: number; digest: string } | undefined;
}

/** What one terminal was told of one issuance or voucher that it followed, from when it began to follow it. */
export interface View {
  terminal: string;
  party: string;
  issuanceId: string;
  /** Where it began: what the SDK knew then. */
  from: { version: number; digest: string; state: AnyState };
  events: Mark[];
  /** Why it ended before the issuance: `rolled_back`, `not_found`, or another code. */
  failed?: string | undefined;
}

/** A message of the hub's own accord, whether or not anybody followed. */
export interface Told {
  at: number;
  terminal: string;
  event: Mark;
}

/** A terminal was told that the store no longer has what it knew. */
export interface Notice {
  at: number;
  terminal: string;
  issuanceId: string;
  code: "rolled_back" | "not_found";
}

/** The store was put back to an earlier copy of its data, under hubs and terminals that know more. */
export interface Rewind {
  at: number;
  /** Every event that the store had before and did not have after. */
  lost: Pick<Mark, "issuanceId" | "version" | "digest">[];
}

/** The store was emptied under running hubs, and the book put back after a while. */
export interface Emptied {
  /** When it was empty, milliseconds since the run began. */
  from: number;
  until: number;
  /** Keys that stood in it before the book was put back. */
  begun: string[];
  /** Hubs that said meanwhile that they were ready. */
  ready: string[];
}

/** The one endpoint of the store moved to a promoted replica, while hubs' lines to the old master stayed open. */
export interface Moved {
  at: number;
  hub: string;
  /** How long until the hub was ready to write again, milliseconds; absent when it was not within the time that it has. */
  followedMs?: number;
}

/** A hub was killed after it had committed a request, and before it told the payer. */
export interface Untold {
  at: number;
  issuanceId: string;
  /** Terminals of the payer that were connected all the time. */
  connected: string[];
  /** How long the other hubs took for an answer meanwhile, at the most, milliseconds. */
  slowestMs: number;
}

/** A terminal of the payer was told of an invitation. */
export interface Invited {
  at: number;
  terminal: string;
  issuanceId: string;
}

/** An account whose writes were sent more than once, with answers lost. */
export interface WrittenAccount {
  party: string;
  number: string;
  /** What it holds when each write was done once. */
  expected: number;
  found: number;
  /** Answers to repeats that were not the answer that the first had. */
  otherAnswers: string[];
}

/** What a hub answered an operator who asked for an issuance or a voucher that had left the store. */
export interface Answered {
  issuanceId: string;
  status: number;
  /** Where there was one. */
  found?: { version: number; digest: string; state: AnyState };
}

export interface History {
  sent: Sent[];
  acknowledged: Acknowledged[];
  calls: Call[];
  views: View[];
  told: Told[];
  notices: Notice[];
  invited: Invited[];
  rewinds: Rewind[];
  emptied: Emptied[];
  moved: Moved[];
  untold: Untold[];
  written: WrittenAccount[];
  answered: Answered[];
  /** What an operator found in the list of fences: fenced, or missing. */
  listed: Set<string>;
}

export function emptyHistory(): History {
  return {
    sent: [],
    acknowledged: [],
    calls: [],
    views: [],
    told: [],
    notices: [],
    invited: [],
    rewinds: [],
    emptied: [],
    moved: [],
    untold: [],
    written: [],
    answered: [],
    listed: new Set(),
  };
}

/** Whether an issuance or a voucher has ended; where the one is issued it has ended, and the other has begun. */
export function hasEndedIn(id: string, state: AnyState): boolean {
  return isVoucherId(id) ? hasVoucherEnded(state as VoucherState) : hasEnded(state as State);
}

/** The name of an intent, which the store's stored answers can be found by. */
export function nameOf({ party, commandId }: Pick<Intent, "party" | "commandId">): string {
  return `${party} ${commandId}`;
}
