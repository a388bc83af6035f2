/** A voucher against its freeze and its issuance. */
import { voucherIdOf } from "@tallystick/protocol";
import { accountKeys, partitionOfIssuance, voucherKey } from "../ledger/keys.ts";
import { loadRecord } from "../ledger/record.ts";
import type { AuditedBook, Finding } from "./findings.ts";

export async function auditVoucher({ store }: AuditedBook, issuanceId: string): Promise<Finding[]> {
  const subject = voucherIdOf(issuanceId);
  const voucher = await store.hgetall(voucherKey(issuanceId));
  if (voucher.status !== "issued")
    return [{ subject, problem: `its status is ${voucher.status ?? "missing"}, not issued` }];
  const { payer = "", account = "", amount } = voucher;
  const keys = accountKeys({ partition: partitionOfIssuance(issuanceId), party: payer, number: account });
  const frozen = await store.hget(keys.freezes, issuanceId);
  const { state, amount: of, payer: by } = (await loadRecord(store, issuanceId)) ?? {};
  const problems = [
    frozen === null && `nothing is frozen for it in ${payer}/${account}`,
    frozen !== null &&
      frozen !== amount &&
      `${frozen} is frozen for it in ${payer}/${account}, but it is of ${amount}`,
    state !== "issued" && `its issuance is ${state ?? "missing"}, not issued`,
    state === "issued" &&
      (String(of) !== amount || by !== payer) &&
      `it is of ${amount} from ${payer}, its issuance of ${of} from ${by}`,
  ].filter((problem) => typeof problem === "string");
  return problems.map((problem) => ({ subject, problem }));
}
