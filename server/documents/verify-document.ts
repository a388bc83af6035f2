/**
 * Verifies a document with the keys of a file, and nothing else: no hub is asked. Only Ed25519 is accepted, whatever
 * the document or the keys say.
 */
import { DOCUMENT_ALG, DOCUMENT_TYP, DOCUMENT_VCT, VoucherDocument } from "@tallystick/protocol";
import { compactVerify, importJWK } from "jose";
import { z } from "zod";

/** Why a document is not good. */
export type Fault =
  | "not_a_jws"
  | "wrong_algorithm"
  | "wrong_type"
  | "no_key_set"
  | "unknown_key"
  | "unfit_key"
  | "altered"
  | "no_document"
  | "expired";

export type Verified =
  | { kind: "good"; kid: string; claims: VoucherDocument }
  | { kind: "bad"; fault: Fault; says: string };

/** The algorithm by the name that hubs write, and by the newer one for the same (RFC 9864). */
const ALGORITHMS: readonly string[] = [DOCUMENT_ALG, "Ed25519"];

const Header = z.looseObject({ alg: z.string(), typ: z.string().optional(), kid: z.string().optional() });
const Jwk = z.looseObject({ kid: z.string().optional() });
const KeySet = z.object({ keys: z.array(Jwk) });
/** What a key has to be, so that it may verify documents. */
const FitKey = z.object({
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  x: z.string(),
  use: z.literal("sig").optional(),
  alg: z
    .string()
    .refine((alg) => ALGORITHMS.includes(alg))
    .optional(),
  key_ops: z
    .array(z.string())
    .refine((uses) => uses.includes("verify"))
    .optional(),
});

/**
 * @param texts.document a compact JWS; white space around it is no part of it.
 * @param texts.keySet a JWKS, as a hub has it under `/.well-known/jwks.json`.
 * @param now milliseconds since the epoch.
 */
export async function verifyDocument(
  { document, keySet }: { document: string; keySet: string },
  now: number,
): Promise<Verified> {
  const token = document.trim();
  const header = readHeader(token);
  if (!header) return bad("not_a_jws", "It is no compact JWS: three parts of base64url with points between.");
  const { alg, typ, kid } = header;
  if (!ALGORITHMS.includes(alg))
    return bad("wrong_algorithm", `It says that it is signed with ${quoted(alg)}; only Ed25519 is accepted.`);
  if (typ !== DOCUMENT_TYP)
    return bad(
      "wrong_type",
      `Its type is ${quoted(typ)}, and not ${DOCUMENT_TYP}: it is no voucher's document.`,
    );
  const keys = KeySet.safeParse(readJson(keySet)).data?.keys;
  if (!keys) return bad("no_key_set", "The file of keys is no JWKS: JSON with a list of keys.");
  if (kid === undefined) return bad("unknown_key", "It does not say which key has signed it.");
  const named = keys.filter((key) => key.kid === kid);
  if (named.length === 0)
    return bad("unknown_key", `The key ${quoted(kid)} is not among the keys. ${OTHER_KEYS}`);
  const fit = FitKey.safeParse(named.find((key) => FitKey.safeParse(key).success)).data;
  if (!fit)
    return bad(
      "unfit_key",
      `The key ${quoted(kid)} is not for verifying Ed25519 signatures, and so not for this.`,
    );
  const payload = await verifiedPayload(token, fit);
  if (!payload)
    return bad("altered", `The key ${quoted(kid)} has not signed this: it is altered, or was made up.`);
  return readClaims({ payload, kid, now });
}

const OTHER_KEYS =
  "It is another hub's, or made up; or it is so old that the hub's key is no longer published.";

function readClaims({ payload, kid, now }: { payload: Uint8Array; kid: string; now: number }): Verified {
  const claims = VoucherDocument.safeParse(readJson(new TextDecoder().decode(payload))).data;
  if (!claims || claims.jti !== `${claims.sub}.${claims.journal.version}`)
    return bad("no_document", `The key has signed it, but it is not of the kind ${DOCUMENT_VCT}.`);
  if (claims.exp * 1000 <= now)
    return bad(
      "expired",
      `The key has signed it, but the voucher ${claims.sub} expired at ${new Date(claims.exp * 1000).toISOString()}.`,
    );
  return { kind: "good", kid, claims };
}

/** What the key has signed; undefined when it has not signed this. */
async function verifiedPayload(
  token: string,
  { x }: z.infer<typeof FitKey>,
): Promise<Uint8Array | undefined> {
  try {
    const key = await importJWK({ kty: "OKP", crv: "Ed25519", x }, DOCUMENT_ALG);
    return (await compactVerify(token, key, { algorithms: [...ALGORITHMS] })).payload;
  } catch {
    return undefined;
  }
}

/** The header of a compact JWS; undefined when it is none. */
function readHeader(token: string): z.infer<typeof Header> | undefined {
  const parts = token.split(".");
  if (parts.length !== 3 || !parts.every(isCanonical)) return undefined;
  return Header.safeParse(readJson(Buffer.from(parts[0] as string, "base64url").toString())).data;
}

/** Of several texts for the same bytes only one is taken, or a character could be changed without a trace. */
function isCanonical(part: string): boolean {
  return part !== "" && Buffer.from(part, "base64url").toString("base64url") === part;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a stranger wrote is shown short, and without what a terminal would act on. */
function quoted(text: string | undefined): string {
  return text === undefined ? "missing" : JSON.stringify(text.slice(0, 64).replaceAll(/[^\x20-\x7e]/g, "?"));
}

function bad(fault: Fault, says: string): Verified {
  return { kind: "bad", fault, says };
}
