/** Issuances and vouchers in every stage, so that what is sent meets something: chance alone seldom gets far. */
import type { RawTerminal } from "../helpers/raw-terminal.ts";
import { accepted } from "../vouchers/scene.ts";
import { NUMBERS, PARTIES, type World } from "./world.ts";

const AMOUNT = 1000;

/** Each leads on from the one before it, and is where one issuance stays. */
const STAGES = ["proposed", "agreed", "opened", "verified", "issued", "accepted", "presented"] as const;

/** Brings one to each stage, and lets the world know of them; the roles go round among the parties. */
export async function stock(world: World, terminals: readonly RawTerminal[]): Promise<void> {
  await Promise.all(STAGES.map((_, stage) => reach(world, terminals, stage)));
}

async function reach(world: World, terminals: readonly RawTerminal[], stage: number): Promise<void> {
  const role = (offset: number) => terminals[(stage + offset) % PARTIES.length] as RawTerminal;
  const [issuer, payer, beneficiary] = [role(0), role(1), role(2)];
  const approval = { by: "payer", within: 60 } as const;
  const offer = {
    payer: payer.party,
    beneficiary: beneficiary.party,
    amount: AMOUNT,
    currency: "CNY",
    approval,
  };
  const { issuance } = await issuer.accepted("payer:request", offer);
  const { issuanceId } = issuance;
  const voucherId = `v${issuanceId}`;
  const account = { number: NUMBERS[0], holder: payer.party };
  const to = { number: NUMBERS[0], holder: beneficiary.party };
  const steps = [
    () => payer.accepted("payer:agree", { issuanceId }),
    () => issuer.accepted("issuance:open", { issuanceId }),
    () => payer.accepted("account:submit", { issuanceId, account }),
    () => issuer.accepted("issuance:accept", { issuanceId }),
    () => accepted(beneficiary, "voucher:accept", voucherId, {}),
    () => accepted(beneficiary, "voucher:draw", voucherId, { amount: 10, to }),
  ];
  world.known.learn(issuance);
  for (const step of steps.slice(0, stage)) world.known.learn(await step());
}
