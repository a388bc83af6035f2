/** The sides of a voucher that can be its approver: the issuer's and the payer's. */
import { BeneficiaryVoucher } from "./beneficiary-voucher.ts";
import { ApproverDrawing, type VoucherResult } from "./drawing.ts";
import { TallystickError } from "./errors.ts";
import type { CommandOptions } from "./live-object.ts";
import { Voucher } from "./voucher.ts";

/** What issuer and payer can do with a voucher. */
export abstract class ApproverVoucher extends Voucher {
  override get drawings(): ApproverDrawing[] {
    return this.snapshot.drawings.map(
      (drawing) =>
        new ApproverDrawing(this.log, drawing, (name, content, options) =>
          this.command(name, content, options),
        ),
    );
  }

  /**
   * The beneficiary's side of the same voucher, for a party that it is made out to.
   *
   * @throws TallystickError `forbidden` when another party is the beneficiary.
   */
  asBeneficiary(): BeneficiaryVoucher {
    const { beneficiary, [this.role as "payer"]: party } = this.snapshot;
    if (beneficiary === party) return new BeneficiaryVoucher(this.log);
    throw new TallystickError("forbidden", `${beneficiary} is the beneficiary, not ${party}.`);
  }
}

/** A voucher as its payer has it. */
export class PayerVoucher extends ApproverVoucher {
  readonly role = "payer";
}

/** A voucher as its issuer has it. */
export class IssuerVoucher extends ApproverVoucher {
  readonly role = "issuer";

  /**
   * Takes it back before its beneficiary has done anything (`voucher:withdraw`), which ends it.
   *
   * @throws TallystickError `forbidden` when the issuer is the beneficiary; `wrong_state`.
   */
  withdraw(reason?: string, options?: CommandOptions): Promise<VoucherResult> {
    return this.command("voucher:withdraw", { reason }, options);
  }
}
