/** The document of a voucher, as `shared/voucher-document.ts` says. */
import {
  DOCUMENT_ALG,
  DOCUMENT_TYP,
  DOCUMENT_VCT,
  type DurabilityLevel,
  documentIssuerOf,
  type VoucherDocument,
  type VoucherSnapshot,
} from "@tallystick/protocol";
import { CompactSign } from "jose";
import type { SigningKey } from "./signing-key.ts";

/** What a document says besides the voucher. */
export interface DocumentContext {
  /** The book's id. */
  bookId: string;
  /** What the voucher survives. */
  durability: DurabilityLevel;
}

/**
 * The claims. They are taken one by one, so that nothing of an account can slip in, and are all the voucher's own, so
 * that every hub with the same key signs the same bytes.
 */
export function claimsOf(voucher: VoucherSnapshot, { bookId, durability }: DocumentContext): VoucherDocument {
  const { voucherId, version, digest, issuer, payer, beneficiary, amount, currency, memo } = voucher;
  return {
    iss: documentIssuerOf(bookId),
    jti: `${voucherId}.${version}`,
    sub: voucherId,
    iat: toSeconds(voucher.issuedAt),
    exp: toSeconds(voucher.expiresAt),
    vct: DOCUMENT_VCT,
    issuer,
    payer,
    beneficiary,
    amount,
    currency,
    ...(memo !== undefined && { memo }),
    issuanceId: voucher.issuanceId,
    journal: { version, digest },
    durability,
  };
}

/** Signs the document; the same voucher, context and key give the same bytes. */
export function signDocument(
  voucher: VoucherSnapshot,
  context: DocumentContext,
  { privateKey, publicKey }: SigningKey,
): Promise<string> {
  return new CompactSign(new TextEncoder().encode(JSON.stringify(claimsOf(voucher, context))))
    .setProtectedHeader({ alg: DOCUMENT_ALG, typ: DOCUMENT_TYP, kid: publicKey.kid })
    .sign(privateKey);
}

/** Down, so that no document claims to be good for longer than its voucher. */
function toSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}
