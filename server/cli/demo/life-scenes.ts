/** What becomes of vouchers, each played between the terminals of issuer, payer and beneficiary. */
import { type Drawing, isTallystickError } from "@tallystick/client";
import { type Account, type AccountPut, ERRORS, type Settlement } from "@tallystick/protocol";
import { settlementIdOf } from "../../ledger/settlements.ts";
import { money } from "../event-details.ts";
import { issue, type Life, type LifeCast } from "./life-stage.ts";
import { pathOf } from "./stage.ts";

const AMOUNT = 100_000_00;
const CURRENCY = "CNY";
const ORDER = { amount: AMOUNT, currency: CURRENCY, memo: "Order 2024-118" };
const HOLDER = "Acme Ltd";
const PAYEE_HOLDER = "Nordlicht Handel";

/** The payer's accounts for drawings, and the beneficiary's. */
const CURRENT = { number: "6222020200990011", holder: HOLDER };
const LINE = { number: "CREDIT-000000043", holder: HOLDER };
const PAYEE = { number: "DE-1001", holder: PAYEE_HOLDER };
const BLOCKED = { number: "DE-1002", holder: PAYEE_HOLDER };
const CLOSING = { number: "DE-1003", holder: PAYEE_HOLDER };

export const DRAWN_ACCOUNTS: Record<string, AccountPut> = {
  [CURRENT.number]: { kind: "funds", holder: HOLDER, currency: CURRENCY, balance: 2_000_000_00 },
  [LINE.number]: { kind: "credit", holder: HOLDER, currency: CURRENCY, limit: AMOUNT },
};
export const PAYEE_ACCOUNTS: Record<string, AccountPut> = {
  [PAYEE.number]: { kind: "funds", holder: PAYEE_HOLDER, currency: CURRENCY, balance: 0 },
  [BLOCKED.number]: {
    kind: "funds",
    holder: PAYEE_HOLDER,
    currency: CURRENCY,
    balance: 0,
    status: "blocked",
  },
  [CLOSING.number]: { kind: "funds", holder: PAYEE_HOLDER, currency: CURRENCY, balance: 0 },
};

interface LifeScene {
  title: string;
  play(cast: LifeCast): Promise<void>;
}

export const LIFE_SCENES: readonly LifeScene[] = [
  { title: "Drawn in parts, and paid in another partition", play: parts },
  { title: "The payer refuses a drawing, and approves the next", play: approval },
  { title: "Nobody answers a drawing: silence honours", play: silence },
  { title: "The beneficiary gives up what it does not need", play: release },
  { title: "The beneficiary rejects the voucher", play: reject },
  { title: "The issuer withdraws the voucher", play: withdraw },
  { title: "It expires while a drawing waits", play: expiry },
  { title: "A blocked account takes money in", play: blockedPayee },
  { title: "A drawing can't be paid, and the operator redirects it", play: redirect },
  { title: "A credit line is used, and repaid", play: repaid },
];

async function parts(cast: LifeCast): Promise<void> {
  const life = await issue(cast, CURRENT, ORDER);
  said(cast, "beneficiary", "voucher:accept");
  await life.beneficiary.accept();
  await draw(cast, life, { amount: 40_000_00 });
  await life.allHear("drawing.settled");
  await draw(cast, life, {});
  await life.allHear("drawing.settled");
}

async function approval(cast: LifeCast): Promise<void> {
  const life = await issue(cast, CURRENT, { ...ORDER, approval: { by: "payer", within: 3600 } });
  const refused = await draw(cast, life, { amount: 70_000_00 });
  said(cast, "payer", "drawing:refuse", `drawing ${refused.id} “the goods are late”`);
  await waiting(life, refused).refuse("the goods are late");
  await life.allHear("drawing.refused");
  // What remains after a final drawing is unfrozen.
  const approved = await draw(cast, life, { amount: 60_000_00, final: true });
  await approve(cast, life, approved);
  await life.allHear("drawing.settled");
}

async function silence(cast: LifeCast): Promise<void> {
  const life = await issue(cast, CURRENT, { ...ORDER, approval: { by: "issuer", within: 1 } });
  await draw(cast, life, {});
  await life.allHear("drawing.settled");
}

async function release(cast: LifeCast): Promise<void> {
  const life = await issue(cast, CURRENT, ORDER);
  await draw(cast, life, { amount: 25_000_00 });
  await life.allHear("drawing.settled");
  said(cast, "beneficiary", "voucher:release", "all that remains");
  await life.beneficiary.release();
  await life.allHear("voucher.released");
}

async function reject(cast: LifeCast): Promise<void> {
  const life = await issue(cast, CURRENT, ORDER);
  said(cast, "beneficiary", "voucher:reject", "“not our order”");
  await life.beneficiary.reject("not our order");
  await life.allHear("voucher.rejected");
}

