/** Brings the archive's row of an issuance to what an event of its journal says. */
import { fold, hasEnded, type Snapshot } from "@tallystick/protocol";
import type { IssuanceEntry } from "../ledger/journal-entry.ts";
import { unpack } from "../ledger/packing.ts";
import { type IssuanceRecord, readEvent, readRecord } from "../ledger/record.ts";
import type { IssuanceTable } from "./schema.ts";
import { spacedWords } from "./words.ts";

/** An issuance as far as the archive has it: its row, and the snapshot that the row keeps as JSON. */
export interface IssuanceHead {
  row: IssuanceTable;
  snapshot: Snapshot;
}

/** The issuance as a row has it. */
export function readIssuance(row: IssuanceTable): IssuanceHead {
  return { row, snapshot: JSON.parse(row.snapshot) };
}

/**
 * The issuance after the event of a line.
 *
 * @param before undefined for the first event, whose entry has the offer.
 */
export function foldIssuance(
  before: IssuanceHead | undefined,
  partition: number,
  { issuanceId: id, line, offer = "" }: Pick<IssuanceEntry, "issuanceId" | "line" | "offer">,
): IssuanceHead {
  const event = readEvent(offerOf(id, offer), (before?.row.version ?? 0) + 1, line);
  const snapshot = fold(before?.snapshot, event);
  const { version, state, digest } = snapshot;
  const ended = hasEnded(state) ? event.at : 0;
  if (before) {
    const row = { ...before.row, version, state, digest, ended_at: ended };
    return { row, snapshot };
  }
  const { issuer, payer, beneficiary, amount, currency, memo } = snapshot;
  const row: IssuanceTable = {
    ...{ id, first: digest, partition, issuer, payer, beneficiary, amount, currency },
    ...{ state, version, digest, began_at: event.at, ended_at: ended, is_lost: 0, retired_at: 0 },
    forgotten: -1,
    words: spacedWords({ id, issuer, payer, beneficiary, amount, memo }),
    snapshot: "",
  };
  return { row, snapshot };
}

/** What the reading of an event needs of the record: the offer, which the first event's entry has. */
export function offerOf(issuanceId: string, offer: string): IssuanceRecord {
  return readRecord(issuanceId, unpack(offer), 0);
}
