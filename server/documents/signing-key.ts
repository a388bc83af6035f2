/** A key that documents are signed with: Ed25519 (RFC 8037), named by its thumbprint (RFC 7638). */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { calculateJwkThumbprint } from "jose";

export interface SigningKey {
  readonly privateKey: KeyObject;
  readonly publicKey: PublicKey;
}

/** What others verify with. */
export interface PublicKey {
  readonly kid: string;
  /** The key's 32 bytes in base64url, as a JWK has them. */
  readonly x: string;
}

/** A new key. */
export async function makeSigningKey(): Promise<SigningKey> {
  return signingKeyOf(generateKeyPairSync("ed25519").privateKey);
}

/** Reads a key from PKCS8: PEM, or its base64 on one line. @throws Error when it is no Ed25519 private key. */
export async function readSigningKey(text: string): Promise<SigningKey> {
  const privateKey = text.startsWith("-----")
    ? createPrivateKey({ key: text, format: "pem" })
    : createPrivateKey({ key: Buffer.from(text, "base64"), format: "der", type: "pkcs8" });
  if (privateKey.asymmetricKeyType !== "ed25519") throw new Error("it is no Ed25519 key");
  return signingKeyOf(privateKey);
}

/** The key as a file holds it: PKCS8 as PEM. */
export function toPem({ privateKey }: SigningKey): string {
  return privateKey.export({ format: "pem", type: "pkcs8" }) as string;
}

/** The public key of these bytes. */
export async function publicKeyOf(x: string): Promise<PublicKey> {
  return { kid: await calculateJwkThumbprint({ kty: "OKP", crv: "Ed25519", x }), x };
}

async function signingKeyOf(privateKey: KeyObject): Promise<SigningKey> {
  const { x = "" } = createPublicKey(privateKey).export({ format: "jwk" });
  return { privateKey, publicKey: await publicKeyOf(x) };
}
