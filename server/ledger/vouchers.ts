/** Reads vouchers, which the scripts write together with their freezes. */
import type { Voucher } from "@tallystick/protocol";
import { issuanceIdOf } from "@tallystick/protocol";
import type { LedgerContext } from "./context.ts";
import { voucherKey } from "./keys.ts";

export class Vouchers {
  readonly #context: LedgerContext;

  constructor(context: LedgerContext) {
    this.#context = context;
  }

  /** A voucher by its id; undefined when there is none. */
  async read(voucherId: string): Promise<Voucher | undefined> {
    const issuanceId = issuanceIdOf(voucherId);
    const fields = await this.#context.store.hgetall(voucherKey(issuanceId));
    if (fields.status !== "issued") return undefined;
    return {
      voucherId,
      issuanceId,
      status: fields.status,
      issuer: fields.issuer ?? "",
      payer: fields.payer ?? "",
      amount: Number(fields.amount),
      currency: fields.currency ?? "",
      ...(fields.memo !== undefined && { memo: fields.memo }),
      account: { kind: fields.kind as Voucher["account"]["kind"], last4: fields.last4 ?? "" },
      issuedAt: Number(fields.issuedAt),
    };
  }
}
