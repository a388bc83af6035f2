/** The schema of each command's payload and of its acknowledgement. */
import { z } from "zod";
import { ERROR_CODES } from "./errors.ts";
import { IssuanceEvent } from "./events.ts";
import {
  AccountNumber,
  Amount,
  CommandId,
  Currency,
  Digest,
  IssuanceId,
  IssuanceOrVoucherId,
  Party,
  ReviewField,
  Text,
  Version,
} from "./fields.ts";
import { isVoucherId } from "./ids.ts";
import { OpenIssuance, Snapshot } from "./issuance.ts";
import { type CommandName, MAX_VERSION } from "./lifecycle.ts";
import { Approval, ValidFor, VoucherVersion } from "./voucher-fields.ts";

const intent = {
  commandId: CommandId.describe(
    "Fresh for each intent; the same again is the same intent, and has its effect once.",
  ),
};

export const Seen = z
  .strictObject({ version: Version, digest: Digest })
  .describe("An event that a terminal was told of.");
export type Seen = z.infer<typeof Seen>;

const onIssuance = {
  ...intent,
  issuanceId: IssuanceId,
  ifVersion: Version.optional().describe(
    "Refuse with `conflict` when the issuance is no longer at this version.",
  ),
  seen: Seen.optional().describe(
    "The newest event that the sender knew: refuse with `rolled_back` when the store is behind it, or has another.",
  ),
};

/** Longest time that an issuer can give a payer to answer, in seconds; the hub's own limit may be shorter. */
export const MAX_RESPOND_WITHIN = 30 * 24 * 3600;

export const PayerRequest = z.strictObject({
  ...intent,
  payer: Party,
  amount: Amount,
  currency: Currency,
  memo: Text.optional(),
  review: ReviewField.optional(),
  respondWithin: z
    .int()
    .min(1)
    .max(MAX_RESPOND_WITHIN)
    .optional()
    .describe("Seconds that the payer has to answer."),
  beneficiary: Party.optional().describe(
    "The party that the voucher is made out to, and that draws on it; the issuer when absent.",
  ),
  validFor: ValidFor.optional().describe(
    "Seconds from the issue in which the voucher can be drawn on; 90 days when absent.",
  ),
  approval: Approval.optional().describe(
    "Drawings wait for this party's word; when absent they are honoured at once.",
  ),
});
export const PayerAgree = z.strictObject(onIssuance);
export const PayerDecline = z.strictObject({ ...onIssuance, reason: Text.optional() });
export const IssuanceOpen = z.strictObject(onIssuance);
export const AccountSubmit = z.strictObject({
  ...onIssuance,
  account: z.strictObject({ number: AccountNumber, holder: Text }),
});
export const AccountChange = z.strictObject({ ...onIssuance, reason: Text.optional() });
export const AccountKeep = z.strictObject(onIssuance);
export const IssuanceAccept = z.strictObject(onIssuance);
export const IssuanceCancel = z.strictObject({ ...onIssuance, reason: Text.optional() });

/** Each command that changes an issuance, with its payload's schema. */
export const COMMANDS = {
  "payer:request": PayerRequest,
  "payer:agree": PayerAgree,
  "payer:decline": PayerDecline,
  "issuance:open": IssuanceOpen,
  "account:submit": AccountSubmit,
  "account:change": AccountChange,
  "account:keep": AccountKeep,
  "issuance:accept": IssuanceAccept,
  "issuance:cancel": IssuanceCancel,
} as const satisfies Record<CommandName, z.ZodType>;

export const IssuanceSync = z
  .strictObject({
    issuanceId: IssuanceId,
    after: z
      .int()
      .min(0)
      .max(MAX_VERSION)
      .describe(
        "The last version that the terminal has; 0 for none. A store that has less has gone back in time.",
      ),
    digest: Digest.optional().describe(
      "The digest of that version, as its event told it: another one under the same version shows the same.",
    ),
  })
  .describe("Brings a terminal up to date: the events after a version, and the room's events from now on.");
export const IssuanceList = z
  .strictObject({
    before: IssuanceId.optional().describe(
      "The last issuance of the page before; absent for the first page.",
    ),
  })
  .describe("A page of the party's issuances that have not ended, newest first.");
