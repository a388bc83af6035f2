/** What a command on a voucher came to, and how the scripts' replies say so. */
import type { ErrorCode, VoucherEvent, VoucherSnapshot } from "@tallystick/protocol";
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

export interface VoucherRefused {
  kind: "refused";
  code: ErrorCode;
  details?: Record<string, unknown>;
}

/** `due`: nothing was done, since time has brought something about that has to be done before. */
export type VoucherOutcome = VoucherDone | VoucherRefused | { kind: "due" };

export function readVoucherOutcome(voucherId: string, reply: readonly string[]): VoucherOutcome {
  const [kind = "", first = "", second = ""] = reply;
  if (kind === "due") return { kind };
  if (kind === "rejected") return voucherRefusal(first as ErrorCode, second);
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

function voucherRefusal(code: ErrorCode, detail: string): VoucherRefused {
  const refused: VoucherRefused = { kind: "refused", code };
  if (code === "wrong_state") refused.details = { state: detail };
  if (code === "rolled_back") refused.details = { version: Number(detail) };
  if (code === "forbidden") refused.details = { role: detail };
  if (code === "exceeds_remaining") refused.details = { remaining: Number(detail) };
  if (code === "conflict") {
    refused.details = detail === "commandId" ? { commandId: "used before" } : { version: Number(detail) };
  }
  return refused;
}
