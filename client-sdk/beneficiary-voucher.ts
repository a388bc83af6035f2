/** The beneficiary's side of a voucher. */
import { Drawing, type VoucherResult } from "./drawing.ts";
import type { CommandOptions } from "./live-object.ts";
import { Voucher } from "./voucher.ts";
import type { DrawingSnapshot, VoucherCommandPayloads } from "./wire.ts";

/** What to draw: `amount` in minor units, all that remains unless given, into an account of the beneficiary's own. */
export type Demand = Pick<VoucherCommandPayloads["voucher:draw"], "amount" | "to" | "final">;

/**
 * A voucher as its beneficiary has it: the beneficiary draws on it.
 *
 * @example
 * await voucher.accept();
 * const drawing = await voucher.draw({ amount: 40_000_00, to: { number: "DE-1001", holder: "Nordlicht Handel" } });
 * await drawing.settled();
 */
export class BeneficiaryVoucher extends Voucher {
  readonly role = "beneficiary";

  override get drawings(): Drawing[] {
    return this.snapshot.drawings.map((drawing) => new Drawing(this.log, drawing));
  }

  /** Takes the voucher (`voucher:accept`): its issuer can no longer withdraw it. */
  accept(options?: CommandOptions): Promise<VoucherResult> {
    return this.command("voucher:accept", {}, options);
  }

  /** Does not take it (`voucher:reject`), which ends it. */
  reject(reason?: string, options?: CommandOptions): Promise<VoucherResult> {
    return this.command("voucher:reject", { reason }, options);
  }

  /**
   * Draws on it (`voucher:draw`). Without an approver the drawing is honoured at once; otherwise it waits for the
   * approver's word, and silence honours it.
   *
   * @throws TallystickError `exceeds_remaining`; `account_name_mismatch`, `account_not_payable`, `currency_mismatch`
   *   for the account; `too_many_drawings`; `wrong_state` once it has expired. Nothing is drawn then. `timeout` leaves
   *   the money `unknown`: repeat with the error's `commandId`.
   */
  async draw(demand: Demand, options?: CommandOptions): Promise<Drawing> {
    const { event, snapshot, durability } = await this.send("voucher:draw", demand, options);
    const { drawingId } = event as { drawingId?: string };
    const drawing = snapshot.drawings.find((one) => one.drawingId === drawingId);
    return new Drawing(this.log, drawing as DrawingSnapshot, durability);
  }

  /**
   * Gives up a part, or all that remains (`voucher:release`): it is unfrozen. All is what this terminal knows to
   * remain: when that has changed by then, as by a drawing that was refused, the answer is `conflict`.
   */
  release(amount?: number, options: CommandOptions = {}): Promise<VoucherResult> {
    const { ifVersion = amount === undefined ? this.snapshot.version : undefined } = options;
    return this.command("voucher:release", { amount }, { ...options, ifVersion });
  }
}
