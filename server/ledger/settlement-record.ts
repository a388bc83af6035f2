/** The form of a settlement in its voucher's record, which `lua/lib/settlement.lua` has too. */
import type { SettlementMode, SettlementState } from "@tallystick/protocol";

export interface StoredSettlement {
  state: SettlementState;
  /** It keeps the mode that it began with. */
  mode: SettlementMode;
  /** Grows by one each time that it is sent to another account. */
  attempt: number;
  drawingId: string;
  /** Minor units. */
  amount: number;
  /** Digest of the event that honoured the drawing. */
  digest: string;
  /** Who is to be paid, and into which account. */
  party: string;
  number: string;
  /** Why it failed, or the reference under which it was paid outside; empty before. */
  note: string;
  /** As the beneficiary named it; empty after a redirection. */
  holder: string;
}

/** Reads a settlement; undefined when it is none. */
export function readSettlement(packed: string): StoredSettlement | undefined {
  const [state, mode, attempt, drawingId, amount, digest, party, number, note, ...holder] = packed.split("|");
  if (note === undefined) return undefined;
  return {
    state: state as SettlementState,
    mode: mode as SettlementMode,
    attempt: Number(attempt),
    drawingId: drawingId ?? "",
    amount: Number(amount),
    digest: digest ?? "",
    party: party ?? "",
    number: number ?? "",
    note,
    holder: holder.join("|"),
  };
}
