/** What becomes of a load's vouchers. The issuer is its own beneficiary, so that two terminals are enough. */
import type { Account, Approval, BeneficiaryVoucher, PayerVoucher, VoucherState } from "@tallystick/client";
import type { Side } from "./side.ts";

type BeneficiarySide = Side<BeneficiaryVoucher>;
type PayerSide = Side<PayerVoucher>;

/** A life, after the issue. */
export interface Life {
  readonly end: VoucherState;
  readonly approval?: Approval;
  /** @param payee the account that is drawn into. */
  beneficiary(side: BeneficiarySide, payee: Account): Promise<unknown>;
  payer?(side: PayerSide): Promise<unknown>;
}

/** Draws, and waits for the money. */
async function draw(side: BeneficiarySide, demand: { amount?: number; final?: boolean; to: Account }) {
  const drawing = await side.send("voucher:draw", (voucher) => voucher.draw(demand));
  await drawing.honoured(side.patience);
  await side.time("honoured_to_paid", () => drawing.settled(side.patience));
}

/** Half of it; all, when it can't be halved. */
function half({ subject }: BeneficiarySide): number {
  return Math.ceil(subject.snapshot.amount / 2);
}

export const LIVES: { readonly [name in "draw" | "approve" | "release"]: Life } = {
  /** Half of it is drawn, then the rest. */
  draw: {
    end: "honoured",
    beneficiary: async (side, to) => {
      const amount = half(side);
      await draw(side, { amount, to });
      if (amount < side.subject.snapshot.amount) await draw(side, { to });
    },
  },
  /** Half of it is drawn as the last, and waits for the payer's word. */
  approve: {
    end: "honoured",
    approval: { by: "payer", within: 3600 },
    beneficiary: (side, to) => draw(side, { amount: half(side), final: true, to }),
    payer: async (side) => {
      await side.until("accepted");
      for (const drawing of side.subject.drawings)
        if (drawing.state === "presented") await side.send("drawing:approve", () => drawing.approve());
    },
  },
  /** Half of it is drawn, and the rest given up. */
  release: {
    end: "released",
    beneficiary: async (side, to) => {
      const amount = half(side);
      if (amount < side.subject.snapshot.amount) await draw(side, { amount, to });
      await side.send("voucher:release", (voucher) => voucher.release());
    },
  },
};