async function withdraw(cast: LifeCast): Promise<void> {
  const life = await issue(cast, CURRENT, ORDER);
  said(cast, "issuer", "voucher:withdraw", "“issued by mistake”");
  await life.issuer.withdraw("issued by mistake");
  await life.allHear("voucher.withdrawn");
}

async function expiry(cast: LifeCast): Promise<void> {
  const terms = { approval: { by: "payer", within: 3600 }, validFor: 2 } as const;
  const life = await issue(cast, CURRENT, { ...ORDER, ...terms });
  const drawing = await draw(cast, life, { amount: 30_000_00 });
  await life.allHear("voucher.expiring");
  await new Promise((resolve) =>
    setTimeout(resolve, Math.max(0, life.issuer.snapshot.expiresAt - Date.now()) + 50),
  );
  // It takes no more drawings, and ends when none waits.
  await draw(cast, life, { amount: 1_00 }, "wrong_state");
  await approve(cast, life, drawing);
  await life.allHear("voucher.expired");
  await life.allHear("drawing.settled");
}

async function blockedPayee(cast: LifeCast): Promise<void> {
  const life = await issue(cast, CURRENT, ORDER);
  await draw(cast, life, { to: BLOCKED });
  await life.allHear("drawing.settled");
}

async function redirect(cast: LifeCast): Promise<void> {
  const { stage, nord } = cast;
  const life = await issue(cast, CURRENT, { ...ORDER, approval: { by: "payer", within: 3600 } });
  const drawing = await draw(cast, life, { to: CLOSING });
  // The account can't be paid into any more by the time that it should be.
  said(cast, "operator", "PUT account", `${CLOSING.number} is a line of credit now`);
  const credit = { kind: "credit", holder: PAYEE_HOLDER, currency: CURRENCY, limit: 0 };
  await stage.asOperator("PUT", pathOf({ party: nord.party, number: CLOSING.number }), credit);
  await approve(cast, life, drawing);
  const honoured = await life.allHear("drawing.honoured");
  await life.allHear("drawing.settlement_failed");
  const id = settlementIdOf(honoured.voucherId, honoured.version);
  const to = { party: nord.party, number: PAYEE.number };
  said(cast, "operator", "POST settlement", `${id}: redirect to ${PAYEE.number}`);
  await stage.asOperator<Settlement>("POST", `/v1/settlements/${id}`, { redirect: to });
  await life.allHear("drawing.settled");
}

async function repaid(cast: LifeCast): Promise<void> {
  const { stage, acme } = cast;
  const life = await issue(cast, LINE, ORDER);
  await draw(cast, life, {});
  await life.allHear("drawing.settled");
  const line = pathOf({ party: acme.party, number: LINE.number });
  const { used = 0 } = await stage.asOperator<Account>("GET", line);
  said(cast, "operator", "POST repay", `${LINE.number}, of ${money(used, CURRENCY)} that are used`);
  const body = { amount: REPAID, reference: `repay-${acme.party}` };
  const after = await stage.asOperator<Account>("POST", `${line}/repay`, body);
  if (used !== AMOUNT || after.used !== AMOUNT - REPAID)
    throw new Error(`${LINE.number} has ${after.used} used, and should have ${AMOUNT - REPAID}`);
}

/** What is paid back from outside the book; minor units. */
export const REPAID = 75_000_00;

/** The beneficiary draws; `refusal` is the code that it has to be refused with. */
async function draw(
  cast: LifeCast,
  life: Life,
  demand: { amount?: number; final?: boolean; to?: { number: string; holder: string } },
  refusal?: keyof typeof ERRORS,
): Promise<Drawing> {
  const { to = PAYEE, amount, final } = demand;
  const sum = amount === undefined ? "all that remains" : money(amount, CURRENCY);
  said(cast, "beneficiary", "voucher:draw", `${sum}${final ? ", the last," : ""} into ${to.number}`);
  const drawn = await life.beneficiary.draw({ ...demand, to }).catch((error: unknown) => {
    if (refusal === undefined || !isTallystickError(error, refusal)) throw error;
    cast.stage.transcript.refused("beneficiary", refusal, ERRORS[refusal].meaning);
    return undefined;
  });
  if (drawn && refusal !== undefined) throw new Error(`it was drawn, and should have met ${refusal}`);
  if (drawn?.state === "presented") await life.allHear("drawing.presented");
  return drawn as Drawing;
}

async function approve(cast: LifeCast, life: Life, drawing: Drawing): Promise<void> {
  said(cast, "payer", "drawing:approve", `drawing ${drawing.id}`);
  await waiting(life, drawing).approve();
}

/** A drawing as the payer has it. */
function waiting({ payer }: Life, { id }: Drawing) {
  const found = payer.drawings.find((drawing) => drawing.id === id);
  if (!found) throw new Error(`the payer has not heard of drawing ${id}`);
  return found;
}

function said(
  { stage }: LifeCast,
  who: Parameters<typeof stage.transcript.said>[0],
  what: string,
  details?: string,
) {
  stage.transcript.said(who, what, details);
}
