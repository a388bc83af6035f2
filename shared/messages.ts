/** Every message that a terminal can send, with what it carries and how it is answered. */
import type { z } from "zod";
import { COMMANDS, CommandAck, QUERIES, QUERY_ACKS } from "./commands.ts";
import type { CommandName } from "./lifecycle.ts";
import type { AnyMessageName } from "./voucher-commands.ts";
import { VOUCHER_COMMANDS, VOUCHER_QUERIES, VOUCHER_QUERY_ACKS, VoucherAck } from "./voucher-commands.ts";
import type { VoucherCommandName } from "./voucher-lifecycle.ts";

/** The schema of each message's payload. */
export const PAYLOADS = {
  ...COMMANDS,
  ...QUERIES,
  ...VOUCHER_COMMANDS,
  ...VOUCHER_QUERIES,
} as const satisfies Record<AnyMessageName, z.ZodType>;

const each = <N extends string, S>(table: Record<N, unknown>, schema: S) =>
  Object.fromEntries(Object.keys(table).map((name) => [name, schema])) as Record<N, S>;

/** The schema of each message's acknowledgement. */
export const ACKS = {
  ...each<CommandName, typeof CommandAck>(COMMANDS, CommandAck),
  ...QUERY_ACKS,
  ...each<VoucherCommandName, typeof VoucherAck>(VOUCHER_COMMANDS, VoucherAck),
  ...VOUCHER_QUERY_ACKS,
} as const satisfies Record<AnyMessageName, z.ZodType>;
