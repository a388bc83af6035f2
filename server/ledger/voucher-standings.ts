/** How many vouchers stand at once, as far as a list or the walk through the indexes needs it. */
import type { VoucherState } from "@tallystick/protocol";
import { issuanceIdOf } from "@tallystick/protocol";
import type { LedgerContext } from "./context.ts";
import { voucherKey } from "./keys.ts";
import { type Found, readSpread } from "./read-spread.ts";

export interface VoucherStanding {
  voucherId: string;
  version: number;
  state: VoucherState;
  digest: string;
  issuer: string;
  payer: string;
  beneficiary: string;
  issuedAt: number;
}

/** Reads vouchers, in the order of their ids. */
export function readVoucherStandings(
  context: LedgerContext,
  ids: readonly string[],
): Promise<Found<VoucherStanding>[]> {
  return readSpread(context, ids, {
    script: "read-vouchers",
    length: 7,
    keyOf: (id) => voucherKey(issuanceIdOf(id)),
    read: standingOf,
  });
}

function standingOf(voucherId: string, values: readonly string[]): VoucherStanding | undefined {
  const [version, state, digest = "", issuer = "", payer = "", beneficiary = "", issuedAt] = values;
  if (state === "") return undefined;
  return {
    voucherId,
    version: Number(version),
    state: state as VoucherState,
    digest,
    issuer,
    payer,
    beneficiary,
    issuedAt: Number(issuedAt),
  };
}
