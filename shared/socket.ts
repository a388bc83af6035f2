/** Socket.IO's event maps, version 1 of the protocol, for both sides of the wire. */
import { z } from "zod";
import type { CommandAck, CommandPayloads, QueryAcks, QueryName, QueryPayloads } from "./commands.ts";
import { ErrorBody } from "./commands.ts";
import { IssuanceEvent } from "./events.ts";
import { IssuanceId, Party, Time, VoucherId } from "./fields.ts";
import { OpenIssuance } from "./issuance.ts";
import type { CommandName } from "./lifecycle.ts";
import { PROTOCOL_VERSION } from "./version.ts";
import type {
  VoucherAck,
  VoucherCommandPayloads,
  VoucherQueryAcks,
  VoucherQueryName,
  VoucherQueryPayloads,
} from "./voucher-commands.ts";
import { VoucherEvent } from "./voucher-events.ts";
import type { VoucherCommandName } from "./voucher-lifecycle.ts";
import { ListedVoucher } from "./voucher-snapshot.ts";

/** What a hub says on connect. */
export const SessionReady = z
  .object({
    protocol: z.literal(PROTOCOL_VERSION),
    party: Party,
    serverTime: Time.describe("The store's clock, milliseconds since the epoch."),
    open: z.array(OpenIssuance).describe("The newest issuances that have not ended."),
    more: z.boolean().describe("There are more of them: ask `issuance:list`."),
    vouchers: z.array(ListedVoucher).describe("The newest vouchers that live."),
    moreVouchers: z.boolean().describe("There are more of them: ask `voucher:list`."),
    retention: z
      .int()
      .min(0)
      .describe(
        "For how many seconds the hub keeps what ended without a voucher; that it has nothing older is no loss.",
      ),
  })
  .describe("The session has begun.");
export type SessionReady = z.infer<typeof SessionReady>;

export const SessionResync = z
  .object({})
  .describe("Sync every issuance that the terminal follows: the hub may have missed something.");

export const SessionFenced = z
  .union([z.object({ issuanceId: IssuanceId }), z.object({ voucherId: VoucherId })])
  .describe("An issuance or a voucher of the party's that is fenced, until an operator decides.");
export type SessionFenced = z.infer<typeof SessionFenced>;

export const PresenceTold = z
  .object({ issuanceId: IssuanceId, here: z.boolean() })
  .describe("The other side of an issuance has come, or has gone.");
export type PresenceTold = z.infer<typeof PresenceTold>;

/** What the hub tells terminals without being asked, by its name. */
export const HUB_MESSAGES = {
  "session:ready": SessionReady,
  "session:resync": SessionResync,
  "session:error": ErrorBody,
  "session:fenced": SessionFenced,
  "issuance:event": IssuanceEvent,
  "voucher:event": VoucherEvent,
  presence: PresenceTold,
} as const satisfies Record<keyof HubToClient, z.ZodType>;

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
