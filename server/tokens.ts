/** Tokens are JWTs (RFC 7519) with `sub` (the party), `exp` and `scope`: `terminal` or `operator`. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { PARTY_PATTERN } from "@tallystick/protocol";
import {
  createRemoteJWKSet,
  errors,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  jwtVerify,
  SignJWT,
} from "jose";
import type { Settings } from "./config.ts";
import { makePrivateFile, readPrivateFile } from "./private-file.ts";

/** What a token says of whoever holds it. */
export interface Identity {
  party: string;
  operator: boolean;
  terminal: boolean;
  /** When the token ends, milliseconds since the epoch. */
  expiresAt: number;
}

/** A token was refused, or could not be checked since the key set is out of reach; `code` is the wire's. */
export class TokenError extends Error {
  override name = "TokenError";
  readonly code: "unauthenticated" | "unavailable";

  constructor(message: string, code: TokenError["code"] = "unauthenticated") {
    super(message);
    this.code = code;
  }
}

export interface Tokens {
  /** @throws TokenError when the token is not good. */
  verify(token: unknown): Promise<Identity>;
  /** Makes a token; absent when the keys are somebody else's (`JWKS_URL`). */
  sign?(claims: { party: string; operator?: boolean; ttlSeconds: number }): Promise<string>;
}

/** Where in DATA_DIR the hub keeps a secret of its own. */
export const SECRET_FILE = "jwt-secret";

const ASYMMETRIC = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];
const CHECKS: JWTVerifyOptions = { requiredClaims: ["sub", "exp"] };

/** Takes the keys that the settings name: a secret, a key set, or a secret made once and kept in DATA_DIR. */
export async function createTokens(
  settings: Pick<Settings, "JWT_SECRET" | "JWKS_URL" | "DATA_DIR">,
): Promise<Tokens> {
  if (settings.JWKS_URL) {
    const keys = remoteKeys(new URL(settings.JWKS_URL));
    return { verify: verifier(keys, { ...CHECKS, algorithms: ASYMMETRIC }) };
  }
  const secret = new TextEncoder().encode(settings.JWT_SECRET ?? (await ownSecret(settings.DATA_DIR)));
  return {
    verify: verifier(() => Promise.resolve(secret), { ...CHECKS, algorithms: ["HS256"] }),
    sign: ({ party, operator, ttlSeconds }) =>
      new SignJWT({ scope: operator ? "operator" : "terminal" })
        .setProtectedHeader({ alg: "HS256" })
        .setSubject(party)
        .setIssuedAt()
        .setExpirationTime(`${ttlSeconds}s`)
        .sign(secret),
  };
}

/** The keys behind a URL. That they are out of reach says nothing of the token, which may be sent again. */
function remoteKeys(url: URL): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(url);
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      if (TOKENS_OWN_FAULT.some((fault) => error instanceof fault)) throw error;
      throw new TokenError("the key set that tokens are checked with can't be read now", "unavailable");
    }
  };
}
const TOKENS_OWN_FAULT = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported];

function verifier(key: JWTVerifyGetKey | (() => Promise<Uint8Array>), options: JWTVerifyOptions) {
  return async (token: unknown): Promise<Identity> => {
    if (typeof token !== "string" || token === "") throw new TokenError("a token is needed: auth: { token }");
    const { payload } = await jwtVerify(token, key as JWTVerifyGetKey, options).catch((error: unknown) => {
      if (error instanceof TokenError) throw error;
      throw new TokenError(
        `the token is not good: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
    // jose takes a sub of any type; a pattern would read a number as the text that it looks like.
    const party: unknown = payload.sub;
    if (typeof party !== "string" || !PARTY_PATTERN.test(party))
      throw new TokenError("the token's sub is not the id of a party");
    const scopes = scopesOf(payload.scope);
    return {
      party,
      operator: scopes.includes("operator"),
      terminal: scopes.includes("terminal"),
      expiresAt: (payload.exp ?? 0) * 1000,
    };
  };
}

/** RFC 8693, section 4.2: scopes are parted by spaces. */
function scopesOf(scope: unknown): string[] {
  if (scope === undefined) return ["terminal"];
  if (typeof scope !== "string") throw new TokenError("the token's scope is not a text");
  return scope.split(" ");
}

/** The secret in `DATA_DIR`, made with the first start and readable by its owner alone. */
async function ownSecret(dataDir: string): Promise<string> {
  const file = join(dataDir, SECRET_FILE);
  const secret =
    (await readPrivateFile(file)) ?? (await makePrivateFile(file, randomBytes(48).toString("base64url")));
  if (secret.length < 32)
    throw new Error(`${file} does not hold a secret of 32 bytes; remove it to have a new one made`);
  return secret;
}
