/** A hub, its accounts, and terminals of the SDK that are closed with it. */
import {
  type ConnectOptions,
  connect,
  type IssuerIssuance,
  type PayerIssuance,
  type Terminal,
} from "@tallystick/client";
import { startHub, type TestHub, type TestHubOptions } from "./hub.ts";

/** The account of `acme`: 100,000,000.00 yuan. */
export const ACCOUNT = { number: "6222020200112233", holder: "Acme Ltd" };
export const OFFER = { payer: "acme", amount: 125_000_00, currency: "CNY" } as const;

export interface Scene {
  readonly hub: TestHub;
  /** Connects a terminal; an error that no caller waits for is kept in `errors`. */
  terminal(party: string, options?: Partial<ConnectOptions> & { url?: string }): Promise<Terminal>;
  readonly errors: unknown[];
  /** Closes the terminals, so that the next test's are alone. */
  leave(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a hub in whose book `acme` has an account. Whoever starts it closes it. */
export async function startScene(options: TestHubOptions = {}): Promise<Scene> {
  const hub = await startHub(options);
  await hub.putAccount("acme", ACCOUNT.number, {
    holder: ACCOUNT.holder,
    kind: "funds",
    currency: "CNY",
    balance: 100_000_000_00,
  });
  const terminals: Terminal[] = [];
  const errors: unknown[] = [];
  const leave = async () => {
    await Promise.all(terminals.splice(0).map((terminal) => terminal.close()));
  };
  return {
    hub,
    errors,
    terminal: async (party, { url = hub.url, ...given } = {}) => {
      const token = await hub.token(party);
      const terminal = await connect(url, {
        token,
        onError: (error) => errors.push(error),
        ...PACE,
        ...given,
      });
      terminals.push(terminal);
      return terminal;
    },
    leave,
    close: async () => {
      await leave();
      await hub.close();
    },
  };
}

/** Tests do not wait for a terminal to come back at its leisure. */
const PACE: Partial<ConnectOptions> = { socket: { reconnectionDelay: 10, reconnectionDelayMax: 50 } };

/** An invitation as it reaches a payer. */
export function nextInvitation(payer: Terminal): Promise<PayerIssuance> {
  return new Promise((resolve) => {
    const stop = payer.onRequest((issuance) => {
      stop();
      resolve(issuance);
    });
  });
}

/** Makes an offer and takes it to the payer, who has not answered yet. */
export async function propose(issuer: Terminal, payer: Terminal): Promise<[IssuerIssuance, PayerIssuance]> {
  const invitations: PayerIssuance[] = [];
  let look = () => {};
  const stop = payer.onRequest((invitation) => {
    invitations.push(invitation);
    look();
  });
  const issuance = await issuer.requestPayer({ ...OFFER });
  // Those of earlier tests that nobody answered are handed out as well.
  const invited = await new Promise<PayerIssuance>((resolve) => {
    look = () => {
      const own = invitations.find(({ id }) => id === issuance.id);
      if (own) resolve(own);
    };
    look();
  });
  stop();
  return [issuance, invited];
}

/** Takes an issuance to `opened`. */
export async function open(issuer: Terminal, payer: Terminal): Promise<[IssuerIssuance, PayerIssuance]> {
  const [asIssuer, asPayer] = await propose(issuer, payer);
  await asPayer.agree();
  await asIssuer.until("agreed");
  await asIssuer.open();
  await asPayer.until("opened");
  return [asIssuer, asPayer];
}

/** What a promise is rejected with; it has to be. */
export async function rejection<E = unknown>(promise: Promise<unknown>): Promise<E> {
  return promise.then(
    (value) => {
      throw new Error(`it resolved: ${JSON.stringify(value)}`);
    },
    (error: E) => error,
  );
}
