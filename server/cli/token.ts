/** `tallystick token`. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { PARTY_PATTERN } from "@tallystick/protocol";
import { readSettings, type Settings } from "../config.ts";
import { createTokens, type OperatorPart, SECRET_FILE, type TokenClaims } from "../tokens.ts";

/**
 * Signs a token with the keys that a hub with the same settings trusts.
 *
 * @throws Error when there are none: a secret made here and now would be no hub's.
 */
export async function signToken(claims: TokenClaims): Promise<string> {
  if (!PARTY_PATTERN.test(claims.party)) {
    throw new Error(
      `"${claims.party}" is not the id of a party: 1 to 64 of a-z 0-9 . _ -, starting with a letter or digit`,
    );
  }
  const settings = readSettings(process.env);
  if (!hasKeys(settings)) {
    throw new Error(
      `no secret in ${resolve(settings.DATA_DIR)}: start a hub there first, or set DATA_DIR or JWT_SECRET to the hub's own`,
    );
  }
  if (claims.ttlSeconds > settings.JWT_MAX_LIFE)
    throw new Error(`a token may be good for ${settings.JWT_MAX_LIFE} s at most (JWT_MAX_LIFE)`);
  const tokens = await createTokens(settings);
  if (!tokens.sign) throw new Error("JWKS_URL is set, so that tokens come from whoever has the private keys");
  return tokens.sign(claims);
}

function hasKeys({ JWT_SECRET, JWKS_URL, DATA_DIR }: Settings): boolean {
  return (JWT_SECRET ?? JWKS_URL) !== undefined || existsSync(join(DATA_DIR, SECRET_FILE));
}

export interface TokenOptions {
  party: string;
  operator?: boolean;
  /** Parts of what an operator may do. */
  only?: readonly OperatorPart[];
  ttl: number;
}

/** Prints a token, alone on standard output. */
export async function printToken({ party, operator = false, only, ttl }: TokenOptions): Promise<void> {
  console.log(await signToken({ party, operator, scope: only?.join(" "), ttlSeconds: ttl }));
}
