/** Plays what becomes of a voucher, at the terminals that have issued it. */
import type { Account, IssuerIssuance, PayerIssuance, Voucher } from "@tallystick/client";
import type { Life } from "./lives.ts";
import type { Witnessed } from "./messages.ts";
import { type Negotiating, Side } from "./side.ts";
import { witness } from "./witness.ts";

/** @returns the voucher as both sides knew it when all that was honoured was paid. */
export async function playLife(
  life: Life,
  shared: Negotiating,
  { issuer, payer, payee }: { issuer: IssuerIssuance; payer: PayerIssuance; payee: Account },
): Promise<Witnessed> {
  const { signal, timeoutMs } = shared;
  const patience = { signal, timeoutMs };
  const [asIssuer, asPayer] = await Promise.all([issuer.voucher(patience), payer.voucher(patience)]);
  const sides = [
    new Side(asIssuer.asBeneficiary(), { shared, cutLine: nothing }),
    new Side(asPayer, { shared, cutLine: nothing }),
  ] as const;
  await Promise.all([life.beneficiary(sides[0], payee), life.payer?.(sides[1])]);
  await Promise.all(sides.map(({ subject }) => paid(subject, life, patience)));
  const [last, other] = [asIssuer.snapshot, asPayer.snapshot];
  const problem = sides[0].disorder(last) ?? sides[1].disorder(other);
  return {
    ...witness(last.issuanceId, { asIssuer: last, asPayer: other, problem }),
    voucherId: last.voucherId,
  };
}

/** Until a side knows that it has ended, and that each drawing is paid. */
async function paid(voucher: Voucher, { end }: Life, patience: { signal: AbortSignal; timeoutMs: number }) {
  await voucher.until(end, patience);
  await Promise.all(voucher.drawings.map((drawing) => drawing.settled(patience)));
}

function nothing(): void {}
