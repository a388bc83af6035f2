/** The schema of each message in which a hub tells a terminal of its session. */
import { z } from "zod";
import { IssuanceId, Party, Time, VoucherId } from "./fields.ts";
import { OpenIssuance } from "./issuance.ts";
import { PROTOCOL_VERSION } from "./version.ts";
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

export const SessionExpiring = z
  .object({ at: Time.describe("When the token ends, and the session with it.") })
  .describe("The session's token ends soon: connect anew with another one before.");

export const PresenceTold = z
  .object({ issuanceId: IssuanceId, here: z.boolean() })
  .describe("The other side of an issuance has come, or has gone.");
export type PresenceTold = z.infer<typeof PresenceTold>;
