/** An account against its freezes, and its freezes against their vouchers. */
import { voucherIdOf } from "@tallystick/protocol";
import type { AccountName } from "../ledger/accounts.ts";
import { accountKeys, partitionOfIssuance, voucherKey } from "../ledger/keys.ts";
import type { AuditedBook, Finding } from "./findings.ts";

/** How many freezes are compared with their vouchers at once. */
const AT_ONCE = 500;

/** @param seen counts the freezes that were looked at. */
export async function auditAccount(
  { store, ledger }: AuditedBook,
  name: AccountName,
  seen: { freezes: number },
): Promise<Finding[]> {
  const subject = `${name.party}/${name.number}`;
  const partition = ledger.partitionOf(name.party);
  const keys = accountKeys({ partition, ...name });
  const found = await ledger.accounts.sumFreezes(name);
  if (!found) return [{ subject, problem: "there are freezes, but no account" }];
  const { total, frozen, sum, count } = found;
  seen.freezes = count;
  const problems = [
    frozen !== sum && `frozen is ${frozen}, but its ${count} freezes sum up to ${sum}`,
    frozen > total && `frozen is ${frozen}, more than its balance or limit of ${total}`,
    frozen < 0 && `frozen is ${frozen}, below zero`,
  ].filter((problem) => problem !== false);
  return [
    ...problems.map((problem) => ({ subject, problem })),
    ...(await auditFreezes({ store, ledger }, name, keys.freezes)),
  ];
}

async function auditFreezes(book: AuditedBook, name: AccountName, key: string): Promise<Finding[]> {
  const findings: Finding[] = [];
  let cursor = "0";
  do {
    const [next, entries] = await book.store.hscan(key, cursor, "COUNT", AT_ONCE);
    cursor = next;
    const looks: Promise<Finding | undefined>[] = [];
    for (let index = 0; index < entries.length; index += 2) {
      looks.push(
        auditFreeze(book, name, { issuanceId: entries[index] ?? "", amount: entries[index + 1] ?? "" }),
      );
    }
    findings.push(...(await Promise.all(looks)).filter((finding) => finding !== undefined));
  } while (cursor !== "0");
  return findings;
}

async function auditFreeze(
  { store, ledger }: AuditedBook,
  name: AccountName,
  freeze: { issuanceId: string; amount: string },
): Promise<Finding | undefined> {
  const { issuanceId, amount } = freeze;
  const subject = `${name.party}/${name.number}`;
  if (partitionOfIssuance(issuanceId) !== ledger.partitionOf(name.party)) {
    return { subject, problem: `the freeze for ${issuanceId} is in another partition than its issuance` };
  }
  const fields = ["status", "amount", "payer", "account"];
  const [status, of, payer, number] = await store.hmget(voucherKey(issuanceId), ...fields);
  if (status !== "issued")
    return { subject, problem: `${amount} is frozen for ${issuanceId}, which has no voucher` };
  if (of === amount && payer === name.party && number === name.number) return undefined;
  const problem = `${amount} is frozen for ${voucherIdOf(issuanceId)}, but that is of ${of} from ${payer}/${number}`;
  return { subject, problem };
}
