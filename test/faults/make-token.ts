/** The tokens of a run. Hubs' clocks are wrong by more than is made up for, so tokens are made as if long before. */
import { SignJWT } from "jose";
import { SECRET } from "./fleet.ts";

/** No hub's clock is as far behind, seconds. */
const MADE_BEFORE = 3600;
/** A token outlives every run, seconds. */
const GOOD_FOR = 6 * 3600;

/** Makes a party's token, an operator's where the scope says so. */
export function makeToken(party: string, scope: "terminal" | "operator" = "terminal"): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ scope })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(party)
    .setIssuedAt(now - MADE_BEFORE)
    .setExpirationTime(now + GOOD_FOR)
    .sign(new TextEncoder().encode(SECRET));
}
