/** `tallystick token`. */
import { PARTY_PATTERN } from "@tallystick/protocol";
import { readSettings } from "../config.ts";
import { createTokens } from "../tokens.ts";

/** Signs a token with the keys that a hub with the same settings trusts. */
export async function signToken(claims: {
  party: string;
  operator?: boolean;
  ttlSeconds: number;
}): Promise<string> {
  if (!PARTY_PATTERN.test(claims.party)) {
    throw new Error(
      `"${claims.party}" is not the id of a party: 1 to 64 of a-z 0-9 . _ -, starting with a letter or digit`,
    );
  }
  const tokens = await createTokens(readSettings(process.env));
  if (!tokens.sign) throw new Error("JWKS_URL is set, so that tokens come from whoever has the private keys");
  return tokens.sign(claims);
}

/** Prints a token, alone on standard output. */
export async function printToken(options: { party: string; operator?: boolean; ttl: number }): Promise<void> {
  console.log(
    await signToken({ party: options.party, operator: options.operator === true, ttlSeconds: options.ttl }),
  );
}
