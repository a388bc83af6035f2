/** Sends each command on vouchers and settlements once, where it is allowed. */
import type { VoucherCommandName, VoucherCommandPayloads } from "@tallystick/protocol";
import type { Accounts } from "../../server/ledger/accounts.ts";
import type { Ledger } from "../../server/ledger/ledger.ts";
import type { Outcome } from "../../server/ledger/outcome.ts";
import type { FoundSettlement } from "../../server/ledger/settlements.ts";
import type { VoucherOutcome } from "../../server/ledger/voucher-outcome.ts";
import type { Store } from "../../server/redis/connect.ts";
import { freshId } from "../helpers/raw-terminal.ts";
import { makeOlderIn } from "../vouchers/time.ts";

const issuer = { party: "tour-issuer" };
const payer = { party: "tour-payer" };
const beneficiary = { party: "tour-beneficiary" };
const HOLDER = { payer: "Payer", beneficiary: "Beneficiary" };
const from = { party: payer.party, number: "FROM" };
const to = { party: beneficiary.party, number: "TO" };
const AMOUNT = 100;

export interface TourOptions {
  ledger: Ledger;
  accounts: Accounts;
  store: Store;
}

type Stop = (name: string, run: () => Promise<unknown>) => Promise<unknown>;

/** Calls `stop` for each command, in an order in which all are accepted. */
export async function tourVouchers({ ledger, accounts, store }: TourOptions, stop: Stop): Promise<void> {
  const funds = { kind: "funds", currency: "CNY" } as const;
  await accounts.put(from, { ...funds, holder: HOLDER.payer, balance: 1_000_000 });
  await accounts.put(to, { ...funds, holder: HOLDER.beneficiary, balance: 0 });
  const { settlements, vouchers, voucherIndex, fences } = ledger;

  const issue = async (hasApprover = false): Promise<string> => {
    const issuanceId = await issueAlone(ledger, hasApprover);
    return `v${issuanceId}`;
  };
  const send = async <C extends VoucherCommandName>(name: C, voucherId: string, more: object = {}) => {
    const payload = { commandId: freshId(), voucherId, ...more } as VoucherCommandPayloads[C];
    const outcome = await stop(name, () => vouchers.execute(name, SENDER[name], payload));
    return versionOf(outcome as VoucherOutcome);
  };
  const draw = (voucherId: string, amount?: number) =>
    send("voucher:draw", voucherId, {
      to: { number: to.number, holder: HOLDER.beneficiary },
      ...(amount !== undefined && { amount }),
    });
  const find = async (id: string) =>
    (await stop("find settlement", () => settlements.find(id))) as FoundSettlement;
  const credit = (found: FoundSettlement) => stop("credit", () => settlements.credit(found));
  const close = (found: FoundSettlement, refused?: string) =>
    stop("close", () => settlements.close(found, refused));

  const life = await issue(true);
  await stop("tell", () => settlements.drop(life));
  const parties = { issuer: issuer.party, beneficiary: beneficiary.party };
  const told = { voucherId: life, issuedAt: 1, ...parties, state: "issued" as const };
  await stop("enter", () => voucherIndex.enter(told));
  await send("voucher:accept", life);
  await send("drawing:refuse", life, { drawingId: await draw(life, 10), reason: "late | again" });
  const honoured = await send("drawing:approve", life, { drawingId: await draw(life, 20) });
  const paid = await find(`${life}.${honoured}`);
  await credit(paid);
  await close(paid);
  await stop("drop", () => settlements.drop(`${life}.${honoured}`));
  await send("voucher:release", life, { amount: 5 });
  await stop("read", () => vouchers.read(life, { party: payer.party, after: 0 }));
  await stop("list", () => voucherIndex.list({ party: payer.party, limit: 10 }));
  await stop("void", () => vouchers.void(life, { reason: "over", reference: "tour" }));
  voucherIndex.noteEnded(life);
  await stop("ended", () => voucherIndex.moveEnded());

  await send("voucher:reject", await issue(), { reason: "mistaken" });
  await send("voucher:withdraw", await issue(), { reason: "mistaken" });

  for (const remedy of ["redirect", "report"] as const) {
    const failing = await issue();
    const id = `${failing}.${await draw(failing)}`;
    await accounts.put(to, { kind: "credit", currency: "CNY", holder: HOLDER.beneficiary, limit: 0 });
    await credit(await find(id));
    await close(await find(id), "account_not_payable");
    await accounts.put(to, { ...funds, holder: HOLDER.beneficiary, balance: 0 });
    if (remedy === "report") {
      await stop("report", () => settlements.report(id, "settled", "wire-1"));
      continue;
    }
    await stop("redirect", () => settlements.redirect(id, to, "tour-redirect"));
    await credit(await find(id));
    await close(await find(id));
  }

  await accounts.put(from, { kind: "credit", currency: "CNY", holder: HOLDER.payer, limit: 1_000_000 });
  const onCredit = await issue();
  await draw(onCredit, 10);
  await stop("show", () => accounts.show(from));
  await stop("repay", () => accounts.repay(from, { amount: 3, reference: "tour" }));

  const silent = await issue(true);
  await draw(silent);
  await makeOlderIn(store, silent, { ms: 3_700_000, drawings: true });
  await stop("silence", () => vouchers.advance(silent));
  const expired = await issue(true);
  const drawingId = await draw(expired);
  await makeOlderIn(store, expired, { beyondExpiry: true });
  // The drawing that waits holds up the expiry, which the hub finds out first.
  await vouchers.advance(expired);
  await send("drawing:refuse", expired, { drawingId, reason: "late" });
  await stop("expiry", () => vouchers.advance(expired));

  const behind = await issue();
  const claim = { party: payer.party, version: 9, digest: "0123456789ab" };
  await stop("check", () => fences.vouchers.compare(behind, claim));
  await stop("stop", () => fences.vouchers.fence(behind, claim));
  await stop("fence", () => fences.vouchers.fence(behind, { ...claim, party: issuer.party }));
  await stop("resume", () => fences.vouchers.resume(behind));
}

const SENDER: { [C in VoucherCommandName]: { party: string } } = {
  "voucher:accept": beneficiary,
  "voucher:reject": beneficiary,
  "voucher:withdraw": issuer,
  "voucher:draw": beneficiary,
  "voucher:release": beneficiary,
  "drawing:approve": payer,
  "drawing:refuse": payer,
};

function versionOf(outcome: VoucherOutcome): string {
  if (outcome.kind === "done") return String(outcome.event.version);
  throw new Error(`it was not done: ${JSON.stringify(outcome)}`);
}

async function issueAlone(ledger: Ledger, hasApprover: boolean): Promise<string> {
  const offer = {
    commandId: freshId(),
    payer: payer.party,
    amount: AMOUNT,
    currency: "CNY",
    review: "none",
    beneficiary: beneficiary.party,
    ...(hasApprover && { approval: { by: "payer" as const, within: 3600 } }),
  } as const;
  const requested: Outcome = await ledger.requestPayer(issuer, offer);
  if (requested.kind !== "done") throw new Error(requested.code);
  const { issuanceId } = requested.snapshot;
  const account = { number: from.number, holder: HOLDER.payer };
  await ledger.execute("payer:agree", payer, { commandId: freshId(), issuanceId });
  await ledger.execute("issuance:open", issuer, { commandId: freshId(), issuanceId });
  const issued = await ledger.execute("account:submit", payer, { commandId: freshId(), issuanceId, account });
  if (issued.kind !== "done") throw new Error(issued.code);
  return issuanceId;
}
