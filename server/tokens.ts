/** Tokens are JWTs (RFC 7519) with `sub` (the party), `exp` and `scope`: `terminal`, `operator` or a part of it. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { PARTY_PATTERN } from "@tallystick/protocol";
import { type JWTPayload, type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify, SignJWT } from "jose";
import { LONGEST_TOKEN_LIFE, type Settings } from "./config.ts";
import { KeySet, KeySetError } from "./key-set.ts";
import { makePrivateFile, readPrivateFile } from "./private-file.ts";

/** Parts of what an operator may do, each a scope of its own; `operator` is all of it. */
export const OPERATOR_PARTS = ["operator:read", "operator:accounts", "operator:fences"] as const;
export type OperatorPart = (typeof OPERATOR_PARTS)[number];

/** What a token says of whoever holds it. */
export interface Identity {
  party: string;
  /** It may do all that an operator may. */
  operator: boolean;
  /** What it may do of that, when it is not all. */
  parts: readonly OperatorPart[];
  terminal: boolean;
  /** When the token was made, milliseconds since the epoch; 0 when it does not say so. */
  issuedAt: number;
  /** When the token ends, milliseconds since the epoch. */
  expiresAt: number;
}

/** True when the token is good for all that an operator may do, or for one of these parts. */
export function mayOperate(identity: Identity, ...parts: readonly OperatorPart[]): boolean {
  return identity.operator || identity.parts.some((part) => parts.includes(part));
}

/** A token was refused, or could not be checked since the key set is out of reach; `code` is the wire's. */
export class TokenError extends Error {
  override name = "TokenError";
  readonly code: "unauthenticated" | "unavailable";
  /** For `unavailable`: `retryAfter`, milliseconds. */
  readonly details: { retryAfter: number } | undefined;

  constructor(message: string, retryAfter?: number) {
    super(message);
    this.code = retryAfter === undefined ? "unauthenticated" : "unavailable";
    this.details = retryAfter === undefined ? undefined : { retryAfter };
  }
}

export interface Tokens {
  /** @throws TokenError when the token is not good. */
  verify(token: unknown): Promise<Identity>;
  /** Makes a token; absent when the keys are somebody else's (`JWKS_URL`). */
  sign?(claims: TokenClaims): Promise<string>;
  /** What all hubs have in secret that sign with the same key; absent likewise. */
  readonly shared?: Uint8Array;
}

export interface TokenClaims {
  party: string;
  /** It is an operator's: with the scope `operator`, unless the scope is given. */
  operator?: boolean;
  /** Scopes, parted by spaces. */
  scope?: string | undefined;
  ttlSeconds: number;
}

type TokenSettings = Pick<Settings, "JWT_SECRET" | "JWKS_URL" | "DATA_DIR" | "JWT_AUDIENCE" | "JWT_ISSUER"> &
  Partial<Pick<Settings, "JWT_MAX_LIFE">>;

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
/** By how much clocks may differ, for when a token was made and from when it is good; when it ends, it ends. */
const LEEWAY_SECONDS = 5;

/** What is wrong with the settings though a hub can run with them, in a sentence. */
export function tokenWarning({ JWKS_URL, JWT_AUDIENCE, JWT_ISSUER }: TokenSettings): string | undefined {
  if (!JWKS_URL || JWT_AUDIENCE || JWT_ISSUER) return undefined;
  return "whatever token the keys behind JWKS_URL have signed is taken, for other services as well: set JWT_AUDIENCE, or JWT_ISSUER";
}

/**
 * Takes the keys that the settings name: a secret, a key set, or a secret made once and kept in DATA_DIR.
 *
 * @param onKeySet called with why the key set can't be read, and with nothing when it can be again.
 */
