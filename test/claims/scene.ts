/** What the claims' tests share: a hub, its account book, and terminals of the three parties. */
import { connect, type IssuerIssuance, type PayerIssuance, type Terminal } from "@tallystick/client";
import type { Account, IssuanceEvent, Snapshot } from "@tallystick/protocol";
import { startHub, type TestHub } from "../helpers/hub.ts";

/** The payer's accounts. Amounts are minor units. */
export const FUNDS = { number: "6222020200112233", holder: "Acme Ltd" };
export const CREDIT = { number: "CREDIT-000000042", holder: "Acme Ltd" };
export const AMOUNT = 125_000_00;

export interface Scene {
  readonly hub: TestHub;
  /** A new terminal of a party, closed with the scene. */
  terminal(party: string): Promise<Terminal>;
  /** One of acme's accounts as the book has it. */
  account(number: string): Promise<Account>;
  close(): Promise<void>;
}

/** A hub on whose book acme has 200,000.00 of funds and a credit line of 150,000.00, in CNY. */
export async function setScene(): Promise<Scene> {
  const hub = await startHub();
  await hub.putAccount("acme", FUNDS.number, {
    kind: "funds",
    holder: FUNDS.holder,
    currency: "CNY",
    balance: 200_000_00,
  });
  await hub.putAccount("acme", CREDIT.number, {
    kind: "credit",
    holder: CREDIT.holder,
    currency: "CNY",
    limit: 150_000_00,
  });
  const terminals: Terminal[] = [];
  return {
    hub,
    terminal: async (party) => {
      const terminal = await connect(hub.url, { token: await hub.token(party) });
      terminals.push(terminal);
      return terminal;
    },
    account: async (number) => {
      const account = await hub.running.accounts.get({ party: "acme", number });
      if (!account) throw new Error(`acme has no account ${number}`);
      return account;
    },
    close: async () => {
      for (const terminal of terminals) terminal.close();
      await hub.close();
    },
  };
}

/** Both sides of an issuance that the payer has agreed to and the issuer has opened. */
export async function openIssuance(
  scene: Scene,
  offer: { amount?: number; review?: "first" | "every" | "none" } = {},
): Promise<{ issuer: IssuerIssuance; payer: PayerIssuance }> {
  const [shop, acme] = [await scene.terminal("shop"), await scene.terminal("acme")];
  const invited = new Promise<PayerIssuance>((resolve) => acme.onRequest(resolve));
  const issuer = await shop.requestPayer({ payer: "acme", amount: AMOUNT, currency: "CNY", ...offer });
  const payer = await invited;
  await payer.agree();
  await issuer.until("agreed");
  await issuer.open();
  await payer.until("opened");
  return { issuer, payer };
}

/** The first event of a type that an issuance meets from now on. */
export function nextEvent(
  issuance: IssuerIssuance | PayerIssuance,
  type: IssuanceEvent["type"],
): Promise<{ event: IssuanceEvent; snapshot: Snapshot }> {
  return new Promise((resolve) => {
    const stop = issuance.on((event, snapshot) => {
      if (event.type !== type) return;
      stop();
      resolve({ event, snapshot });
    });
  });
}

/** The code of the error that something is refused with. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "ok";
  } catch (error) {
    return String((error as { code?: string }).code ?? error);
  }
}
