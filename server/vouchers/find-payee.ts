/** Looks at the account that a drawing names, which may be in another partition than the voucher. */
import { comparableName } from "@tallystick/protocol";
import type { Ledger } from "../ledger/ledger.ts";
import type { Payee } from "../ledger/voucher-commands.ts";

/** Where drawings are paid outside nobody looks. */
export async function findPayee(
  { accounts, settle }: Pick<Ledger, "accounts" | "settle">,
  to: { party: string; number: string; holder: string },
): Promise<Payee> {
  if (settle === "external") return { code: "", currency: "" };
  const account = await accounts.get(to);
  // No such account, not the beneficiary's, another name: one answer, so that nobody can probe for accounts.
  if (!account || comparableName(account.holder) !== comparableName(to.holder))
    return { code: "account_name_mismatch", currency: "" };
  // A blocked account takes money in.
  if (account.kind === "credit") return { code: "account_not_payable", currency: "" };
  return { code: "", currency: account.currency };
}
