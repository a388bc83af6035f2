/** Socket.IO's event maps, version 1 of the protocol, for both sides of the wire. */
import type {
  CommandAck,
  CommandPayloads,
  ErrorBody,
  QueryAcks,
  QueryName,
  QueryPayloads,
} from "./commands.ts";
import type { IssuanceEvent } from "./events.ts";
import type { HistoryQueryAcks, HistoryQueryName, HistoryQueryPayloads } from "./history.ts";
import type { CommandName } from "./lifecycle.ts";
import type { PresenceTold, SessionFenced, SessionReady } from "./session.ts";
import type {
  VoucherAck,
  VoucherCommandPayloads,
  VoucherQueryAcks,
  VoucherQueryName,
  VoucherQueryPayloads,
} from "./voucher-commands.ts";
import type { VoucherEvent } from "./voucher-events.ts";
import type { VoucherCommandName } from "./voucher-lifecycle.ts";

/** Where a hub's terminals connect: the path that clients of Socket.IO ask for by themselves. */
export const TERMINALS_PATH = "/socket.io/";

export type ClientToHub = {
  [C in CommandName]: (payload: CommandPayloads[C], acknowledge: (answer: CommandAck) => void) => void;
} & {
  [Q in QueryName]: (payload: QueryPayloads[Q], acknowledge: (answer: QueryAcks[Q]) => void) => void;
} & {
  [C in VoucherCommandName]: (
    payload: VoucherCommandPayloads[C],
    acknowledge: (answer: VoucherAck) => void,
  ) => void;
} & {
  [Q in VoucherQueryName]: (
    payload: VoucherQueryPayloads[Q],
    acknowledge: (answer: VoucherQueryAcks[Q]) => void,
  ) => void;
} & {
  [Q in HistoryQueryName]: (
    payload: HistoryQueryPayloads[Q],
    acknowledge: (answer: HistoryQueryAcks[Q]) => void,
  ) => void;
};

export interface HubToClient {
  "session:ready": (session: SessionReady) => void;
  /** Sync every issuance that the terminal follows: the hub may have missed something. */
  "session:resync": (empty: Record<string, never>) => void;
  /** The session's token ends at this time, and the session with it: connect anew with another token before. */
  "session:expiring": (expiring: { at: number }) => void;
  /** A message could not be answered, since it came without an acknowledgement; it had no effect. */
  "session:error": (error: ErrorBody) => void;
  "issuance:event": (event: IssuanceEvent) => void;
  "voucher:event": (event: VoucherEvent) => void;
  /** The other side has shown that the store has lost something of an issuance: nothing goes forward meanwhile. */
  "session:fenced": (fenced: SessionFenced) => void;
  /** Told to those that have asked for it, until the issuance has ended. */
  presence: (told: PresenceTold) => void;
}
