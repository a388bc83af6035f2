/** Sign-in: a party of the sample book on one's own machine, a token elsewhere. */
import { useSignal } from "@preact/signals";
import { isTallystickError } from "@tallystick/client";
import { useId } from "preact/hooks";
import { isSigningIn, signIn, signInError } from "../model/current.ts";
import { isLocal, localParties } from "../model/sign-in.ts";
import { languageOf, words } from "../words/languages.ts";
import { Refusal } from "./refusal.tsx";

export function SignInPage() {
  const w = words.value.signIn;
  const isByToken = useSignal(!isLocal);
  const error = signInError.value;
  return (
    <main class="sign-in">
      <h1 tabIndex={-1}>{w.title}</h1>
      {error !== undefined && <Refusal says={sentencesAbout(error)} />}
      {isByToken.value ? <TokenForm /> : <Parties />}
      {isLocal && (
        <button
          class="button quiet"
          type="button"
          onClick={() => {
            isByToken.value = !isByToken.value;
          }}
        >
          {isByToken.value ? w.withParty : w.withToken}
        </button>
      )}
      <p class="doing" role="status">
        {isSigningIn.value && w.connecting}
      </p>
    </main>
  );
}

function sentencesAbout(error: unknown) {
  const code = isTallystickError(error) ? error.code : "disconnected";
  const message = error instanceof Error ? error.message : String(error);
  const nothing = { account: undefined, attemptsLeft: undefined, remaining: undefined, state: undefined };
  return words.value.refusals(code, { ...nothing, currency: "", message });
}

function TokenForm() {
  const w = words.value.signIn;
  const token = useSignal("");
  const id = useId();
  const submit = (event: Event) => {
    event.preventDefault();
    if (token.value.trim() !== "") void signIn({ token: token.value.trim() });
  };
  return (
    <form onSubmit={submit}>
      <div class="field">
        <label for={id}>{w.token}</label>
        <input
          id={id}
          type="password"
          autocomplete="off"
          value={token}
          aria-describedby={`${id}-why`}
          onInput={(event) => {
            token.value = event.currentTarget.value;
          }}
        />
        <p class="then" id={`${id}-why`}>
          {w.tokenWhy}
        </p>
      </div>
      <button class="button first" type="submit" disabled={isSigningIn.value}>
        {w.go}
      </button>
    </form>
  );
}

function Parties() {
  const w = words.value.signIn;
  const search = useSignal("");
  const wanted = search.value.trim().toLowerCase();
  const all = localParties.value;
  const found = all?.filter(({ party, name }) => `${party} ${name}`.toLowerCase().includes(wanted)) ?? [];
  if (all?.length === 0) return <p>{w.none}</p>;
  return (
    <section aria-label={w.choose}>
      <h2>{w.choose}</h2>
      <p class="then">{w.chooseWhy}</p>
      <div class="field">
        <input
          type="search"
          aria-label={w.find}
          placeholder={w.find}
          value={search}
          onInput={(event) => {
            search.value = event.currentTarget.value;
          }}
        />
      </div>
      <ul class="parties">
        {found.map(({ party, name }) => (
          <li key={party}>
            <button type="button" disabled={isSigningIn.value} onClick={() => void signIn({ party })}>
              <span lang={languageOf(name)}>{name}</span>
              <span class="id muted">{party}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
