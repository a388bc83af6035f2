/** The inbox: what waits for this party, what waits for others, what lives, and what has ended. */
import { useSignal } from "@preact/signals";
import { formatAmount } from "@tallystick/protocol/money";
import { now } from "../model/clock.ts";
import type { AnyItem, Desk } from "../model/desk.ts";
import type { IssuanceItem } from "../model/issuance-item.ts";
import { place, toInbox, toIssuance, toNew, toVoucher } from "../model/place.ts";
import { nameOf } from "../model/sign-in.ts";
import type { VoucherItem } from "../model/voucher-item.ts";
import { languageOf, words } from "../words/languages.ts";
import { GlassMark, Loading, TurnMark, UncutMark } from "./marks.tsx";
import { Money } from "./values.tsx";

const SOON_MS = 60_000;

export function linkTo(item: AnyItem): string {
  return item.kind === "issuance" ? toIssuance(item.id) : toVoucher(item.id);
}

/** What the person has to do with it, or whom it waits for, in a few words. */
function taskOf(item: AnyItem): string {
  const { tasks, waits, list, states, fence } = words.value;
  if (item.fenced.value && !item.ended.value) return fence.task;
  if (item.kind === "voucher") {
    const { remaining, currency, state } = item.snapshot.value;
    if (item.decision.value) return tasks.decide;
    if (item.turn.value === "mine") return tasks.take;
    return item.ended.value ? states[state] : list.remains(formatAmount(remaining, currency));
  }
  const { state } = item.snapshot.value;
  if (item.ended.value) return states[state];
  if (item.turn.value === "theirs") return waits[state as keyof typeof waits];
  const mine = {
    proposed: "agree",
    agreed: "open",
    opened: "submit",
    verified: "accept",
    changing: "change",
  } as const;
  return tasks[mine[state as keyof typeof mine]];
}

/** What it is searched by. */
function textOf(item: AnyItem): string {
  const { issuer, payer, beneficiary, amount, currency, memo = "" } = item.snapshot.value;
  const parties = [issuer, payer, beneficiary].flatMap((party) => [party, nameOf(party)]);
  const sum = formatAmount(amount, currency);
  return [item.id, ...parties, currency, sum, sum.replaceAll(",", ""), memo].join(" ").toLowerCase();
}

function Row({ item }: { item: AnyItem }) {
  const { amount, currency } = item.snapshot.value;
  const until = item.until.value;
  const left = until === undefined ? undefined : until - now.value;
  const isShown = place.value.view !== "inbox" && "id" in place.value && place.value.id === item.id;
  const name = nameOf(item.other.value);
  const turn = item.turn.value;
  return (
    <li>
      <a
        class={`item ${item.unseen.value.size > 0 ? "just" : ""}`}
        href={linkTo(item)}
        aria-current={isShown ? "page" : undefined}
      >
        <span class="row">
          <span class="who" lang={languageOf(name)}>
            {name}
          </span>
          {left !== undefined && turn !== "nobody" && (
            <span class={`left ${left < SOON_MS ? "soon" : ""}`}>{words.value.left(left)}</span>
          )}
        </span>
        <span class="row">
          {turn === "nobody" || (item.kind === "voucher" && turn === "theirs") ? (
            <span class="rest">{taskOf(item)}</span>
          ) : (
            <TurnMark turn={turn}>{taskOf(item)}</TurnMark>
          )}
          <Money amount={amount} currency={currency} />
        </span>
        {item.kind === "voucher" && !item.ended.value && <Mini item={item} />}
      </a>
    </li>
  );
}

function Mini({ item }: { item: VoucherItem }) {
  const { remaining, pending, amount } = item.snapshot.value;
  return (
    <span class="mini" aria-hidden="true">
      <i style={{ width: `${((remaining + pending) / amount) * 100}%` }} />
    </span>
  );
}

function Section({ title, items }: { title: string; items: readonly AnyItem[] }) {
  if (items.length === 0) return null;
  return (
    <section>
      <h2>
        {title} <span>{items.length}</span>
      </h2>
      <ul>
        {items.map((item) => (
          <Row key={item.id} item={item} />
        ))}
      </ul>
    </section>
  );
}

/** What ends first comes first. */
function bySoonest(items: readonly AnyItem[]): AnyItem[] {
  const at = ({ until }: AnyItem) => until.value ?? Number.POSITIVE_INFINITY;
  return [...items].sort((one, other) => at(one) - at(other));
}

/** An issuance that has become a voucher is in the list as that. */
function isReplaced(item: AnyItem, items: readonly AnyItem[]): boolean {
  const voucher = item.kind === "issuance" && (item as IssuanceItem).snapshot.value.voucher;
  return Boolean(voucher) && items.some(({ id }) => voucher && id === voucher.voucherId);
}

export function Inbox({ desk }: { desk: Desk }) {
  const w = words.value;
  const search = useSignal("");
  const all = desk.items.value.filter((item, _, items) => !item.isHistory.value && !isReplaced(item, items));
  const wanted = search.value.trim().toLowerCase();
  const found = wanted === "" ? all : all.filter((item) => textOf(item).includes(wanted));
  const of = (turn: string) => found.filter((item) => item.turn.value === turn);
  const theirs = of("theirs");
  const isNew = place.value.view === "new";
  return (
    <aside class="inbox" id="inbox" aria-label={w.inbox}>
      <p class="begin">
        <a class="button" href={toNew} aria-current={isNew ? "page" : undefined}>
          {w.list.ask}
        </a>
      </p>
      {all.length > 0 && (
        <label class="find">
          <span class="visually-hidden">{w.list.find}</span>
          <GlassMark />
          <input
            type="search"
            placeholder={w.list.find}
            value={search}
            onInput={(event) => {
              search.value = event.currentTarget.value;
            }}
          />
        </label>
      )}
      {!desk.isLoaded.value && all.length === 0 ? (
        <Loading says={w.loading} />
      ) : found.length === 0 ? (
        <Nothing
          search={search.value}
          clear={() => {
            search.value = "";
          }}
        />
      ) : (
        <>
          <Section title={w.list.mine} items={bySoonest(of("mine"))} />
          <Section
            title={w.list.theirs}
            items={bySoonest(theirs.filter(({ kind }) => kind === "issuance"))}
          />
          <Section title={w.list.live} items={theirs.filter(({ kind }) => kind === "voucher")} />
          <Section title={w.list.ended} items={of("nobody")} />
          {of("nobody").length > 0 && (
            <button class="button quiet" type="button" onClick={() => desk.clearEnded()}>
              {w.list.clear}
            </button>
          )}
        </>
      )}
    </aside>
  );
}

function Nothing({ search, clear }: { search: string; clear: () => void }) {
  const { list } = words.value;
  const isSearch = search.trim() !== "";
  return (
    <div class="empty">
      <UncutMark />
      <h2>{isSearch ? list.noneTitle(search) : list.emptyTitle}</h2>
      <p>{isSearch ? list.none : list.empty}</p>
      {isSearch && (
        <a
          class="button"
          href={toInbox}
          onClick={(event) => {
            event.preventDefault();
            clear();
          }}
        >
          {list.clearSearch}
        </a>
      )}
    </div>
  );
}
