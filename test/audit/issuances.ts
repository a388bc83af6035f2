/** Issuances of one payer's account, for books that are audited. */
import * as assert from "uvu/assert";
import type { TestLedger } from "../ledger/start-ledger.ts";

export const ACCOUNT = { number: "6222020200112233", holder: "Acme Ltd" };

/** Gives the payer its account. */
export async function putAccount(book: TestLedger, balance: number): Promise<void> {
  await book.accounts.put(
    { party: "acme", number: ACCOUNT.number },
    { kind: "funds", holder: ACCOUNT.holder, currency: "CNY", balance },
  );
}

/** Makes an issuance and walks it to a state; answers its id. */
export async function reachIn(
  book: TestLedger,
  commandId: string,
  state: "proposed" | "issued",
): Promise<string> {
  const offer = { payer: "acme", amount: 10_00, currency: "CNY", review: "none" } as const;
  const made = await book.ledger.requestPayer({ party: "shop" }, { commandId, ...offer });
  if (made.kind !== "done") throw new Error(made.code);
  const { issuanceId } = made.snapshot;
  if (state === "proposed") return issuanceId;
  const intent = (step: string) => ({ commandId: `${commandId}-${step}`, issuanceId });
  await book.ledger.execute("payer:agree", { party: "acme" }, intent("agree"));
  await book.ledger.execute("issuance:open", { party: "shop" }, intent("open"));
  const issued = await book.ledger.execute(
    "account:submit",
    { party: "acme" },
    { ...intent("submit"), account: ACCOUNT },
  );
  assert.is(issued.kind, "done");
  return issuanceId;
}
