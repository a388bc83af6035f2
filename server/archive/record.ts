/** An issuance or a voucher as its hash in the store was, made anew from its entries in the journal. */
import { isVoucherId } from "@tallystick/protocol";
import { type JournalEntry, readJournalEntry } from "../ledger/journal-entry.ts";
import { IssuanceFold } from "../restore/issuance-fold.ts";
import { VoucherRecord } from "../restore/voucher-record.ts";
import type { Database } from "./database.ts";
import { HAS_SUBJECT } from "./partial-indexes.ts";

/** The fields of a hash, by name. `lua/lib/issuance.lua` and `lua/lib/voucher.lua` say what they are. */
export type RecordFields = Record<string, string>;

/** What has left the store. */
export interface Retired {
  fields: RecordFields;
  /** Its texts were blanked, since a party of it was forgotten. */
  isForgotten: boolean;
}

export interface RetiredQuestion {
  id: string;
  /** Who asks; absent for whoever may read all. */
  party?: string | undefined;
}

/** What is found of an id: its record, or no more than that it is not whose question it is. */
export type RetiredRecord = ({ kind: "record" } & Retired) | { kind: "anothers" };

/**
 * The newest of an id that has left the store, or is leaving it; undefined where there is none. Another's is as much work as
 * none at all, so that nobody learns from the time it takes that there is one.
 */
export async function readRetired(
  database: Database,
  { id, party }: RetiredQuestion,
): Promise<RetiredRecord | undefined> {
  const row = await database
    .selectFrom(isVoucherId(id) ? "vouchers" : "issuances")
    .select(["first", "retired_at", "forgotten", "issuer", "payer", "beneficiary"])
    .where("id", "=", id)
    .where("is_lost", "=", 0)
    .orderBy("began_at", "desc")
    .limit(1)
    .executeTakeFirst();
  if (!row || row.retired_at === 0) return undefined;
  if (party !== undefined && !isOwn(id, row, party)) return { kind: "anothers" };
  const fields = await readRecord(database, id, row.first);
  return fields && { kind: "record", fields, isForgotten: row.forgotten >= 0 };
}

/** Whether it is a party's: a beneficiary sees nothing of the negotiation. */
export function isOwn(
  id: string,
  { issuer, payer, beneficiary }: { issuer: string; payer: string; beneficiary: string },
  party: string,
): boolean {
  return party === issuer || party === payer || (isVoucherId(id) && party === beneficiary);
}

/** @param first digest of its first event: an id may have begun more than once. */
export async function readRecord(
  database: Database,
  id: string,
  first: string,
): Promise<RecordFields | undefined> {
  const rows = await database
    .selectFrom("journal")
    .select("fields")
    .where(HAS_SUBJECT)
    .where("subject", "=", id)
    .where("is_lost", "=", 0)
    .orderBy("position")
    .execute();
  const entries = rows.flatMap(({ fields }) => readJournalEntry(JSON.parse(fields)) ?? []);
  const begun = entries.findLastIndex((entry) => "line" in entry && entry.line.startsWith(`${first}|`));
  const own = begun < 0 ? [] : entries.slice(begun);
  // What began later under the same id is another one.
  const next = own.findIndex((entry, index) => index > 0 && begins(entry));
  const fields = foldRecord(next < 0 ? own : own.slice(0, next));
  return fields && toRecord(fields);
}

function begins(entry: JournalEntry): boolean {
  if (entry.kind === "issuance.event") return entry.offer !== undefined;
  return entry.kind === "voucher.event" && entry.terms !== undefined;
}

function foldRecord([first, ...more]: readonly JournalEntry[]): string[] | undefined {
  if (first?.kind === "issuance.event") {
    const issuance = IssuanceFold.begin(first);
    issuance?.apply(first);
    for (const entry of more) if (issuance) takeOfIssuance(issuance, entry);
    return issuance?.fields();
  }
  if (first?.kind !== "voucher.event") return undefined;
  const voucher = VoucherRecord.begin(first);
  voucher?.apply(first);
  for (const entry of more) if (voucher) takeOfVoucher(voucher, entry);
  return voucher?.fields([]);
}

function takeOfIssuance(issuance: IssuanceFold, entry: JournalEntry): void {
  if (entry.kind === "issuance.event") issuance.apply(entry);
  else if (entry.kind === "issuance.fenced") issuance.takeFence(entry);
  else if (entry.kind === "issuance.resumed" && entry.stored > 0) issuance.resume(entry);
}

function takeOfVoucher(voucher: VoucherRecord, entry: JournalEntry): void {
  if (entry.kind === "voucher.event") voucher.apply(entry);
  else if (entry.kind === "settlement.failed") voucher.failAgain(entry);
  else if (entry.kind === "settlement.redirected") voucher.redirect(entry);
  else if (entry.kind === "voucher.stopped") voucher.stop(entry);
  else if (entry.kind === "voucher.fenced") voucher.takeFence(entry);
  else if (entry.kind === "voucher.resumed" && entry.stored > 0) voucher.resume(entry.at);
}

function toRecord(fields: readonly string[]): RecordFields {
  const record: RecordFields = {};
  for (let index = 0; index + 1 < fields.length; index += 2)
    record[fields[index] as string] = fields[index + 1] as string;
  return record;
}
