/** Who is signed in at the console, and what the hub tells it live. */
import { signal } from "@preact/signals";
import { isTallystickError, type LiveSummary, Operator } from "@tallystick/client/operator";
import { LIVE_SLICES } from "./live-constants.ts";
import { hubUrl } from "./place.ts";
import { isLocal } from "./sign-in.ts";

type Credentials = { token: string } | { operator: true };
type Slice = LiveSummary["slices"][number];

export const operator = signal<Operator | undefined>(undefined);
export const isSigningIn = signal(false);
export const signInError = signal<unknown>(undefined);
/** What was told last. */
export const live = signal<LiveSummary | undefined>(undefined);
/** The last quarter of an hour, the oldest first. */
export const slices = signal<readonly Slice[]>([]);
/** Since when the line is cut; undefined while it is there. */
export const cutSince = signal<number | undefined>(undefined);

// A tab is one person's, and a closed one is signed out.
const KEPT = "tallystick.console";
let listening = new AbortController();

async function localToken(): Promise<string> {
  const response = await fetch(new URL("v1/local/tokens", hubUrl), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ operator: true }),
  });
  if (!response.ok) throw new Error(`the hub answers ${response.status}`);
  return ((await response.json()) as { token: string }).token;
}

/** One token is good for all that is asked within an hour. */
function keptToken(): () => Promise<string> {
  let [token, madeAt] = [undefined as Promise<string> | undefined, 0];
  return () => {
    if (Date.now() - madeAt > 3_600_000) [token, madeAt] = [localToken(), Date.now()];
    token?.catch(() => {
      madeAt = 0;
    });
    return token as Promise<string>;
  };
}

export async function signIn(credentials: Credentials): Promise<void> {
  isSigningIn.value = true;
  signInError.value = undefined;
  const token = "token" in credentials ? credentials.token : keptToken();
  const made = new Operator(hubUrl.href, { token, timeoutMs: 20_000, numbers: "masked" });
  const line = new AbortController();
  try {
    const told = made.live({ signal: line.signal, onLost: lost });
    const first = await told.next();
    if (first.done) return;
    sessionStorage.setItem(KEPT, JSON.stringify(credentials));
    listening = line;
    take(first.value);
    operator.value = made;
    void listen(told);
  } catch (error) {
    if (isTallystickError(error, "unauthenticated")) sessionStorage.removeItem(KEPT);
    signInError.value = error;
  } finally {
    isSigningIn.value = false;
  }
}

async function listen(told: AsyncGenerator<LiveSummary, void>): Promise<void> {
  try {
    for await (const summary of told) take(summary);
  } catch (error) {
    signOut(error);
  }
}

function take(summary: LiveSummary): void {
  cutSince.value = undefined;
  slices.value = summary.isWhole ? summary.slices : [...slices.value, ...summary.slices].slice(-LIVE_SLICES);
  live.value = summary;
}

function lost(): void {
  cutSince.value ??= Date.now();
}

export function signOut(why?: unknown): void {
  listening.abort();
  sessionStorage.removeItem(KEPT);
  operator.value = undefined;
  live.value = undefined;
  slices.value = [];
  cutSince.value = undefined;
  signInError.value = why;
}

/** Goes on where the tab was, after it was loaded anew. */
export async function resume(): Promise<void> {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null") as Credentials | null;
  if (kept && (isLocal || "token" in kept)) await signIn(kept);
}
