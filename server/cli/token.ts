/** `tallystick token`. */
import { PARTY_PATTERN } from "@tallystick/protocol";
import { readSettings } from "../config.ts";
import { createTokens } from "../tokens.ts";

const UNITS: { readonly [unit: string]: number } = { s: 1, m: 60, h: 3600, d: 24 * 3600 };

/**
 * Reads a duration such as `90s`, `30m`, `12h` or `7d`.
 *
 * @returns seconds.
 */
export function readDuration(text: string): number {
  const [, number, unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const seconds = Number(number) * (UNITS[unit] ?? 0);
  if (!(seconds > 0)) throw new RangeError("a number and s, m, h or d, as in 30m or 12h");
  return seconds;
}

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
