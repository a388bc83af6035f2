/** The payer's side of an issuance (claims 1 and 11). */

import type { WaitOptions } from "./abortable.ts";
import { PayerVoucher } from "./approver-voucher.ts";
import { type CommandResult, Issuance } from "./issuance.ts";
import type { CommandOptions } from "./live-object.ts";
import type { CommandPayloads } from "./wire.ts";

/** The account to pay from. */
export type Account = CommandPayloads["account:submit"]["account"];

/**
 * An issuance as its payer has it: the payer agrees, and sends the account to pay from.
 *
 * @example
 * await issuance.agree();
 * await issuance.until("opened");
 * await issuance.submitAccount({ number: "6222020200112233", holder: "Acme Ltd" });
 */
export class PayerIssuance extends Issuance {
  readonly role = "payer";

  /** Agrees to stand behind the voucher (`payer:agree`). */
  agree(options?: CommandOptions): Promise<CommandResult> {
    return this.command("payer:agree", {}, options);
  }

  /** Declines, which ends the issuance (`payer:decline`). */
  decline(reason?: string, options?: CommandOptions): Promise<CommandResult> {
    return this.command("payer:decline", { reason }, options);
  }

  /**
   * Sends an account to pay from (`account:submit`): the first one, or another after an agreed change. It is
   * verified at once; the snapshot is `verified` when the issuer has yet to accept it, and `issued` when it
   * was frozen and the voucher issued in the same step; then it has the issue's `durability`.
   *
   * @throws TallystickError when the account is refused, with the reason, which only the payer learns:
   *   `account_name_mismatch`, `account_blocked`, `currency_mismatch`, `insufficient_funds`,
   *   `insufficient_credit`. Nothing is frozen then, and another may be sent, unless `error.state` is
   *   `failed`. `timeout` leaves the money `unknown`: repeat with the error's `commandId`.
   */
  submitAccount(account: Account, options?: CommandOptions): Promise<CommandResult> {
    return this.command("account:submit", { account }, options);
  }

  /**
   * The voucher, once it is issued.
   *
   * @throws TallystickError `ended` when the issuance ends without one; `timeout`, `aborted`, `disconnected`.
   */
  async voucher(options: WaitOptions = {}): Promise<PayerVoucher> {
    return new PayerVoucher(await this.loadVoucher(options));
  }

  /** Keeps the account that was verified before the change was agreed (`account:keep`). */
  keepAccount(options?: CommandOptions): Promise<CommandResult> {
    return this.command("account:keep", {}, options);
  }
}
