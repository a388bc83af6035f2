/** Brings the archive's row of a voucher to what an event of its journal says. */
import {
  foldVoucher,
  hasVoucherEnded,
  issuanceIdOf,
  type VoucherEvent,
  type VoucherSnapshot,
} from "@tallystick/protocol";
import type { VoucherEntry } from "../ledger/journal-entry.ts";
import { readTerms, readVoucherEvent, type VoucherTerms } from "../ledger/voucher-record.ts";
import type { VoucherTable } from "./schema.ts";
import { spacedWords } from "./words.ts";

/** A voucher as far as the archive has it. */
export interface VoucherHead {
  row: VoucherTable;
  snapshot: VoucherSnapshot;
  terms: VoucherTerms;
}

/** What an event did to the payer's account, minor units. */
export interface Moved {
  event: VoucherEvent;
  terms: VoucherTerms;
  /** What is frozen for the voucher now, less what was before. */
  frozen: number;
  /** What left the account, or was used of a line of credit. */
  drawn: number;
}

/** The voucher as a row has it. */
export function readVoucher(row: VoucherTable): VoucherHead {
  return { row, snapshot: JSON.parse(row.snapshot), terms: termsOf(row.id, row.terms) };
}

/**
 * The voucher after the event of a line, and what that moved.
 *
 * @param before undefined for the first event, whose entry has the terms.
 */
export function foldVoucherEntry(
  before: VoucherHead | undefined,
  partition: number,
  { voucherId: id, line, terms: first = "" }: Pick<VoucherEntry, "voucherId" | "line" | "terms">,
): { head: VoucherHead; moved: Moved } {
  const packed = before?.row.terms ?? first;
  const terms = before?.terms ?? termsOf(id, packed);
  const event = readVoucherEvent(terms, (before?.row.version ?? 0) + 1, line);
  const snapshot = foldVoucher(before?.snapshot, event);
  const { version, state, digest } = snapshot;
  const ended = hasVoucherEnded(state) ? before?.row.ended_at || event.at : 0;
  const row: VoucherTable = before
    ? { ...before.row, version, state, digest, ended_at: ended }
    : begin(terms, { id, partition, packed, snapshot });
  const frozenIn = (voucher: VoucherSnapshot | undefined) =>
    voucher ? voucher.pending + voucher.remaining : 0;
  const moved = {
    event,
    terms,
    frozen: frozenIn(snapshot) - frozenIn(before?.snapshot),
    drawn: snapshot.honoured - (before?.snapshot.honoured ?? 0),
  };
  return { head: { row, snapshot, terms }, moved };
}

function begin(
  terms: VoucherTerms,
  {
    id,
    partition,
    packed,
    snapshot,
  }: { id: string; partition: number; packed: string; snapshot: VoucherSnapshot },
): VoucherTable {
  const { issuer, payer, beneficiary, amount, currency, memo } = terms;
  const { state, version, digest } = snapshot;
  return {
    ...{ id, first: digest, partition, issuer, payer, beneficiary, amount, currency },
    ...{ state, version, digest, began_at: terms.issuedAt, ended_at: 0, is_lost: 0, retired_at: 0 },
    forgotten: -1,
    words: spacedWords({ id: issuanceIdOf(id), issuer, payer, beneficiary, amount, memo }),
    snapshot: "",
    terms: packed,
  };
}

function termsOf(id: string, packed: string): VoucherTerms {
  const terms = readTerms(id, packed);
  if (!terms) throw new Error(`the journal's first entry of ${id} has no terms`);
  return terms;
}
