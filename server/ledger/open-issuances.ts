/**
 * Lists the issuances of a party that have not ended, newest first. The issuer's entries are a hint,
 * written before the issuance and pruned here; the issuances themselves are the truth.
 */
import type { OpenIssuance } from "@tallystick/protocol";
import { hasEnded } from "@tallystick/protocol";
import { partitionKeys } from "./keys.ts";
import type { Ledger } from "./ledger.ts";
import { loadRecord } from "./record.ts";

/** An entry without an issuance is pruned only when no request can be on its way to make it any more. */
const ORPHAN_AFTER_MS = 24 * 3600 * 1000;

export interface OpenPage {
  open: OpenIssuance[];
  more: boolean;
}

interface Entry {
  issuanceId: string;
  indexedAt: string;
}

/**
 * A page of at most `limit` issuances, older than the issuance `before` when that is given.
 *
 * @returns undefined when `before` is not an issuance of the party.
 */
export async function listOpen(
  ledger: Ledger,
  options: { party: string; before?: string | undefined; limit: number },
): Promise<OpenPage | undefined> {
  const { party, limit } = options;
  let end = `(${party};`;
  if (options.before !== undefined) {
    const position = await positionOf(ledger, party, options.before);
    if (position === undefined) return undefined;
    end = `(${party}:${position}:${options.before}`;
  }
  const open: OpenIssuance[] = [];
  for (;;) {
    // One more than is wanted tells whether there are more.
    const entries = await readEntries(ledger, party, end, limit + 1);
    const found = await Promise.all(entries.map((entry) => look(ledger, party, entry)));
    open.push(...found.filter((issuance) => issuance !== undefined));
    if (open.length > limit) return { open: open.slice(0, limit), more: true };
    const last = entries.at(-1);
    if (entries.length <= limit || !last) return { open, more: false };
    end = `(${party}:${last.indexedAt}:${last.issuanceId}`;
  }
}

async function readEntries(ledger: Ledger, party: string, end: string, count: number): Promise<Entry[]> {
  const key = partitionKeys.open(ledger.partitionOf(party));
  const members = await ledger.options.store.zrevrangebylex(key, end, `[${party}:`, "LIMIT", 0, count);
  return members.map((member) => {
    const [, indexedAt = "", issuanceId = ""] = member.split(":");
    return { indexedAt, issuanceId };
  });
}

/** The issuance of an entry; prunes the entry when the issuance has ended. */
async function look(ledger: Ledger, party: string, entry: Entry): Promise<OpenIssuance | undefined> {
  const { issuanceId, indexedAt } = entry;
  const record = await loadRecord(ledger.options.store, issuanceId);
  if (record && !hasEnded(record.state)) {
    const { version, state, issuer } = record;
    return { issuanceId, version, state, role: issuer === party ? "issuer" : "payer" };
  }
  const orphaned = !record && Number(indexedAt) < Date.now() - ORPHAN_AFTER_MS;
  if (record || orphaned)
    await ledger.prune(ledger.partitionOf(party), [
      { issuanceId, indexedAt, issuer: party, state: record?.state ?? "expired" },
    ]);
  return undefined;
}

async function positionOf(ledger: Ledger, party: string, issuanceId: string): Promise<string | undefined> {
  const record = await loadRecord(ledger.options.store, issuanceId);
  return record && (record.issuer === party || record.payer === party) ? record.indexedAt : undefined;
}
