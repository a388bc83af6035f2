/** The flows of the claims, each played between real terminals. */
import { isTallystickError } from "@tallystick/client";
import { type AccountPut, ERRORS } from "@tallystick/protocol";
import { DRAWN_ACCOUNTS, PAYEE_ACCOUNTS } from "./life-scenes.ts";
import { type LifeCast, nameElsewhere } from "./life-stage.ts";
import type { BothSides, Stage } from "./stage.ts";
import type { Voice } from "./transcript.ts";

const AMOUNT = 125_000_00;
const ORDER = { amount: AMOUNT, currency: "CNY", memo: "Order 2024-117" };
const HOLDER = "Acme Ltd";

/** The payer's accounts. The credit line is exactly the amount: equal passes (claim 3). */
const FUNDS = { number: "6222020200112233", holder: HOLDER };
const RESERVE = { number: "6222020200445566", holder: HOLDER };
const CREDIT = { number: "CREDIT-000000042", holder: HOLDER };
const SMALL = { number: "6222020200000815", holder: HOLDER };
const OWN = { number: "6222020200778899", holder: "莲花贸易有限公司" };

const PAYER_ACCOUNTS: Record<string, AccountPut> = {
  [FUNDS.number]: { kind: "funds", holder: HOLDER, currency: "CNY", balance: 300_000_00 },
  [RESERVE.number]: { kind: "funds", holder: HOLDER, currency: "CNY", balance: 400_000_00 },
  [CREDIT.number]: { kind: "credit", holder: HOLDER, currency: "CNY", limit: AMOUNT },
  [SMALL.number]: { kind: "funds", holder: HOLDER, currency: "CNY", balance: 1_000_00 },
};
const ISSUER_ACCOUNTS: Record<string, AccountPut> = {
  [OWN.number]: { kind: "funds", holder: OWN.holder, currency: "CNY", balance: 200_000_00 },
};

/** The parties of the demo: an issuer, which can be its own payer too, a payer, and who is paid. */
type Cast = LifeCast;

export async function enterCast(stage: Stage): Promise<Cast> {
  const lotus = await stage.enter("lotus", ISSUER_ACCOUNTS);
  const acme = await stage.enter("acme", { ...PAYER_ACCOUNTS, ...DRAWN_ACCOUNTS });
  const nord = await stage.enter(nameElsewhere(stage, "nordlicht", acme), PAYEE_ACCOUNTS);
  return { stage, lotus, acme, nord };
}

interface Scene {
  title: string;
  claims: string;
  play(cast: Cast): Promise<void>;
}

export const SCENES: readonly Scene[] = [
  { title: "Agreement, first account, acceptance", claims: "claims 3, 4, 5", play: firstAccount },
  { title: "The issuer asks for another account", claims: "claims 1, 5, 6, 10", play: changeByIssuer },
  { title: "The payer asks for another account", claims: "claims 1, 6, 11", play: changeByPayer },
  { title: "A credit line exactly equal to the amount", claims: "claims 1, 3, 8", play: exactCredit },
  { title: "The name is refused, then the amount", claims: "claims 3, 8", play: refusals },
  { title: "The issuer is its own payer", claims: "claims 2, 7", play: ownPayer },
  { title: "The payer declines", claims: "claim 5", play: decline },
  { title: "The issuer cancels", claims: "", play: cancel },
  { title: "Nobody answers in time", claims: "", play: deadline },
];

async function firstAccount(cast: Cast): Promise<void> {
  const sides = await open(cast);
  await submit(cast, sides, FUNDS);
  await accept(cast, sides);
}

async function changeByIssuer(cast: Cast): Promise<void> {
  const sides = await open(cast);
  await submit(cast, sides, FUNDS);
  await sides.issuer.until("verified");
  cast.stage.transcript.said("issuer", "account:change", "“another account, please”");
  await sides.issuer.changeAccount("another account, please");
  await sides.payer.until("changing");
  await submit(cast, sides, RESERVE);
  await bothReach(sides, "issued");
}

