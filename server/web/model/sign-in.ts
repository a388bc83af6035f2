/** Who is signed in: a token of the person's own, or on their own machine a party of the sample book. */
import { signal } from "@preact/signals";
import { hubUrl } from "./place.ts";

/** A party that may be chosen, with its name. */
export interface LocalParty {
  party: string;
  name: string;
}

export type Credentials = { token: string } | { party: string };

/** True where a party may be chosen: the hub says so in the page. */
export const isLocal = document.documentElement.dataset.signIn === "local";

export const localParties = signal<readonly LocalParty[] | undefined>(undefined);

// A tab is one person's: another tab can be another party, and a closed one is signed out.
const KEPT = "tallystick.sign-in";

export function keptCredentials(): Credentials | undefined {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT) ?? "null") ?? undefined;
  } catch {
    return undefined;
  }
}

export function keepCredentials(credentials: Credentials | undefined): void {
  if (credentials) sessionStorage.setItem(KEPT, JSON.stringify(credentials));
  else sessionStorage.removeItem(KEPT);
}

/** @throws Error when the hub does not answer. */
export async function readLocalParties(): Promise<void> {
  const response = await fetch(new URL("v1/local/parties", hubUrl));
  if (!response.ok) throw new Error(`the hub answers ${response.status}`);
  localParties.value = ((await response.json()) as { parties: LocalParty[] }).parties;
}

/** A fresh token; it is asked for again with each connection. */
export async function tokenFor(credentials: Credentials): Promise<string> {
  if ("token" in credentials) return credentials.token;
  const response = await fetch(new URL("v1/local/tokens", hubUrl), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ party: credentials.party }),
  });
  if (!response.ok) throw new Error(`the hub answers ${response.status}`);
  return ((await response.json()) as { token: string }).token;
}

/** What a party is called: its name where one is known, its id otherwise. */
export function nameOf(party: string): string {
  return localParties.value?.find((one) => one.party === party)?.name ?? party;
}
