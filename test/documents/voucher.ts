/** A voucher of the tests, and the keys that sign its documents. */
import type { VoucherSnapshot } from "@tallystick/protocol";
import type { JWK } from "jose";

export const DAY_MS = 24 * 3600 * 1000;
/** The digits that no document may show. */
export const ACCOUNT_DIGITS = "2233";

/** A live voucher of 125,000.00 CNY that expires in 30 days; any of it can be said otherwise. */
export function voucher(other: Partial<VoucherSnapshot> = {}): VoucherSnapshot {
  const issuedAt = Date.now() - 1000;
  return {
    voucherId: "v3-aZ09_-aZ09_-aZ09",
    issuanceId: "3-aZ09_-aZ09_-aZ09",
    version: 1,
    state: "issued",
    issuer: "shop",
    payer: "acme",
    beneficiary: "nordlicht",
    amount: 125_000_00,
    currency: "CNY",
    memo: "订单 42",
    honoured: 0,
    released: 0,
    pending: 0,
    remaining: 125_000_00,
    issuedAt,
    expiresAt: issuedAt + 30 * DAY_MS,
    drawings: [],
    account: { kind: "funds", last4: ACCOUNT_DIGITS },
    digest: "0123456789ab",
    ...other,
  };
}

export const CONTEXT = { bookId: "BOOKofTEST12", durability: "fsynced" } as const;

/** A JWKS of these public keys, with whatever else is said of each. */
export function keySetOf(...keys: ({ kid: string; x: string } | JWK)[]): string {
  return JSON.stringify({
    keys: keys.map((key) => ({ kty: "OKP", crv: "Ed25519", use: "sig", alg: "EdDSA", ...key })),
  });
}

/** The JSON in one part of a compact JWS. */
export function partOf(document: string, part: 0 | 1): Record<string, unknown> {
  return JSON.parse(Buffer.from(document.split(".")[part] ?? "", "base64url").toString());
}
