/** The head of each page, and the bar that says that the line is cut, or is back. */
import { signOut } from "../model/current.ts";
import type { Desk } from "../model/desk.ts";
import { lastList, place, toAccounts, toHistory, toInbox } from "../model/place.ts";
import { nameOf } from "../model/sign-in.ts";
import { clock } from "../words/format.ts";
import { languageOf, words } from "../words/languages.ts";
import { CutMark, Mark } from "./marks.tsx";
import { PageTools } from "./page-tools.tsx";

export function Top({ desk }: { desk: Desk | undefined }) {
  const w = words.value;
  const isCut = desk?.line.state.value.is === "cut";
  const name = desk && nameOf(desk.terminal.party);
  return (
    <header class="top">
      <a class="brand" href={toInbox}>
        <Mark />
        <span>Tallystick</span>
      </a>
      {desk && <Views />}
      <div class="end">
        {desk && name && (
          <>
            <span class={`hide-s ${isCut ? "away" : "here"}`}>{isCut ? w.offline : w.live}</span>
            <span class="me" lang={languageOf(name)}>
              {name}
            </span>
            <button class="bare" type="button" onClick={() => void signOut()}>
              {w.signOut}
            </button>
          </>
        )}
        <PageTools />
      </div>
    </header>
  );
}

function Views() {
  const w = words.value;
  const { view } = place.value;
  // What was opened from the history is a part of it.
  const list = view === "issuance" || view === "voucher" ? lastList.value.view : view;
  const link = (to: string, text: string, isHere: boolean) => (
    <a href={to} aria-current={isHere ? "page" : undefined}>
      {text}
    </a>
  );
  return (
    <nav aria-label={w.pages}>
      {link(toInbox, w.inbox, !["history", "accounts", "account"].includes(list))}
      {link(toHistory(), w.history.nav, list === "history")}
      {link(toAccounts, w.accounts.nav, view === "accounts" || view === "account")}
    </nav>
  );
}

export function LineBar({ desk }: { desk: Desk }) {
  const w = words.value;
  const { line } = desk;
  const state = line.state.value;
  return (
    <div role="status" class="lines">
      {state.is === "cut" && (
        <div class="line">
          <CutMark />
          <p>
            <strong>{w.cut(clock(state.since))}</strong> {w.cutWhat(line.secondsLeft.value)}
          </p>
          <button class="button" type="button" onClick={() => line.tryNow()}>
            {w.tryNow}
          </button>
        </div>
      )}
      {state.is === "back" && (
        <div class="line good">
          <Mark />
          <p>
            <strong>{w.backAt(clock(state.at))}</strong> {w.backWhat(line.missed.value)}
          </p>
          <button class="button quiet" type="button" onClick={() => line.close()}>
            {w.close}
          </button>
        </div>
      )}
    </div>
  );
}
