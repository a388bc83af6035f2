/** Who is signed in now, and the desk that they sit at. */
import { signal } from "@preact/signals";
import { isTallystickError } from "@tallystick/client";
import { accounts } from "./accounts.ts";
import { Desk } from "./desk.ts";
import { type Credentials, isLocal, keepCredentials, keptCredentials, readLocalParties } from "./sign-in.ts";

export const desk = signal<Desk | undefined>(undefined);
export const isSigningIn = signal(false);
/** Why the last sign-in failed, or the session ended. */
export const signInError = signal<unknown>(undefined);

export async function signIn(credentials: Credentials): Promise<void> {
  isSigningIn.value = true;
  signInError.value = undefined;
  try {
    const opened = await Desk.open(credentials);
    keepCredentials(credentials);
    desk.value = opened;
    opened.closed.subscribe((reason) => reason && void signOut(reason));
    await opened.readAccounts();
  } catch (error) {
    // A hub that is away for now says nothing of who may sign in.
    if (isTallystickError(error, "unauthenticated")) keepCredentials(undefined);
    signInError.value = error;
  } finally {
    isSigningIn.value = false;
  }
}

export async function signOut(why?: unknown): Promise<void> {
  const left = desk.value;
  desk.value = undefined;
  accounts.value = undefined;
  keepCredentials(undefined);
  signInError.value = why;
  await left?.close();
}

/** Goes on where the tab was, after it was loaded anew. */
export async function resume(): Promise<void> {
  const kept = keptCredentials();
  if (isLocal)
    await readLocalParties().catch((error: unknown) => {
      signInError.value = error;
    });
  if (kept && (isLocal || "token" in kept)) await signIn(kept);
}

// What is on its way is lost with the page, and nobody would know what became of it.
addEventListener("beforeunload", (event) => {
  if (desk.value?.isBusy.value) event.preventDefault();
});
