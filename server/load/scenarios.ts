/** The negotiations that a load is made of: what each side does, and how they end. */
import type { EndState, IssuerIssuance, PayerIssuance } from "@tallystick/client";
import type { Side } from "./side.ts";

type IssuerSide = Side<IssuerIssuance>;
type PayerSide = Side<PayerIssuance>;

export interface Scenario {
  /** Part of the default mix, per cent. */
  readonly share: number;
  /** What happens, for people. */
  readonly story: string;
  readonly end: EndState;
  /** Seconds that the payer has to answer, where that matters. */
  readonly respondWithin?: number;
  /** A line is cut on purpose, so that its times say nothing of the hub's. */
  readonly drops?: true;
  issuer(side: IssuerSide): Promise<unknown>;
  payer(side: PayerSide): Promise<unknown>;
}

/** Opens once the payer has agreed. */
async function open(issuer: IssuerSide): Promise<void> {
  await issuer.until("agreed");
  await issuer.send("issuance:open", (issuance) => issuance.open());
}

async function accept(issuer: IssuerSide): Promise<void> {
  await issuer.until("verified");
  await issuer.send("issuance:accept", (issuance) => issuance.accept());
}

/** Agrees, and waits for the issuance request. */
async function agree(payer: PayerSide): Promise<void> {
  await payer.send("payer:agree", (issuance) => issuance.agree());
  await payer.until("opened");
}

function submit(payer: PayerSide, account: keyof PayerSide["accounts"]): Promise<void> {
  return payer.send("account:submit", (issuance) => issuance.submitAccount(payer.accounts[account]));
}

async function openAndAccept(issuer: IssuerSide): Promise<void> {
  await open(issuer);
  await accept(issuer);
}

export const SCENARIOS = {
  straight: {
    share: 60,
    story: "agreed, opened, first account verified and accepted",
    end: "issued",
    issuer: openAndAccept,
    payer: async (payer) => {
      await agree(payer);
      await submit(payer, "funds");
    },
  },
  "change-by-issuer": {
    share: 8,
    story: "the issuer asks for another account, which is frozen at once",
    end: "issued",
    issuer: async (issuer) => {
      await open(issuer);
      await issuer.until("verified");
      await issuer.send("account:change", (issuance) => issuance.changeAccount("please use credit"));
    },
    payer: async (payer) => {
      await agree(payer);
      await submit(payer, "funds");
      await payer.until("changing");
      await submit(payer, "credit");
    },
  },
  "change-by-payer": {
    share: 8,
    story: "the payer asks to send another account, which is frozen at once",
    end: "issued",
    issuer: open,
    payer: async (payer) => {
      await agree(payer);
      await submit(payer, "funds");
      await payer.send("account:change", (issuance) => issuance.changeAccount("rather from credit"));
      await submit(payer, "credit");
    },
  },
  refused: {
    share: 8,
    story: "the name is refused, then the amount, then another account passes",
    end: "issued",
    issuer: openAndAccept,
    payer: async (payer) => {
      const { funds, empty } = payer.accounts;
      const misnamed = { ...funds, holder: "Somebody Else" };
      await agree(payer);
      await payer.sendInVain("account:submit", "account_name_mismatch", (issuance) =>
        issuance.submitAccount(misnamed),
      );
      await payer.sendInVain("account:submit", "insufficient_funds", (issuance) =>
        issuance.submitAccount(empty),
      );
      await submit(payer, "funds");
    },
  },
  decline: {
    share: 5,
    story: "the payer declines",
    end: "declined",
    issuer: (issuer) => issuer.until("declined"),
    payer: (payer) => payer.send("payer:decline", (issuance) => issuance.decline("not this time")),
  },
  cancel: {
    share: 5,
    story: "the issuer cancels after the account was verified",
    end: "cancelled",
    issuer: async (issuer) => {
      await open(issuer);
      await issuer.until("verified");
      await issuer.send("issuance:cancel", (issuance) => issuance.cancel("ordered elsewhere"));
    },
    payer: async (payer) => {
      await agree(payer);
      await submit(payer, "funds");
    },
  },
  silent: {
    share: 1,
    story: "the payer never answers, and the deadline passes",
    end: "expired",
    respondWithin: 1,
    issuer: (issuer) => issuer.until("expired"),
    payer: (payer) => payer.until("expired"),
  },
  drop: {
    share: 5,
    story: "the payer's line is cut after its agreement, the issuer's while it accepts; both come back",
    end: "issued",
    drops: true,
    issuer: async (issuer) => {
      await open(issuer);
      await issuer.until("verified");
      const accepted = issuer.send("issuance:accept", (issuance) => {
        const answer = issuance.accept();
        issuer.cutLine();
        return answer;
      });
      await accepted;
    },
    payer: async (payer) => {
      await payer.send("payer:agree", (issuance) => issuance.agree());
      payer.cutLine();
      await payer.until("opened");
      await submit(payer, "funds");
    },
  },
} as const satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof SCENARIOS;
export const SCENARIO_NAMES = Object.keys(SCENARIOS) as ScenarioName[];

export function isScenario(name: string): name is ScenarioName {
  return Object.hasOwn(SCENARIOS, name);
}

/** A scenario with its literal types widened. */
export function scenarioOf(name: ScenarioName): Scenario {
  return SCENARIOS[name];
}
