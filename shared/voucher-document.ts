/**
 * The signed document of a voucher: a compact JWS (RFC 7515) whose payload is a JWT's claims (RFC 7519), signed with
 * Ed25519 (RFC 8037). It says what a hub had in its book at one version of the voucher, and never a word of an account.
 */
import { z } from "zod";
import { DURABILITY_LEVELS } from "./commands.ts";
import { Amount, Digest, IssuanceId, Party, Text, VoucherId } from "./fields.ts";
import { VoucherVersion } from "./voucher-fields.ts";

/** The header's `typ`: what the document is, so that no other token that the key may sign is taken for one. */
export const DOCUMENT_TYP = "voucher+jwt";
/** The header's `alg`: Ed25519, by the name that every library knows. */
export const DOCUMENT_ALG = "EdDSA";
/** The claim `vct`, which names the kind of credential and the version of its claims. */
export const DOCUMENT_VCT = "urn:tallystick:voucher:1";
/** The media type of a compact JWS (RFC 7515, section 9.2.1). */
export const DOCUMENT_MEDIA_TYPE = "application/jose";

/** Seconds since the epoch, as JWTs have them. */
const NumericDate = z.int().min(0);

export const VoucherDocument = z
  .object({
    iss: z
      .string()
      .regex(/^urn:tallystick:book:[A-Za-z0-9_-]{1,64}$/, "not the name of a book")
      .describe("The book that the voucher is in, whichever hub has signed."),
    /** The voucher and its version: one document. */
    jti: z.string().regex(/^v\d{1,5}-[A-Za-z0-9_-]{16}\.[1-9]\d{0,2}$/, "not a voucher and its version"),
    sub: VoucherId.describe("The voucher."),
    iat: NumericDate.describe("When the voucher was issued."),
    exp: NumericDate.describe("When it expires."),
    vct: z.literal(DOCUMENT_VCT),
    issuer: Party,
    payer: Party,
    beneficiary: Party,
    amount: Amount.describe("Minor units; what the voucher was issued for, whatever has been drawn since."),
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/, "not the code of a currency")
      .describe("It was active when the voucher was issued, and may have been withdrawn since."),
    memo: Text.optional(),
    issuanceId: IssuanceId,
    journal: z
      .object({ version: VoucherVersion, digest: Digest })
      .describe("The event that the document stands on: the newest of the voucher when it was signed."),
    durability: z.enum(DURABILITY_LEVELS).describe("What that event survives."),
  })
  .describe("The claims, in the order in which they are written.");
export type VoucherDocument = z.infer<typeof VoucherDocument>;

/** The name of a book as `iss` has it. */
export function documentIssuerOf(bookId: string): string {
  return `urn:tallystick:book:${bookId}`;
}

/** The public keys that verify documents, as a JWKS (RFC 7517, RFC 8037). */
export const KeySet = z.object({
  keys: z.array(
    z.object({
      kty: z.literal("OKP"),
      crv: z.literal("Ed25519"),
      x: z.string().describe("The key itself, base64url."),
      kid: z.string().describe("Its thumbprint (RFC 7638), which documents name."),
      use: z.literal("sig"),
      alg: z.literal(DOCUMENT_ALG),
    }),
  ),
});
export type KeySet = z.infer<typeof KeySet>;
