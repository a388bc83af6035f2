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
import type { OpenIssuance } from "./issuance.ts";
import type { CommandName } from "./lifecycle.ts";
import type {
  VoucherAck,
  VoucherCommandPayloads,
  VoucherQueryAcks,
  VoucherQueryName,
  VoucherQueryPayloads,
} from "./voucher-commands.ts";
import type { VoucherEvent } from "./voucher-events.ts";
import type { VoucherCommandName } from "./voucher-lifecycle.ts";
import type { ListedVoucher } from "./voucher-snapshot.ts";

export const PROTOCOL_VERSION = 1;

/** What a hub says on connect. */
export interface SessionReady {
  protocol: typeof PROTOCOL_VERSION;
  party: string;
  /** The store's clock, milliseconds since the epoch. */
  serverTime: number;
  /** The newest issuances that have not ended. */
  open: OpenIssuance[];
  /** There are more of them: ask `issuance:list`. */
  more: boolean;
  /** The newest vouchers that live. */
  vouchers: ListedVoucher[];
  /** There are more of them: ask `voucher:list`. */
  moreVouchers: boolean;
  /** For how many seconds the hub keeps what ended without a voucher; that it has nothing older is no loss. */
  retention: number;
}

/** An issuance or a voucher of the party's that is fenced, until an operator decides. */
export type SessionFenced = { issuanceId: string } | { voucherId: string };

/** The other side of an issuance has come, or has gone. */
export interface PresenceTold {
  issuanceId: string;
  here: boolean;
}

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
};

export interface HubToClient {
  "session:ready": (session: SessionReady) => void;
  /** Sync every issuance that the terminal follows: the hub may have missed something. */
  "session:resync": (empty: Record<string, never>) => void;
  /** A message could not be answered, since it came without an acknowledgement; it had no effect. */
  "session:error": (error: ErrorBody) => void;
  "issuance:event": (event: IssuanceEvent) => void;
  "voucher:event": (event: VoucherEvent) => void;
  /** The other side has shown that the store has lost something of an issuance: nothing goes forward meanwhile. */
  "session:fenced": (fenced: SessionFenced) => void;
  /** Told to those that have asked for it, until the issuance has ended. */
  presence: (told: PresenceTold) => void;
}
