/** The console as a whole: sign-in, or the view that the address names. */
import { useEffect } from "preact/hooks";
import { place, to, VIEWS, type View } from "../../model/console-place.ts";
import { cutSince, isSigningIn, live, operator, signIn, signInError, signOut } from "../../model/operator.ts";
import { hubUrl } from "../../model/place.ts";
import { isLocal } from "../../model/sign-in.ts";
import { said } from "../../words/console.ts";
import { clock } from "../../words/format.ts";
import { words } from "../../words/languages.ts";
import { CutMark, Mark } from "../marks.tsx";
import { PageTools } from "../page-tools.tsx";
import { AccountPage } from "./account.tsx";
import { Accounts } from "./accounts.tsx";
import { AuditView } from "./audit.tsx";
import { Decisions } from "./decisions.tsx";
import { Find } from "./find.tsx";
import { ImportView } from "./import.tsx";
import { NewAccount } from "./new-account.tsx";
import { NewWebhook } from "./new-webhook.tsx";
import { Overview } from "./overview.tsx";
import { Field, Trouble, valuesOf } from "./parts.tsx";
import { PartyPage } from "./party.tsx";
import { SubjectPage } from "./subject.tsx";
import { Webhooks } from "./webhooks.tsx";

export function ConsoleApp() {
  const isIn = operator.value !== undefined;
  useTitle();
  return (
    <>
      <a
        class="skip"
        href={location.hash || "#/"}
        onClick={(event) => {
          event.preventDefault();
          document.querySelector<HTMLElement>("main h1")?.focus();
        }}
      >
        {said.value.skip}
      </a>
      <Head isIn={isIn} />
      <div role="status" class="lines">
        {cutSince.value !== undefined && (
          <div class="line">
            <CutMark />
            <p>{said.value.cut(clock(cutSince.value))}</p>
          </div>
        )}
      </div>
      {isIn ? (
        <main class="console" key={`${place.value.view}/${place.value.rest.join("/")}`}>
          <Shown />
        </main>
      ) : (
        <SignIn />
      )}
    </>
  );
}

/** What waits comes first, also among the tabs. */
function useTitle(): void {
  const { view } = place.value;
  const waits = waitingCount();
  const title = view === "overview" ? said.value.title : said.value.views[view];
  useEffect(() => {
    document.title = `${waits > 0 ? `${waits} · ` : ""}${title} · Tallystick`;
  }, [waits, title]);
}

/** How much waits for an operator's decision. */
export function waitingCount(): number {
  const waiting = live.value?.waiting;
  return waiting ? waiting.fences + waiting.settlementsFailed : 0;
}

/** A party is looked for among the accounts. */
function isUnder(view: View): boolean {
  const shown = place.value.view;
  return view === (shown === "parties" ? "accounts" : shown);
}

function Head({ isIn }: { isIn: boolean }) {
  const w = said.value;
  const host = live.value?.hubs[0]?.host;
  return (
    <header class="top console-top">
      <a class="brand" href={to("overview")}>
        <Mark />
        <span>Tallystick</span>
      </a>
      {isIn && (
        <nav aria-label={w.pages}>
          {VIEWS.map((view) => (
            <a key={view} href={to(view)} aria-current={isUnder(view) ? "page" : undefined}>
              {w.views[view]}
              {view === "decisions" && waitingCount() > 0 && <b class="waits">{waitingCount()}</b>}
            </a>
          ))}
        </nav>
      )}
      <div class="end">
        {isIn && live.value && (
          <>
            <span class={`hide-m ${cutSince.value === undefined ? "here" : "away"}`}>
              {cutSince.value === undefined ? w.live(clock(live.value.at)) : words.value.offline}
            </span>
            <span class="hide-m muted">{host && w.at(host)}</span>
            <button class="bare" type="button" onClick={() => signOut()}>
              {words.value.signOut}
            </button>
          </>
        )}
        <PageTools />
      </div>
    </header>
  );
}

function Shown() {
  const { view, rest } = place.value;
  const [first, second] = rest;
  switch (view) {
    case "issuances":
    case "vouchers":
      return first === undefined ? <Find kind={view} /> : <SubjectPage id={first} />;
    case "accounts":
      if (first === "new") return <NewAccount />;
      if (first === "file") return <ImportView />;
      return first && second ? <AccountPage party={first} number={second} /> : <Accounts />;
    case "decisions":
      return <Decisions />;
    case "webhooks":
      return first === "new" && second === undefined ? <NewWebhook /> : <Webhooks />;
    case "parties":
      return first === undefined ? <Accounts /> : <PartyPage party={first} />;
    case "audit":
      return <AuditView />;
    default:
      return <Overview />;
  }
}

function SignIn() {
  const w = said.value.signIn;
  const isBusy = isSigningIn.value;
  return (
    <main class="sign-in">
      <h1 tabIndex={-1}>{w.title}</h1>
      <Trouble of="nothing" error={signInError.value} />
      {isLocal && (
        <div class="local">
          <button
            class="button first"
            type="button"
            disabled={isBusy}
            onClick={() => void signIn({ operator: true })}
          >
            {w.local}
          </button>
          <p class="then">{w.localWhy}</p>
        </div>
      )}
      <form
        onSubmit={(event) => {
          const { token = "" } = valuesOf(event);
          if (token !== "") void signIn({ token });
        }}
      >
        <Field label={w.token} name="token" type="password" hint={w.tokenWhy} />
        <button class={`button ${isLocal ? "" : "first"}`} type="submit" disabled={isBusy}>
          {w.go}
        </button>
      </form>
      <p>
        <a href={new URL("terminal/", hubUrl).href}>{words.value.terminal}</a>
      </p>
    </main>
  );
}
