/** The issuer's side of an issuance (claims 5 and 10). */

import type { WaitOptions } from "./abortable.ts";
import { IssuerVoucher } from "./approver-voucher.ts";
import { TallystickError } from "./errors.ts";
import { type CommandResult, Issuance } from "./issuance.ts";
import type { CommandOptions } from "./live-object.ts";
import { PayerIssuance } from "./payer-issuance.ts";
import type { DurabilityLevel, Snapshot, VoucherStub } from "./wire.ts";

/** The snapshot after an issue: it has the voucher, and what the issue survives. */
export type IssuedSnapshot = Snapshot & { voucher: VoucherStub; durability: DurabilityLevel };

/**
 * An issuance as its issuer has it: the issuer opens it and accepts the account.
 *
 * @example
 * await issuance.until("agreed");
 * await issuance.open();
 * await issuance.until("verified");
 * const { voucher, durability } = await issuance.accept();
 */
export class IssuerIssuance extends Issuance {
  readonly role = "issuer";

  /** Sends the issuance request (`issuance:open`); the payer is told, so that it sends its first account. */
  open(options?: CommandOptions): Promise<CommandResult> {
    return this.command("issuance:open", {}, options);
  }

  /**
   * Accepts the verified account (`issuance:accept`): it is verified again, the amount is frozen and the
   * voucher issued, in one step. What is accepted is the account that this terminal knows of: when there is another
   * by then, the answer is `conflict`.
   *
   * @throws TallystickError `account_refused` when the money has gone meanwhile: nothing is frozen, the
   *   issuance is `opened` again, and the payer may send another account. `timeout` leaves the money
   *   `unknown`: repeat with the error's `commandId`.
   */
  accept(options: CommandOptions = {}): Promise<IssuedSnapshot> {
    // An issuance that was accepted has its voucher (design, section 5, guarantee 1).
    const { ifVersion = this.snapshot.version } = options;
    return this.command("issuance:accept", {}, { ...options, ifVersion }) as Promise<IssuedSnapshot>;
  }

  /**
   * The voucher, once it is issued.
   *
   * @throws TallystickError `ended` when the issuance ends without one; `timeout`, `aborted`, `disconnected`.
   * @example const voucher = (await issuance.voucher()).asBeneficiary();
   */
  async voucher(options: WaitOptions = {}): Promise<IssuerVoucher> {
    return new IssuerVoucher(await this.loadVoucher(options));
  }

  /**
   * The payer's side of the same issuance, for an issuer that is its own payer (claims 2 and 7).
   *
   * @throws TallystickError `forbidden` when another party is the payer.
   */
  asPayer(): PayerIssuance {
    const { payer, issuer } = this.snapshot;
    if (payer === issuer) return new PayerIssuance(this.log);
    throw new TallystickError("forbidden", `${payer} is the payer, not ${issuer}.`);
  }
}
