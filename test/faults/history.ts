/**
 * What the terminals of a run have sent and were told. The checker takes nothing else than this and what is in
 * the store at the end, so that both can also be written by hand.
 */
import type { CommandName, ErrorCode, EventType, State } from "@tallystick/protocol";

/** An event as somebody was told it. */
export interface Mark {
  issuanceId: string;
  version: number;
  digest: string;
  type: EventType;
  state: State;
}

/** Which intent of whom: two parties may well choose the same `commandId`. */
export interface Intent {
  party: string;
  command: CommandName;
  commandId: string;
}

/** One message with a command that went out on the wire; the SDK may send many for one intent. */
export interface Sent extends Intent {
  /** Milliseconds since the run began. */
  at: number;
  /** Names the message among all. */
  message: string;
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

/** What one terminal was told of one issuance that it followed, from when it began to follow it. */
export interface View {
  terminal: string;
  party: string;
  issuanceId: string;
  /** Where it began: what the SDK knew then. */
  from: { version: number; digest: string; state: State };
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

export interface History {
  sent: Sent[];
  acknowledged: Acknowledged[];
  calls: Call[];
  views: View[];
  told: Told[];
  notices: Notice[];
}

export function emptyHistory(): History {
  return { sent: [], acknowledged: [], calls: [], views: [], told: [], notices: [] };
}

/** The name of an intent, which the store's stored answers can be found by. */
export function nameOf({ party, commandId }: Pick<Intent, "party" | "commandId">): string {
  return `${party} ${commandId}`;
}