export async function createTokens(
  settings: TokenSettings,
  onKeySet?: (failure: string | undefined) => void,
): Promise<Tokens> {
  const { JWT_AUDIENCE: audience, JWT_ISSUER: issuer, JWT_MAX_LIFE: maxLife = LONGEST_TOKEN_LIFE } = settings;
  const checks: JWTVerifyOptions = {
    requiredClaims: ["sub", "exp"],
    clockTolerance: LEEWAY_SECONDS,
    ...(audience && { audience }),
    ...(issuer && { issuer }),
  };
  if (settings.JWKS_URL) {
    const keys = new KeySet({ url: new URL(settings.JWKS_URL), ...(onKeySet && { onChange: onKeySet }) });
    const options = { ...checks, algorithms: ASYMMETRIC };
    // An ID token, which anybody's sign-in gets, has no scope.
    return { verify: verifier(keys.find, options, { maxLife, needsScope: true }) };
  }
  // Made into a key once: jose would do it for each token that comes as bytes, at half the price of verifying one.
  const secret = await crypto.subtle.importKey(
    "raw",
    new TextEncoder().encode(settings.JWT_SECRET ?? (await ownSecret(settings.DATA_DIR))),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign", "verify"],
  );
  const options = { ...checks, algorithms: ["HS256"] };
  return {
    verify: verifier(() => Promise.resolve(secret), options, { maxLife, needsScope: false }),
    sign: ({ party, operator, scope = operator ? "operator" : "terminal", ttlSeconds }) => {
      const token = new SignJWT({ scope })
        .setProtectedHeader({ alg: "HS256" })
        .setSubject(party)
        .setIssuedAt()
        .setExpirationTime(`${ttlSeconds}s`);
      if (audience) token.setAudience(audience);
      if (issuer) token.setIssuer(issuer);
      return token.sign(secret);
    },
    shared: new Uint8Array(
      await crypto.subtle.sign("HMAC", secret, new TextEncoder().encode("tallystick: shared by hubs")),
    ),
  };
}

interface Rules {
  /** How long a token may be good from now on, seconds. */
  maxLife: number;
  /** A token without a scope is refused; otherwise it is a terminal's. */
  needsScope: boolean;
}

function verifier(
  key: JWTVerifyGetKey | (() => Promise<CryptoKey>),
  options: JWTVerifyOptions,
  rules: Rules,
): Tokens["verify"] {
  return async (token) => {
    if (typeof token !== "string" || token === "") throw new TokenError("a token is needed: auth: { token }");
    const { payload } = await jwtVerify(token, key as JWTVerifyGetKey, options).catch((error: unknown) => {
      // That the keys are out of reach says nothing of the token, which may be sent again.
      if (error instanceof KeySetError) throw new TokenError(error.message, error.retryAfter);
      throw new TokenError(
        `the token is not good: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
    return identityIn(payload, rules);
  };
}

function identityIn(payload: JWTPayload, { maxLife, needsScope }: Rules): Identity {
  // jose takes a sub of any type; a pattern would read a number as the text that it looks like.
  const party: unknown = payload.sub;
  if (typeof party !== "string" || !PARTY_PATTERN.test(party))
    throw new TokenError("the token's sub is not the id of a party");
  const now = Date.now();
  // Seconds may have decimals (RFC 7519, section 2), and the wire's times have none.
  const expiresAt = Math.floor((payload.exp ?? 0) * 1000);
  const issuedAt = Math.floor((payload.iat ?? 0) * 1000);
  if (expiresAt <= now) throw new TokenError("the token has expired");
  if (expiresAt - now > maxLife * 1000)
    throw new TokenError(`the token is good for longer than ${maxLife} s, the longest that is taken`);
  if (issuedAt > now + LEEWAY_SECONDS * 1000)
    throw new TokenError("the token was made at a time that is still to come");
  const scopes = scopesOf(payload.scope, needsScope);
  return {
    party,
    operator: scopes.includes("operator"),
    parts: OPERATOR_PARTS.filter((part) => scopes.includes(part)),
    terminal: scopes.includes("terminal"),
    issuedAt,
    expiresAt,
  };
}

/** RFC 8693, section 4.2: scopes are parted by spaces. */
function scopesOf(scope: unknown, isNeeded: boolean): string[] {
  if (scope === undefined && isNeeded) throw new TokenError("the token has no scope");
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
