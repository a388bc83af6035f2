/** Every message by its name: what a terminal can send, how it is answered, and what the hub tells. */
import type { z } from "zod";
import { COMMANDS, CommandAck, ErrorBody, type MessageName, QUERIES, QUERY_ACKS } from "./commands.ts";
import { IssuanceEvent } from "./events.ts";
import { HISTORY_QUERIES, HISTORY_QUERY_ACKS, type HistoryQueryName } from "./history.ts";
import type { CommandName } from "./lifecycle.ts";
import { PresenceTold, SessionExpiring, SessionFenced, SessionReady, SessionResync } from "./session.ts";
import type { HubToClient } from "./socket.ts";
import type { VoucherQueryName } from "./voucher-commands.ts";
import { VOUCHER_COMMANDS, VOUCHER_QUERIES, VOUCHER_QUERY_ACKS, VoucherAck } from "./voucher-commands.ts";
import { VoucherEvent } from "./voucher-events.ts";
import type { VoucherCommandName } from "./voucher-lifecycle.ts";

/** Any message of a terminal's. */
export type AnyMessageName = MessageName | VoucherCommandName | VoucherQueryName | HistoryQueryName;

/** The schema of each message's payload. */
export const PAYLOADS = {
  ...COMMANDS,
  ...QUERIES,
  ...VOUCHER_COMMANDS,
  ...VOUCHER_QUERIES,
  ...HISTORY_QUERIES,
} as const satisfies Record<AnyMessageName, z.ZodType>;

const each = <N extends string, S>(table: Record<N, unknown>, schema: S) =>
  Object.fromEntries(Object.keys(table).map((name) => [name, schema])) as Record<N, S>;

/** The schema of each message's acknowledgement. */
export const ACKS = {
  ...each<CommandName, typeof CommandAck>(COMMANDS, CommandAck),
  ...QUERY_ACKS,
  ...each<VoucherCommandName, typeof VoucherAck>(VOUCHER_COMMANDS, VoucherAck),
  ...VOUCHER_QUERY_ACKS,
  ...HISTORY_QUERY_ACKS,
} as const satisfies Record<AnyMessageName, z.ZodType>;

/** What the hub tells terminals without being asked, by its name. */
export const HUB_MESSAGES = {
  "session:ready": SessionReady,
  "session:resync": SessionResync,
  "session:expiring": SessionExpiring,
  "session:error": ErrorBody,
  "session:fenced": SessionFenced,
  "issuance:event": IssuanceEvent,
  "voucher:event": VoucherEvent,
  presence: PresenceTold,
} as const satisfies Record<keyof HubToClient, z.ZodType>;