async function changeByPayer(cast: Cast): Promise<void> {
  const sides = await open(cast);
  await submit(cast, sides, FUNDS);
  cast.stage.transcript.said("payer", "account:change", "“we would rather pay from our reserve”");
  await sides.payer.changeAccount("we would rather pay from our reserve");
  await sides.issuer.until("changing");
  await submit(cast, sides, RESERVE);
  await bothReach(sides, "issued");
}

async function exactCredit(cast: Cast): Promise<void> {
  const sides = await open(cast);
  await submit(cast, sides, FUNDS);
  await sides.issuer.until("verified");
  cast.stage.transcript.said("issuer", "account:change", "“please use credit”");
  await sides.issuer.changeAccount("please use credit");
  await sides.payer.until("changing");
  await submit(cast, sides, CREDIT);
  await bothReach(sides, "issued");
}

async function refusals(cast: Cast): Promise<void> {
  const sides = await open(cast);
  await submit(cast, sides, { ...FUNDS, holder: "Acme Limited" }, "account_name_mismatch");
  await submit(cast, sides, SMALL, "insufficient_funds");
  await submit(cast, sides, FUNDS);
  await accept(cast, sides);
}

async function ownPayer({ stage, lotus }: Cast): Promise<void> {
  const sides = await stage.requestOfOneself(lotus, ORDER);
  stage.transcript.said("both", "issuance:open");
  await sides.issuer.open();
  stage.transcript.said("both", "account:submit", accountText(OWN));
  await sides.payer.submitAccount(OWN);
  stage.transcript.said("both", "issuance:accept");
  await sides.issuer.accept();
}

async function decline({ stage, lotus, acme }: Cast): Promise<void> {
  const sides = await stage.request(lotus, acme, ORDER);
  stage.transcript.said("payer", "payer:decline", "“this order is not ours”");
  await sides.payer.decline("this order is not ours");
  await bothReach(sides, "declined");
}

async function cancel(cast: Cast): Promise<void> {
  const sides = await open(cast);
  await submit(cast, sides, RESERVE);
  await sides.issuer.until("verified");
  cast.stage.transcript.said("issuer", "issuance:cancel", "“the order was withdrawn”");
  await sides.issuer.cancel("the order was withdrawn");
  await bothReach(sides, "cancelled");
}

async function deadline({ stage, lotus, acme }: Cast): Promise<void> {
  const sides = await stage.request(lotus, acme, { ...ORDER, respondWithin: 1 });
  await bothReach(sides, "expired");
}

/** The issuer asks, the payer agrees, the issuer opens the issuance. */
async function open({ stage, lotus, acme }: Cast): Promise<BothSides> {
  const sides = await stage.request(lotus, acme, ORDER);
  stage.transcript.said("payer", "payer:agree");
  await sides.payer.agree();
  await sides.issuer.until("agreed");
  stage.transcript.said("issuer", "issuance:open");
  await sides.issuer.open();
  await sides.payer.until("opened");
  return sides;
}

async function accept({ stage }: Cast, sides: BothSides): Promise<void> {
  await sides.issuer.until("verified");
  stage.transcript.said("issuer", "issuance:accept");
  await sides.issuer.accept();
  await bothReach(sides, "issued");
}

interface SentAccount {
  number: string;
  holder: string;
}

/** The payer sends an account; `refusal` is the code that it has to be refused with. */
async function submit(
  { stage: { transcript } }: Cast,
  { payer }: BothSides,
  account: SentAccount,
  refusal?: keyof typeof ERRORS,
): Promise<void> {
  const who: Voice = "payer";
  transcript.said(who, "account:submit", accountText(account));
  const error = await payer.submitAccount(account).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (refusal !== undefined && isTallystickError(error, refusal)) {
    transcript.refused(who, refusal, ERRORS[refusal].meaning);
    return;
  }
  if (error !== undefined) throw error;
  if (refusal !== undefined) throw new Error(`${account.number} passed, and should have met ${refusal}`);
}

function accountText({ number, holder }: SentAccount): string {
  return `${number}, ${holder}`;
}

/** Until both terminals have heard the end. */
async function bothReach(
  { issuer, payer }: BothSides,
  state: "issued" | "declined" | "cancelled" | "expired",
) {
  await Promise.all([issuer.until(state, { timeoutMs: 30_000 }), payer.until(state, { timeoutMs: 30_000 })]);
}
