/** The port by which the use cases tell terminals what has happened; the socket side fills it. */
import type { Audience, IssuanceEvent, Snapshot } from "@tallystick/protocol";

/** Whoever sends a command or asks: a terminal, as the use cases see it. */
export interface Sender {
  readonly party: string;
  /**
   * Puts the terminal in an issuance's room. What it answers, if anything, resolves when the terminal hears all
   * that is told there from then on, by whichever hub.
   */
  joinRoom(issuanceId: string): Promise<void> | undefined;
  leaveRoom(issuanceId: string): void;
  isInRoom(issuanceId: string): boolean;
}

/** An event, and who is told of it. */
export interface Announcement {
  event: IssuanceEvent;
  /** The event as JSON, made once for all who are told. */
  json: string;
  snapshot: Snapshot;
  audience: Audience;
  /** Has it in its acknowledgement, and is not told twice. */
  except?: Sender | undefined;
}

/** Tells a party, at whichever hub its terminals are, that an issuance or a voucher of its is fenced. */
export type TellFenced = (party: string, id: string) => void;

/** Tells the terminals of this hub and of all others. Whether they hear it nobody knows: they sync. */
export type Broadcast = (announcement: Announcement) => void;
