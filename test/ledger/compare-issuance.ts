/** Compares what the ledger said of an issuance with what the model expects. */
import { lastDigits } from "@tallystick/protocol";
import * as assert from "uvu/assert";
import type { Outcome } from "../../server/ledger/outcome.ts";
import type { Expected, ModelIssuance } from "./model.ts";

export function check(expected: Expected, outcome: Outcome, issuance: ModelIssuance | undefined): void {
  if (expected.result === "done") {
    if (outcome.kind !== "done")
      throw new Error(`expected ${expected.type}, and it was refused: ${outcome.code}`);
    const { type, by, version, state } = outcome.event;
    assert.equal(
      { type, by, version, state },
      { type: expected.type, by: expected.by, version: issuance?.version, state: issuance?.state },
    );
    assert.equal(viewOf(outcome.snapshot), issuance && viewOfModel(issuance));
    return;
  }
  if (outcome.kind === "done")
    throw new Error(`expected ${expected.result}, and it was done: ${outcome.event.type}`);
  assert.is(outcome.code, expected.result);
  assert.is(outcome.event?.type, "isEvent" in expected && expected.isEvent ? "account.refused" : undefined);
  if (outcome.snapshot) assert.equal(viewOf(outcome.snapshot), issuance && viewOfModel(issuance));
  else if ("detail" in expected && expected.detail !== undefined)
    assert.equal(outcome.details, detailsOf(expected.result, expected.detail));
}

function detailsOf(code: string, detail: string | number): object {
  if (code === "forbidden") return { role: detail };
  if (code === "wrong_state") return { state: detail };
  return detail === "commandId" ? { commandId: "used before" } : { version: detail };
}

export function viewOf(snapshot: NonNullable<Outcome["snapshot"]>) {
  const { issuer, payer, amount, currency, review, state, version, changes, account, voucher } = snapshot;
  return {
    issuer,
    payer,
    amount,
    currency,
    review,
    state,
    version,
    changes,
    account,
    hasVoucher: voucher !== undefined,
  };
}

export function viewOfModel({
  standing,
  asked: _,
  digests: ____,
  isDue: __,
  refusals: ___,
  ...issuance
}: ModelIssuance): ReturnType<typeof viewOf> {
  const account = standing && { kind: standing.kind, last4: lastDigits(standing.number) };
  return { ...issuance, account, hasVoucher: issuance.state === "issued" };
}
