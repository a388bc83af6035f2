/** The signed document of a voucher, fetched from the hub and verified in this browser with the hub's public keys. */
import type { VoucherSnapshot } from "@tallystick/client";
import { hasVoucherEnded } from "@tallystick/protocol/voucher-lifecycle";
import { hubUrl } from "./place.ts";

export type Proof =
  | { is: "checking" }
  | {
      is: "good";
      at: number;
      document: string;
      kid: string;
      version: number;
      digest: string;
      durability: Durability;
    }
  /** The browser can't verify it: Ed25519 is unknown to it, or the connection is not secure. */
  | {
      is: "unchecked";
      document: string;
      kid: string;
      version: number;
      digest: string;
      durability: Durability;
    }
  | { is: "mismatch" }
  | { is: "none" };

type Durability = "memory" | "fsynced" | "replicated";

interface Claims {
  sub: string;
  iat: number;
  exp: number;
  issuer: string;
  payer: string;
  beneficiary: string;
  amount: number;
  currency: string;
  journal: { version: number; digest: string };
  durability: Durability;
}

/** Gets the document, and holds it against the keys and against what the hub says of the voucher. */
export async function prove(voucher: VoucherSnapshot, token: string): Promise<Proof> {
  const { voucherId, state } = voucher;
  if (hasVoucherEnded(state)) return { is: "none" };
  const response = await fetch(new URL(`v1/vouchers/${voucherId}/document`, hubUrl), {
    headers: { authorization: `Bearer ${token}` },
  }).catch(() => undefined);
  if (!response?.ok) return { is: "none" };
  const document = (await response.text()).trim();
  const [head = "", body = "", signature = ""] = document.split(".");
  const { kid, alg, typ } = readJson<{ kid: string; alg: string; typ: string }>(head);
  const claims = readJson<Claims>(body);
  if (alg !== "EdDSA" || typ !== "voucher+jwt" || !isOf(claims, voucher)) return { is: "mismatch" };
  const facts = { document, kid, durability: claims.durability, ...claims.journal };
  const key = await publicKey(kid).catch(() => undefined);
  if (!key) return { is: "unchecked", ...facts };
  const signed = new TextEncoder().encode(`${head}.${body}`);
  const isGood = await crypto.subtle.verify("Ed25519", key, bytesOf(signature), signed);
  return isGood ? { is: "good", at: Date.now(), ...facts } : { is: "mismatch" };
}

/** The terms are those that are shown. What has been drawn since is not in the document. */
function isOf(claims: Claims, voucher: VoucherSnapshot): boolean {
  return (
    claims.sub === voucher.voucherId &&
    claims.amount === voucher.amount &&
    claims.currency === voucher.currency &&
    claims.issuer === voucher.issuer &&
    claims.payer === voucher.payer &&
    claims.beneficiary === voucher.beneficiary &&
    claims.exp === Math.floor(voucher.expiresAt / 1000)
  );
}

/** @throws what the browser says where it does not know Ed25519. */
async function publicKey(kid: string): Promise<CryptoKey | undefined> {
  const response = await fetch(new URL(".well-known/jwks.json", hubUrl));
  const { keys } = (await response.json()) as {
    keys: { kid: string; kty: string; crv: string; x: string }[];
  };
  const found = keys.find((key) => key.kid === kid && key.kty === "OKP" && key.crv === "Ed25519");
  if (!found) return undefined;
  const { kty, crv, x } = found;
  return crypto.subtle.importKey("jwk", { kty, crv, x }, "Ed25519", false, ["verify"]);
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (char) => char.charCodeAt(0));
}

function readJson<T>(text: string): T {
  return JSON.parse(new TextDecoder().decode(bytesOf(text))) as T;
}
