/** The negotiations that a load is made of: what each side does, and how they end. */
import type { EndState, IssuerIssuance, PayerIssuance } from "@tallystick/client";
import { LIVES, type Life } from "./lives.ts";
import type { ScenarioName } from "./mix.ts";
import type { Side } from "./side.ts";

type IssuerSide = Side<IssuerIssuance>;
type PayerSide = Side<PayerIssuance>;

export interface Scenario {
  readonly end: EndState;
  /** Seconds that the payer has to answer, where that matters. */
  readonly respondWithin?: number;
  /** A connection is cut on purpose, so that its times are not the hub's. */
  readonly drops?: true;
  issuer(side: IssuerSide): Promise<unknown>;
  payer(side: PayerSide): Promise<unknown>;
  /** What becomes of the voucher, where that is played too. */
  readonly life?: Life;
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

async function submit(payer: PayerSide, account: keyof PayerSide["accounts"]): Promise<void> {
  await payer.send("account:submit", (issuance) => issuance.submitAccount(payer.accounts[account]));
}

async function openAndAccept(issuer: IssuerSide): Promise<void> {
  await open(issuer);
  await accept(issuer);
}

async function agreeAndSubmit(payer: PayerSide): Promise<void> {
  await agree(payer);
  await submit(payer, "funds");
}

/** A straight negotiation, and the life of its voucher. */
const living = (life: Life): Scenario => ({
  end: "issued",
  issuer: openAndAccept,
  payer: agreeAndSubmit,
  life,
});

const SCENARIOS: { readonly [S in ScenarioName]: Scenario } = {
  /** Agreed, opened, first account verified and accepted. */
  straight: {
    end: "issued",
    issuer: openAndAccept,
    payer: agreeAndSubmit,
  },
  /** The issuer asks for another account, which is frozen at once. */
  "change-by-issuer": {
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
  /** The payer asks to send another account, which is frozen at once. */
  "change-by-payer": {
    end: "issued",
    issuer: open,
    payer: async (payer) => {
      await agree(payer);
      await submit(payer, "funds");
      await payer.send("account:change", (issuance) => issuance.changeAccount("rather from credit"));
      await submit(payer, "credit");
    },
  },
  /** The name is refused, then the amount, then another account passes. */
  refused: {
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
  /** The payer declines. */
  decline: {
    end: "declined",
    issuer: (issuer) => issuer.until("declined"),
    payer: (payer) => payer.send("payer:decline", (issuance) => issuance.decline("not this time")),
  },
  /** The issuer cancels after the account was verified. */
  cancel: {
    end: "cancelled",
    issuer: async (issuer) => {
      await open(issuer);
      await issuer.until("verified");
      await issuer.send("issuance:cancel", (issuance) => issuance.cancel("ordered elsewhere"));
    },
    payer: agreeAndSubmit,
  },
  /** The payer never answers, and the deadline passes. */
  silent: {
    end: "expired",
    respondWithin: 1,
    issuer: (issuer) => issuer.until("expired"),
    payer: (payer) => payer.until("expired"),
  },
  /** The payer's line is cut after its agreement, the issuer's while it accepts; both come back. */
  drop: {
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
  draw: living(LIVES.draw),
  approve: living(LIVES.approve),
  release: living(LIVES.release),
};

export function scenarioOf(name: ScenarioName): Scenario {
  return SCENARIOS[name];
}
