/** The schema of each command's payload and of its acknowledgement. */
import { z } from "zod";
import type { ErrorCode } from "./errors.ts";
import type { IssuanceEvent } from "./events.ts";
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
import type { OpenIssuance, Snapshot } from "./issuance.ts";
import { type CommandName, MAX_VERSION } from "./lifecycle.ts";
import { Approval, ValidFor, VoucherVersion } from "./voucher-fields.ts";

const intent = {
  /** Fresh for each intent; the same again is the same intent, and has its effect once. */
  commandId: CommandId,
};

/** An event that a terminal was told of. */
export const Seen = z.strictObject({ version: Version, digest: Digest });
export type Seen = z.infer<typeof Seen>;

const onIssuance = {
  ...intent,
  issuanceId: IssuanceId,
  /** Refuse with `conflict` when the issuance is no longer at this version. */
  ifVersion: Version.optional(),
  /** The newest event that the sender knew: refuse with `rolled_back` when the store is behind it, or has another. */
  seen: Seen.optional(),
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
  /** Seconds that the payer has to answer. */
  respondWithin: z.int().min(1).max(MAX_RESPOND_WITHIN).optional(),
  /** The party that the voucher is made out to, and that draws on it; the issuer when absent. */
  beneficiary: Party.optional(),
  /** Seconds from the issue in which the voucher can be drawn on; 90 days when absent. */
  validFor: ValidFor.optional(),
  /** Drawings wait for this party's word; when absent they are honoured at once. */
  approval: Approval.optional(),
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

/** Brings a terminal up to date: the events after a version, and the room's events from now on. */
export const IssuanceSync = z.strictObject({
  issuanceId: IssuanceId,
  /** The last version that the terminal has; 0 for none. A store that has less has gone back in time. */
  after: z.int().min(0).max(MAX_VERSION),
  /** The digest of that version, as its event told it: another one under the same version shows the same. */
  digest: Digest.optional(),
});
/** A page of the party's issuances that have not ended, newest first. */
export const IssuanceList = z.strictObject({
  /** The last issuance of the page before; absent for the first page. */
  before: IssuanceId.optional(),
});
/** How many issuances one message can show. */
export const MAX_CHECKED = 100;
const Known = z
  .strictObject({ id: IssuanceOrVoucherId, version: VoucherVersion, digest: Digest })
  // An issuance has fewer events than a voucher can have.
  .refine(({ id, version }) => isVoucherId(id) || version <= MAX_VERSION, {
    path: ["version"],
    message: `an issuance's version is ${MAX_VERSION} at the most`,
  });
/** Shows what the terminal was told of issuances and vouchers, also of those that have ended. Costs as many messages. */
export const IssuanceCheck = z.strictObject({
  known: z.array(Known).max(MAX_CHECKED),
});
/** Asks whether the other side of an issuance is here, now and until it has ended. */
export const PresenceWatch = z.strictObject({ issuanceId: IssuanceId });
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
export interface ErrorBody {
  code: ErrorCode;
  /** What happened and what to do, for a person. */
  message: string;
  details?: Record<string, unknown>;
}
export type Refused = { ok: false; error: ErrorBody };

/**
 * What an acknowledged issue survives: `memory` not even, always, the death of the store's process; `fsynced`
 * a power cut, since each write was on the disk before; `replicated` the loss of the store's machine.
 */
export const DURABILITY_LEVELS = ["memory", "fsynced", "replicated"] as const;
export type DurabilityLevel = (typeof DURABILITY_LEVELS)[number];

/** The answer to a command; with `durability` when it has issued the voucher. */
export type CommandAck =
  | { ok: true; event: IssuanceEvent; issuance: Snapshot; durability?: DurabilityLevel }
  | Refused;
/** The answer to `issuance:sync`: the snapshot, and the events whose version is above `after`. */
export type SyncAck = { ok: true; issuance: Snapshot; events: IssuanceEvent[] } | Refused;
/** The answer to `issuance:list`. */
export type ListAck = { ok: true; open: OpenIssuance[]; more: boolean } | Refused;
/** The answer to `issuance:check`: those of which the store has less, or something else, or nothing. */
export type CheckAck = { ok: true; behind: string[] } | Refused;
/** The answer to `presence:watch`: whether the other side has a terminal at any hub. */
export type PresenceAck = { ok: true; here: boolean } | Refused;
export type QueryAcks = {
  "issuance:sync": SyncAck;
  "issuance:list": ListAck;
  "issuance:check": CheckAck;
  "presence:watch": PresenceAck;
};
