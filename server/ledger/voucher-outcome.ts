/** What a command on a voucher came to, and how the scripts' replies say so. */
import type { ErrorCode, VoucherEvent, VoucherSnapshot } from "@tallystick/protocol";
import { type Refused, readRefusal, readShown, type ShownEvent } from "./refusal.ts";
import { readStoredVoucher } from "./voucher-record.ts";

/** The command did what it asks for. */
export interface VoucherDone {
  kind: "done";
  event: VoucherEvent;
  snapshot: VoucherSnapshot;
  /** It had done so before, and this is the same answer. */
  repeated: boolean;
  /** Nothing has happened to the voucher since. */
  isNewest: boolean;
  /** Time has something to bring about at once, such as the expiry that a drawing held up. */
  isDue: boolean;
}

export interface VoucherRefused extends Refused {
  /** The voucher's newest event; absent where the refusal shows nothing of it. */
  shown?: ShownEvent;
}

/** `due`: nothing was done, since time has brought something about that has to be done before. */
export type VoucherOutcome = VoucherDone | VoucherRefused | { kind: "due" };

export function readVoucherOutcome(voucherId: string, reply: readonly string[]): VoucherOutcome {
  const [kind = "", first = "", second = "", shown = ""] = reply;
  if (kind === "due") return { kind };
  if (kind === "rejected")
    return { ...readRefusal(first as ErrorCode, second), ...(shown !== "" && { shown: readShown(shown) }) };
  const { events, snapshot } = readStoredVoucher(voucherId, reply, 2);
  const event = events.at(-1) as VoucherEvent;
  const repeated = kind === "again";
  return {
    kind: "done",
    event,
    snapshot,
    repeated,
    isNewest: !repeated || first === "newest",
    isDue: first === "due",
  };
}
