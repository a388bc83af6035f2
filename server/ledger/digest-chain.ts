/**
 * The chain of digests of the events of an issuance, and then of its voucher, as `lua/lib/digest.lua` makes it. It is
 * keyed by a salt that no terminal is told, and covers the offer and the account that stands, so that what was altered in
 * the store no longer fits what terminals were told.
 */
import { hash, randomBytes } from "node:crypto";
import type { StandingAccount, StoredIssuance } from "./record.ts";

/** What the first event's digest follows. */
export const FIRST_DIGEST = "0".repeat(12);
/** Where the two halves of a digest meet: that of the event before, and its own. */
const HALF = 6;
const SEPARATOR = "\x1f";

const SALT_BYTES = 12;
/** Asking the system for each by itself cost the hub a hundredth of all that a negotiation takes. */
const SALTS_AT_ONCE = 256;
let drawn = Buffer.alloc(0);
let used = 0;

/** 96 bits that nobody can guess. */
export function freshSalt(): string {
  if (used === drawn.length) {
    drawn = randomBytes(SALT_BYTES * SALTS_AT_ONCE);
    used = 0;
  }
  const salt = drawn.toString("base64url", used, used + SALT_BYTES);
  used += SALT_BYTES;
  return salt;
}

const NONE: StandingAccount = { number: "", name: "" };

/** What an issuance's own log says of it. */
export interface ChainCheck {
  /** The first event, from 0, that is not the one that was written, or does not follow the one before; else -1. */
  altered: number;
  /** The account that stands is the one that the log says. */
  accountFits: boolean;
}

/** Makes the chain anew from the first event on. */
export function checkChain({ offer, account, log }: StoredIssuance): ChainCheck {
  let before = FIRST_DIGEST.slice(HALF);
  let standing = NONE;
  let altered = -1;
  for (const [index, entry] of log.entries()) {
    const line = entry.slice(entry.indexOf("|") + 1);
    standing = accountAfter(standing, line);
    const own = ownHalf([offer, before, standing.number, standing.name, line]);
    if (!entry.startsWith(`${before}${own}|`)) {
      altered = index;
      break;
    }
    before = own;
  }
  const accountFits = account.number === standing.number && account.name === standing.name;
  return { altered, accountFits };
}

/**
 * Makes the chain of a voucher anew, which goes on from its issuance's last digest. Answers the first event, from 0, that
 * is not the one that was written, or does not follow the one before; else -1.
 *
 * @param voucher.terms as one text, with the salt of the digests.
 * @param voucher.number of the payer's account.
 * @param issuanceDigest the issuance's last, where it is still known.
 */
export function findAlteredEvent(
  { terms, number, log }: { terms: string; number: string; log: readonly string[] },
  issuanceDigest: string | undefined,
): number {
  let before = issuanceDigest === undefined ? (log[0] ?? "").slice(0, HALF) : issuanceDigest.slice(HALF);
  for (const [index, entry] of log.entries()) {
    const own = ownHalf([terms, before, number, "", entry.slice(entry.indexOf("|") + 1)]);
    if (!entry.startsWith(`${before}${own}|`)) return index;
    before = own;
  }
  return -1;
}

function ownHalf(parts: readonly string[]): string {
  return hash("sha1", parts.join(SEPARATOR)).slice(0, HALF);
}

/** The account that stands after an event, which its line tells. */
function accountAfter(before: StandingAccount, line: string): StandingAccount {
  const [type, , state, , , , , number = "", ...name] = line.split("|");
  switch (type) {
    case "account.verified":
    case "voucher.issued":
      // One that was accepted stood already.
      return number === "" ? before : { number, name: name.join("|") };
    case "account.refused":
      // While a change is under way, what stood before still stands.
      return state === "changing" ? before : NONE;
    default:
      return before;
  }
}