/** How many issuances one message can show. */
export const MAX_CHECKED = 100;
const Known = z
  .strictObject({ id: IssuanceOrVoucherId, version: VoucherVersion, digest: Digest })
  // An issuance has fewer events than a voucher can have.
  .refine(({ id, version }) => isVoucherId(id) || version <= MAX_VERSION, {
    path: ["version"],
    message: `an issuance's version is ${MAX_VERSION} at the most`,
  });
export const IssuanceCheck = z
  .strictObject({
    known: z.array(Known).max(MAX_CHECKED),
  })
  .describe(
    "Shows what the terminal was told of issuances and vouchers, also of those that have ended. Costs as many messages.",
  );
export const PresenceWatch = z
  .strictObject({ issuanceId: IssuanceId })
  .describe("Asks whether the other side of an issuance is here, now and until it has ended.");
export const QUERIES = {
  "issuance:sync": IssuanceSync,
  "issuance:list": IssuanceList,
  "issuance:check": IssuanceCheck,
  "presence:watch": PresenceWatch,
} as const;

export type QueryName = keyof typeof QUERIES;
export type MessageName = CommandName | QueryName;

export type CommandPayloads = { [C in CommandName]: z.infer<(typeof COMMANDS)[C]> };
export type QueryPayloads = { [Q in QueryName]: z.infer<(typeof QUERIES)[Q]> };

/** What went wrong, told to whoever sent the message. */
export const ErrorBody = z
  .object({
    code: z.enum(ERROR_CODES),
    message: z.string().describe("What happened and what to do, for a person."),
    details: z
      .record(z.string(), z.unknown())
      .optional()
      .describe("More about it, as the table of errors says."),
  })
  .describe("What went wrong.");
export type ErrorBody = z.infer<typeof ErrorBody>;
export const Refused = z
  .object({ ok: z.literal(false), error: ErrorBody })
  .describe("The answer to a message that was refused.");
export type Refused = z.infer<typeof Refused>;

/**
 * What an acknowledged issue survives: `memory` not even, always, the death of the store's process; `fsynced`
 * a power cut, since each write was on the disk before; `replicated` the loss of the store's machine.
 */
export const DURABILITY_LEVELS = ["memory", "fsynced", "replicated"] as const;
export type DurabilityLevel = (typeof DURABILITY_LEVELS)[number];
export const DurabilityField = z
  .enum(DURABILITY_LEVELS)
  .describe(
    "What it survives: `fsynced` a power cut, `replicated` the loss of the store's machine, `memory` neither.",
  );

const ok = z.literal(true);
export const CommandAck = z
  .union([
    z.object({ ok, event: IssuanceEvent, issuance: Snapshot, durability: DurabilityField.optional() }),
    Refused,
  ])
  .describe("The answer to a command on an issuance; with `durability` when it has issued the voucher.");
export type CommandAck = z.infer<typeof CommandAck>;
export const SyncAck = z
  .union([z.object({ ok, issuance: Snapshot, events: z.array(IssuanceEvent) }), Refused])
  .describe("The answer to `issuance:sync`: the snapshot, and the events whose version is above `after`.");
export type SyncAck = z.infer<typeof SyncAck>;
export const ListAck = z
  .union([z.object({ ok, open: z.array(OpenIssuance), more: z.boolean() }), Refused])
  .describe("The answer to `issuance:list`.");
export type ListAck = z.infer<typeof ListAck>;
export const CheckAck = z
  .union([z.object({ ok, behind: z.array(IssuanceOrVoucherId) }), Refused])
  .describe(
    "The answer to `issuance:check`: those of which the store has less, or something else, or nothing.",
  );
export type CheckAck = z.infer<typeof CheckAck>;
export const PresenceAck = z
  .union([z.object({ ok, here: z.boolean() }), Refused])
  .describe("The answer to `presence:watch`: whether the other side has a terminal at any hub.");
export type PresenceAck = z.infer<typeof PresenceAck>;
/** The answer to each message that changes nothing. */
export const QUERY_ACKS = {
  "issuance:sync": SyncAck,
  "issuance:list": ListAck,
  "issuance:check": CheckAck,
  "presence:watch": PresenceAck,
} as const satisfies Record<QueryName, z.ZodType>;
export type QueryAcks = { [Q in QueryName]: z.infer<(typeof QUERY_ACKS)[Q]> };
