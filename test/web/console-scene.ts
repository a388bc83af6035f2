/** What waits for an operator's decision, brought about over the wire. */
import type { TestHub } from "../helpers/hub.ts";
import { connectTerminal } from "../helpers/raw-terminal.ts";

/** An issuance of which a terminal shows more than the store has. */
export async function fenceIssuance(hub: TestHub): Promise<string> {
  const issuer = await connectTerminal(hub, "blue-kiln");
  const offer = { payer: "acme", amount: 45_000_00, currency: "CNY" };
  const { issuanceId } = (await issuer.accepted("payer:request", offer)).issuance;
  await issuer.sync(issuanceId, 9);
  issuer.close();
  return issuanceId;
}

export interface FailedSettlement {
  voucherId: string;
  /** An account that can be paid into. */
  party: string;
  number: string;
}

/** A drawing whose payee's account was turned into a line of credit just before it was to be paid. */
export async function failSettlement(hub: TestHub): Promise<FailedSettlement> {
  const party = "pearl-paid";
  const account = { holder: "Pearl", currency: "CNY" } as const;
  for (const number of ["P-1", "P-2"])
    await hub.putAccount(party, number, { ...account, kind: "funds", balance: 0 });
  const [issuer, payer] = [await connectTerminal(hub, party), await connectTerminal(hub, "acme")];
  const { issuanceId } = (
    await issuer.accepted("payer:request", {
      payer: "acme",
      amount: 500,
      currency: "CNY",
      review: "none",
      approval: { by: "payer", within: 3600 },
    })
  ).issuance;
  await payer.accepted("payer:agree", { issuanceId });
  await issuer.accepted("issuance:open", { issuanceId });
  const from = { number: "6222020200112233", holder: "Acme Ltd" };
  await payer.accepted("account:submit", { issuanceId, account: from });
  const voucherId = `v${issuanceId}`;
  const drawn = (await issuer.send("voucher:draw", {
    commandId: "draw-it",
    voucherId,
    to: { number: "P-1", holder: account.holder },
  })) as { event: { version: number } };
  await hub.putAccount(party, "P-1", { ...account, kind: "credit", limit: 0 });
  const drawingId = String(drawn.event.version);
  await payer.send("drawing:approve", { commandId: "approve-it", voucherId, drawingId });
  issuer.close();
  payer.close();
  return { voucherId, party, number: "P-2" };
}
