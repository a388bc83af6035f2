/**
 * The tag of an account: a digest of what is shown of it. No script has to keep it, whatever it changes; and after
 * the store has gone back in time no other content comes under a tag that somebody was told.
 */
import { hash } from "node:crypto";
import type { Account } from "@tallystick/protocol";
import { pack } from "./packing.ts";

/** `TAG_LENGTH` of `lua/lib/account.lua`. */
const LENGTH = 20;
const TAG = new RegExp(`^[0-9a-f]{${LENGTH}}$`);

/** Which accounts a condition names: any at all, or those with one of these tags. */
export type Tags = "*" | readonly string[];

/** The tag of an account as it is shown; `lua/steps/check-condition.lua` makes the same from the store's fields. */
export function accountTag(account: Account): string {
  const { holder, kind, currency, balance, limit, frozen, status, used = 0 } = account;
  const shown = pack([holder, kind, currency, balance ?? limit ?? 0, frozen, status, used]);
  return hash("sha1", shown, "hex").slice(0, LENGTH);
}

/** A condition as the scripts take it. What is no tag of ours matches nothing, and is left out. */
export function packTags(tags: Tags | undefined): string {
  if (tags === undefined || tags === "*") return tags ?? "";
  const ours = tags.filter((tag) => TAG.test(tag));
  return ours.length > 0 ? ours.join(" ") : "none";
}
