/** The terminal as a whole: sign-in, or the desk with what is chosen on it. */
import { useSignal, useSignalEffect } from "@preact/signals";
import { isTallystickError } from "@tallystick/client";
import { formatAmount } from "@tallystick/protocol/money";
import { useEffect } from "preact/hooks";
import { desk as current } from "../model/current.ts";
import type { AnyItem, Desk } from "../model/desk.ts";
import { lastList, place, type View } from "../model/place.ts";
import { nameOf } from "../model/sign-in.ts";
import { words } from "../words/languages.ts";
import { AccountsPage } from "./accounts-page.tsx";
import { HistoryPage } from "./history-page.tsx";
import { Inbox } from "./inbox.tsx";
import { IssuancePage } from "./issuance-page.tsx";
import { UncutMark } from "./marks.tsx";
import { Refusal } from "./refusal.tsx";
import { RequestForm } from "./request-form.tsx";
import { SignInPage } from "./sign-in-page.tsx";
import { StatementPage } from "./statement-page.tsx";
import { LineBar, Top } from "./top.tsx";
import { VoucherPage } from "./voucher-page.tsx";

export function App() {
  const desk = current.value;
  // The list of parties is long, and the desk begins at its top.
  useEffect(() => scrollTo(0, 0), [desk]);
  return (
    <>
      {desk && (
        <a class="skip" href={location.hash} onClick={toAsk}>
          {words.value.skip}
        </a>
      )}
      <Top desk={desk} />
      {desk ? <DeskView desk={desk} /> : <SignInPage />}
    </>
  );
}

/** To the question that is asked of this person; the address stays what it is. */
function toAsk(event: Event): void {
  event.preventDefault();
  const target = document.querySelector<HTMLElement>("#ask") ?? document.querySelector<HTMLElement>("h1");
  target?.focus();
}

function DeskView({ desk }: { desk: Desk }) {
  const w = words.value;
  const shown = place.value;
  const { view } = shown;
  const isItem = view === "issuance" || view === "voucher";
  const isFound = isItem && lastList.value.view === "history";
  useTitleOf(view);
  const waiting = desk.items.value.filter(
    (item) => item.turn.value === "mine" && !("id" in shown && shown.id === item.id),
  ).length;
  return (
    <>
      <LineBar desk={desk} />
      {(isItem || view === "new") && (
        <nav aria-label={w.goBack}>
          <a class={`back ${view} ${isFound ? "found" : ""}`} href={lastList.value.to}>
            <span aria-hidden="true">←</span> {isFound ? w.history.nav : w.back}{" "}
            <span class="muted">{w.moreWait(waiting)}</span>
          </a>
        </nav>
      )}
      <main class={`desk ${view}`}>
        <Inbox desk={desk} />
        {view === "new" && (
          <div class="talk">
            <RequestForm desk={desk} />
          </div>
        )}
        {view === "history" && <HistoryPage desk={desk} search={shown.search} />}
        {view === "accounts" && <AccountsPage desk={desk} />}
        {view === "account" && <StatementPage key={shown.id} desk={desk} number={shown.id} />}
        {view === "inbox" && (
          <div class="talk idle">
            <UncutMark />
            <p class="muted">{w.list.chooseTitle}</p>
          </div>
        )}
        {isItem && <Chosen key={shown.id} desk={desk} id={shown.id} />}
      </main>
    </>
  );
}

/** What the address names; it is asked for where it is not at hand. */
function Chosen({ desk, id }: { desk: Desk; id: string }) {
  const item = desk.items.value.find((one) => one.id === id);
  const error = useSignal<unknown>(undefined);
  useEffect(() => {
    desk.load(id).catch((problem: unknown) => {
      error.value = problem;
    });
    document.querySelector<HTMLElement>("main h1")?.focus({ preventScroll: true });
  }, [desk, id, error]);
  useTitle(item);
  if (item)
    return item.kind === "issuance" ? <IssuancePage item={item} /> : <VoucherPage item={item} desk={desk} />;
  if (error.value === undefined) return <div class="talk" aria-busy="true" />;
  const { lost } = words.value;
  const isMissing = isTallystickError(error.value, "not_found");
  const message = error.value instanceof Error ? error.value.message : "";
  return (
    <div class="talk">
      <Refusal says={[isMissing ? lost.what : message, lost.money, lost.next]} />
    </div>
  );
}

/** What a view is called, where it is not of one issuance or voucher. */
function useTitleOf(view: View["view"]): void {
  const { inbox, request, history, accounts } = words.value;
  const titles: Partial<Record<View["view"], string>> = {
    inbox,
    new: request.title,
    history: history.title,
    accounts: accounts.title,
    account: accounts.statement,
  };
  const title = titles[view];
  useEffect(() => {
    if (title === undefined) return;
    document.title = `${title} · Tallystick`;
    document.querySelector<HTMLElement>("main h1")?.focus({ preventScroll: true });
  }, [title]);
}

/** Whose turn it is comes first, also among the tabs. */
function useTitle(item: AnyItem | undefined): void {
  useSignalEffect(() => {
    if (!item) return;
    const { yourTurn, theirTurn } = words.value;
    const { amount, currency } = item.snapshot.value;
    const turn = item.turn.value === "nobody" ? "" : `${item.turn.value === "mine" ? yourTurn : theirTurn}: `;
    document.title = `${turn}${currency} ${formatAmount(amount, currency)}, ${nameOf(item.other.value)} · Tallystick`;
  });
}
