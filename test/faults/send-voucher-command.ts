/** Sends one command on a voucher, over one terminal, as the side that the party has of it. */
import {
  type ApproverVoucher,
  type BeneficiaryVoucher,
  type Demand,
  type IssuerVoucher,
  TallystickError,
} from "@tallystick/client";
import type { RecordingTerminal } from "./recording-terminal.ts";

/** A command on a voucher that a party wants to be done. */
export type VoucherCommand =
  | { command: "voucher:accept" | "voucher:reject" | "voucher:withdraw"; voucherId: string }
  | { command: "voucher:release"; voucherId: string; amount: number }
  | { command: "voucher:draw"; voucherId: string; demand: Demand }
  | { command: "drawing:approve" | "drawing:refuse"; voucherId: string; drawingId: string };

interface Options {
  commandId: string;
  timeoutMs: number;
}

/** @returns the version that the command led to, where the SDK tells it. */
export async function sendOnVoucher(
  recording: RecordingTerminal,
  wanted: VoucherCommand,
  options: Options,
): Promise<{ version: number; digest: string } | undefined> {
  const { voucherId } = wanted;
  const voucher = await recording.terminal.voucher(voucherId, { timeoutMs: options.timeoutMs });
  recording.followVoucher(voucher);
  const beneficiary = voucher as BeneficiaryVoucher;
  switch (wanted.command) {
    case "voucher:accept":
      return beneficiary.accept(options);
    case "voucher:reject":
      return beneficiary.reject(undefined, options);
    case "voucher:release":
      return beneficiary.release(wanted.amount, options);
    case "voucher:draw":
      await beneficiary.draw(wanted.demand, options);
      return undefined;
    case "voucher:withdraw":
      return (voucher as IssuerVoucher).withdraw(undefined, options);
    default: {
      const { drawings } = voucher as ApproverVoucher;
      const drawing = drawings.find(({ id }) => id === wanted.drawingId);
      // Another terminal of the party was told of it, and this one has yet to hear.
      if (!drawing) throw new TallystickError("timeout", `${voucherId} has no such drawing yet.`);
      return wanted.command === "drawing:approve"
        ? drawing.approve(options)
        : drawing.refuse("not delivered", options);
    }
  }
}
