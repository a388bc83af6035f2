/** Makes what a load needs before it begins: parties of its own with their accounts, and tokens for them. */
import type { AccountPut } from "@tallystick/protocol";
import type { SessionSetup } from "./messages.ts";

/** Signs a token that the hub trusts. */
export type Sign = (claims: { party: string; operator?: boolean; ttlSeconds: number }) => Promise<string>;

/** More than many runs can freeze and draw, and little enough for thousands of sessions in one partition. */
const PLENTY = 10_000_000_000_000;
const AT_ONCE = 20;
const HOLDER = "Load Test";
const LAST_LONGER_SECONDS = 3600;

const ACCOUNTS: Record<"funds" | "credit" | "empty" | "payee", { number: string; body: AccountPut }> = {
  funds: { number: "LOAD-1001", body: { holder: HOLDER, kind: "funds", currency: "CNY", balance: PLENTY } },
  credit: { number: "LOAD-2002", body: { holder: HOLDER, kind: "credit", currency: "CNY", limit: PLENTY } },
  empty: { number: "LOAD-3003", body: { holder: HOLDER, kind: "funds", currency: "CNY", balance: 0 } },
  /** The issuer's: what it draws is paid into it. */
  payee: { number: "LOAD-4004", body: { holder: HOLDER, kind: "funds", currency: "CNY", balance: 0 } },
};

/** Parties named `load-…`, so that no other account is ever touched. */
export async function prepareSessions(options: {
  url: string;
  sessions: number;
  /** How long the run lasts, milliseconds. */
  lengthMs: number;
  sign: Sign;
  signal: AbortSignal | undefined;
}): Promise<SessionSetup[]> {
  const { url, sessions, lengthMs, sign, signal } = options;
  const ttlSeconds = Math.ceil(lengthMs / 1000) + LAST_LONGER_SECONDS;
  const operator = await sign({ party: "load-operator", operator: true, ttlSeconds });
  const setups: SessionSetup[] = [];
  let next = 0;
  const work = async () => {
    for (let index = next++; index < sessions && !signal?.aborted; index = next++) {
      setups[index] = await prepareSession({ url, index, operator, ttlSeconds, sign });
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, sessions) }, work));
  return setups;
}

interface Preparing {
  url: string;
  index: number;
  operator: string;
  ttlSeconds: number;
  sign: Sign;
}

async function prepareSession({ url, index, operator, ttlSeconds, sign }: Preparing): Promise<SessionSetup> {
  const issuer = `load-issuer-${index}`;
  const payer = `load-payer-${index}`;
  for (const [name, { number, body }] of Object.entries(ACCOUNTS)) {
    const party = name === "payee" ? issuer : payer;
    await putAccount(`${url}/v1/parties/${party}/accounts/${number}`, operator, body);
  }
  const account = (name: keyof typeof ACCOUNTS) => ({ number: ACCOUNTS[name].number, holder: HOLDER });
  return {
    issuer: { party: issuer, token: await sign({ party: issuer, ttlSeconds }) },
    payer: { party: payer, token: await sign({ party: payer, ttlSeconds }) },
    accounts: { funds: account("funds"), credit: account("credit"), empty: account("empty") },
    payee: account("payee"),
  };
}

async function putAccount(address: string, operator: string, body: AccountPut): Promise<void> {
  const response = await fetch(address, {
    method: "PUT",
    headers: { authorization: `Bearer ${operator}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (response.ok) return;
  if (response.status === 401) throw new Error(`the hub does not trust this token. ${SAME_SETTINGS}`);
  throw new Error(`PUT ${new URL(address).pathname} was answered ${response.status}: ${text}`);
}

const SAME_SETTINGS =
  "Run the load in the hub's own folder and with the same JWT_SECRET and DATA_DIR, so that it can sign tokens that the hub trusts.";
