/** Schemas of the single fields that commands, events and HTTP bodies are made of. */
import { z } from "zod";
import {
  ACCOUNT_HANDLE_PATTERN,
  ACCOUNT_NUMBER_PATTERN,
  COMMAND_ID_PATTERN,
  ISSUANCE_ID_PATTERN,
  PARTY_PATTERN,
  REFERENCE_PATTERN,
  VOUCHER_ID_PATTERN,
} from "./ids.ts";
import { MAX_VERSION, REVIEWS, STATES } from "./lifecycle.ts";
import { isCurrency, MAX_AMOUNT } from "./money.ts";
import { isText, MAX_TEXT_LENGTH } from "./names.ts";

export const Party = z
  .string()
  .regex(PARTY_PATTERN, "1 to 64 of a-z 0-9 . _ -, starting with a letter or digit")
  .describe("A company or a person: the `sub` of its token.");
export const CommandId = z
  .string()
  .regex(COMMAND_ID_PATTERN, "1 to 64 of A-Z a-z 0-9 _ -")
  .describe("The id of one intent, kept over every repeat of it.");
export const IssuanceId = z
  .string()
  .regex(ISSUANCE_ID_PATTERN, "not the id of an issuance")
  .describe("The id of an issuance.");
export const VoucherId = z
  .string()
  .regex(VOUCHER_ID_PATTERN, "not the id of a voucher")
  .describe("The id of a voucher: `v`, and the issuance's.");
export const IssuanceOrVoucherId = z
  .string()
  .refine(
    (id) => ISSUANCE_ID_PATTERN.test(id) || VOUCHER_ID_PATTERN.test(id),
    "not the id of an issuance or a voucher",
  )
  .meta({
    description: "The id of an issuance or of a voucher.",
    pattern: `${ISSUANCE_ID_PATTERN.source}|${VOUCHER_ID_PATTERN.source}`,
  });
export const AccountNumber = z
  .string()
  .regex(ACCOUNT_NUMBER_PATTERN, "1 to 34 of A-Z a-z 0-9 -")
  .describe("The number of an account of a party.");
export const AccountHandle = z
  .string()
  .regex(ACCOUNT_HANDLE_PATTERN)
  .describe("What stands for an account's number, and is taken in its place, with `Prefer: numbers=masked`.");
/** What answers have of an account's number, with what is beside it. */
export const NUMBER_ANSWERED = {
  number: z.union([AccountNumber, AccountHandle]),
  last4: z.string().max(4).optional().describe("The number's last digits, beside a handle."),
};
export const Reference = z
  .string()
  .regex(REFERENCE_PATTERN, "1 to 64 of A-Z a-z 0-9 . _ : -")
  .describe("Under which something is done once, however often it is asked.");
// What a function checks, a JSON Schema can't say but for a part of it.
export const Text = z
  .string()
  .refine(isText, `1 to ${MAX_TEXT_LENGTH} characters, no control characters`)
  .meta({
    description: "A text that people write: no control characters, and at least one that can be seen.",
    minLength: 1,
    maxLength: MAX_TEXT_LENGTH,
  });
export const Forgotten = z
  .literal(true)
  .optional()
  .describe("A party of it was forgotten: what people had written, memo and reasons, was blanked.");
export const Currency = z
  .string()
  .refine(isCurrency, "an active ISO 4217 code, in capitals")
  .meta({ description: "An active ISO 4217 code, in capitals.", pattern: "^[A-Z]{3}$" });

export const Amount = z.int().min(1).max(MAX_AMOUNT).describe("A voucher's amount in minor units.");
export const Sum = z
  .int()
  .min(0)
  .max(MAX_AMOUNT)
  .describe("A balance, a limit or a frozen sum in minor units.");
export const Time = z
  .int()
  .min(0)
  .describe("A point in time: milliseconds since the epoch, on the store's clock.");
export const Digest = z
  .string()
  .regex(/^[0-9a-f]{12}$/, "12 of 0-9 a-f")
  .describe(
    "The short digest of an event: the last 6 characters of the one before, then 6 of its own (24 bits of SHA-1 over a salt that the hub keeps to itself, those before, the offer, the account that stands, and the event). So a reader sees without hashing whether one event follows another.",
  );
export const Version = z
  .int()
  .min(1)
  .max(MAX_VERSION)
  .describe("An issuance's version: 1 with its first event, one more with each.");

export const StateField = z.enum(STATES);
export const ReviewField = z.enum(REVIEWS);
export const RoleField = z.enum(["issuer", "payer"]);
export const ActorField = z.enum(["issuer", "payer", "hub"]);
export const AccountKind = z.enum(["funds", "credit"]);
export type AccountKind = z.infer<typeof AccountKind>;
export const AccountStatus = z.enum(["active", "blocked"]);
export type AccountStatus = z.infer<typeof AccountStatus>;
