/** What a request asks of the account as it stands: preconditions (RFC 9110, section 13.1). */
import type { Request, Response } from "express";
import type { Tags, WriteOptions } from "../ledger/accounts.ts";
import { sendProblem } from "./problem.ts";

export type Conditions = Pick<WriteOptions, "ifMatch" | "ifNoneMatch">;

/** One entity tag of a list, or an empty place; no two parts of it can match the same blank. */
const ELEMENT = /[ \t]*(?:(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"[ \t]*)?(?:,|$)/y;

/** Reads `If-Match` and `If-None-Match`; otherwise answers with what is wrong, and returns undefined. */
export function readConditions(request: Request, response: Response): Conditions | undefined {
  const conditions: Conditions = {};
  for (const [name, field] of FIELDS) {
    const header = request.headers[name];
    if (header === undefined) continue;
    // If-Match compares strongly: a weak tag is never the same. If-None-Match compares weakly.
    const tags = readTags(header, { isStrong: field === "ifMatch" });
    if (!tags) {
      const message = `${name} must be * or ETags as they were told, with their quotes.`;
      sendProblem(response, { code: "invalid_request", message });
      return undefined;
    }
    conditions[field] = tags;
  }
  return conditions;
}

const FIELDS = [
  ["if-match", "ifMatch"],
  ["if-none-match", "ifNoneMatch"],
] as const;

function readTags(header: string, { isStrong }: { isStrong: boolean }): Tags | undefined {
  if (header === "*") return "*";
  const tags: string[] = [];
  let isEmpty = true;
  for (ELEMENT.lastIndex = 0; ELEMENT.lastIndex < header.length; ) {
    const found = ELEMENT.exec(header);
    if (!found) return undefined;
    const [, weak, tag] = found;
    if (tag === undefined) continue;
    isEmpty = false;
    if (!weak || !isStrong) tags.push(tag);
  }
  return isEmpty ? undefined : tags;
}
