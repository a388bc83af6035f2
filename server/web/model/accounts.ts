/** The party's own accounts, read over HTTP, so that it can choose one with what is available in it. */
import { signal } from "@preact/signals";
import type { Account } from "@tallystick/protocol";
import { read } from "./http.ts";

/** Undefined until they are known; empty where there are none, or the hub does not say. */
export const accounts = signal<readonly Account[] | undefined>(undefined);

/** True when they could not be read the last time. */
export const areAccountsAway = signal(false);

/** How many are read; a party that has more types the number. */
const MOST = 1000;

/** Reads them anew. What was read before stays when that fails. */
export async function readAccounts(party: string, token: string): Promise<void> {
  try {
    const response = await read(`v1/parties/${party}/accounts?limit=${MOST}`, token);
    accounts.value = ((await response.json()) as { accounts: Account[] }).accounts;
    areAccountsAway.value = false;
  } catch {
    accounts.value ??= [];
    areAccountsAway.value = true;
  }
}

/** What is left of it to freeze, minor units. */
export function availableIn(account: Account): number {
  return account.kind === "funds"
    ? (account.balance ?? 0) - account.frozen
    : (account.limit ?? 0) - (account.used ?? 0) - account.frozen;
}

/** Why an account can't pay an amount in a currency; undefined when it can. */
export function obstacleIn(
  account: Account,
  { amount, currency }: { amount: number; currency: string },
): { why: "blocked" | "currency" } | { why: "short"; by: number } | undefined {
  if (account.status === "blocked") return { why: "blocked" };
  if (account.currency !== currency) return { why: "currency" };
  const short = amount - availableIn(account);
  return short > 0 ? { why: "short", by: short } : undefined;
}
