/** Events to be told, made in a store without a terminal: a request, and its cancellation. */
import * as assert from "uvu/assert";
import { freshId } from "../helpers/raw-terminal.ts";
import type { TestLedger } from "../ledger/start-ledger.ts";

const issuer = { party: "lotus" };

/** So many issuances of two events each. Answers their ids. */
export async function doBusiness({ ledger }: TestLedger, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index++) {
    const offer = { commandId: freshId(), payer: `p-${index}`, amount: 1, currency: "CNY" } as const;
    const outcome = await ledger.requestPayer(issuer, { ...offer, review: "none" });
    assert.ok(outcome.kind === "done");
    const { issuanceId } = outcome.snapshot;
    await ledger.execute("issuance:cancel", issuer, { commandId: freshId(), issuanceId });
    ids.push(issuanceId);
  }
  return ids;
}
