/** Vouchers between terminals of the SDK: `globex` asks, `acme` pays, and `nordlicht` draws. */
import type { BeneficiaryVoucher, IssuerVoucher, Offer, PayerVoucher, Terminal } from "@tallystick/client";
import { ACCOUNT, OFFER, type Scene } from "./sdk-scene.ts";

/** The beneficiary's account. */
export const PAYEE = { number: "DE-1001", holder: "Nordlicht Handel" };
export const NEVER_MS = 600_000;

/** Gives the beneficiary its account. */
export async function addPayee({ hub }: Scene): Promise<void> {
  await hub.putAccount("nordlicht", PAYEE.number, {
    holder: PAYEE.holder,
    kind: "funds",
    currency: "CNY",
    balance: 0,
  });
}

export async function balanceOf({ hub }: Scene, party: string, number: string): Promise<number | undefined> {
  return (await hub.running.accounts.get({ party, number }))?.balance;
}

export interface Sides {
  issuer: IssuerVoucher;
  payer: PayerVoucher;
  beneficiary: BeneficiaryVoucher;
}

/** Negotiates and issues a voucher, without its beneficiary. */
export async function issue(
  issuer: Terminal,
  payer: Terminal,
  offer: Partial<Offer> = {},
): Promise<[IssuerVoucher, PayerVoucher]> {
  const asIssuer = await issuer.requestPayer({
    ...OFFER,
    beneficiary: "nordlicht",
    review: "none",
    ...offer,
  });
  const asPayer = await payer.issuance(asIssuer.id);
  if (asPayer.role !== "payer") throw new Error("the payer has to be another party");
  await asPayer.agree();
  await asIssuer.until("agreed");
  await asIssuer.open();
  await asPayer.until("opened");
  await asPayer.submitAccount(ACCOUNT);
  return [await asIssuer.voucher(), await asPayer.voucher()];
}

/** Issues a voucher and takes it to all three. */
export async function issueToAll(
  { issuer, payer, beneficiary }: { issuer: Terminal; payer: Terminal; beneficiary: Terminal },
  offer: Partial<Offer> = {},
): Promise<Sides> {
  const handed = new Map<string, BeneficiaryVoucher>();
  let look = () => {};
  const stop = beneficiary.onVoucher((voucher) => {
    handed.set(voucher.id, voucher);
    look();
  });
  const [asIssuer, asPayer] = await issue(issuer, payer, offer);
  return new Promise((resolve) => {
    // Others may wait for it as well.
    look = () => {
      const asBeneficiary = handed.get(asIssuer.id);
      if (!asBeneficiary) return;
      stop();
      resolve({ issuer: asIssuer, payer: asPayer, beneficiary: asBeneficiary });
    };
    look();
  });
}

/** A voucher as it reaches its beneficiary. */
export function nextVoucher(beneficiary: Terminal): Promise<BeneficiaryVoucher> {
  return new Promise((resolve) => {
    const stop = beneficiary.onVoucher((voucher) => {
      stop();
      resolve(voucher);
    });
  });
}
