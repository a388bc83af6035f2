/** The account book: accounts with what is used, frozen and available as bars. */
import type { BookAccount, Operator } from "@tallystick/client/operator";
import { isTallystickError } from "@tallystick/client/operator";
import { PARTY_PATTERN } from "@tallystick/protocol/ids";
import { look, place, to, toAccount, toParty } from "../../model/console-place.ts";
import { useListed } from "../../model/loading.ts";
import { said } from "../../words/console.ts";
import { words } from "../../words/languages.ts";
import { Text } from "../values.tsx";
import { Column, More, Trouble, valuesOf } from "./parts.tsx";

/** In the archive; where that is away, of one party in the store. */
async function* find(hub: Operator, q: string): AsyncGenerator<BookAccount, void> {
  try {
    yield* hub.findAccounts({ q: q || undefined }, { pageSize: 100, timeoutMs: 5000 });
  } catch (error) {
    if (!PARTY_PATTERN.test(q) || !isTallystickError(error)) throw error;
    yield* hub.accounts(q);
  }
}

export function Accounts() {
  const w = said.value.accounts;
  const q = place.value.query.get("q") ?? "";
  const list = useListed((hub) => find(hub, q), [q]);
  const { rows, error, isAll } = list;
  return (
    <>
      <div class="h">
        <h1 tabIndex={-1}>{w.title}</h1>
        <Key />
        <form class="find" onSubmit={(event) => look("accounts", { q: valuesOf(event).q ?? "" })}>
          <label>
            <span class="visually-hidden">{w.find}</span>
            <input type="search" name="q" placeholder={w.find} key={q} defaultValue={q} maxLength={140} />
          </label>
          <a href={to("accounts", "file")}>{w.import}</a>
          <a href={to("accounts", "new")}>{w.add}</a>
        </form>
      </div>
      {error.value !== undefined && <p class="nothing">{w.noArchive}</p>}
      <Trouble of="reading" error={error.value} />
      <p class="nothing" role="status">
        {!rows.value && error.value === undefined && said.value.find.loading}
        {rows.value?.length === 0 && isAll.value && w.none}
      </p>
      {PARTY_PATTERN.test(q) && (
        <p class="above">
          <a href={toParty(q)}>{said.value.party.open(q)}</a>
        </p>
      )}
      {rows.value && rows.value.length > 0 && <Table accounts={rows.value} />}
      <More list={list} />
    </>
  );
}

/** What the parts of a bar are; of an account of funds nothing is used. */
export function Key({ kind }: { kind?: BookAccount["kind"] }) {
  const w = said.value.accounts;
  const swatch = (look: string, text: string) => (
    <span>
      <svg viewBox="0 0 10 10" aria-hidden="true">
        <path class={look} d="M0 0h10v10H0z" />
      </svg>
      {text}
    </span>
  );
  return (
    <p class="key">
      {kind !== "funds" && swatch("used", w.used)}
      {swatch("froz", w.frozen)}
      {swatch("free", w.available)}
    </p>
  );
}

/** Used, frozen and available beside each other; figures stand beside it. */
export function Bar({ account: { balance, limit, used = 0, frozen } }: { account: BookAccount }) {
  const total = balance ?? limit ?? 0;
  const place = (amount: number) => (total === 0 ? 0 : Math.min(200, (200 * amount) / total));
  const [first, second] = [place(used), place(used + frozen)];
  return (
    <svg class="acct" viewBox="0 0 200 10" preserveAspectRatio="none" aria-hidden="true">
      <path class="free" d={`M${second} 0H200v10H${second}z`} />
      {first > 0 && <path class="used" d={`M0 0H${first}v10H0z`} />}
      {second > first && <path class="froz" d={`M${first} 0H${second}v10H${first}z`} />}
    </svg>
  );
}

function Table({ accounts }: { accounts: readonly BookAccount[] }) {
  const w = said.value.accounts;
  const hidden = (text: string) => <span class="visually-hidden">{text}</span>;
  return (
    <table class="accounts stack">
      <thead>
        <tr>
          <th scope="col">{w.party}</th>
          <th scope="col">{w.account}</th>
          <th scope="col">{hidden(w.bar)}</th>
          <th scope="col">{hidden(said.value.currency)}</th>
          {[w.total, w.used, w.frozen, w.available].map((text) => (
            <th key={text} scope="col" class="r">
              {text}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {accounts.map((account) => (
          <Row key={`${account.party}/${account.number}`} account={account} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ account }: { account: BookAccount }) {
  const w = said.value.accounts;
  const { party, number, last4, holder, kind, currency, balance, limit, used, frozen, available, status } =
    account;
  return (
    <tr>
      <th scope="row">
        <a href={toAccount(party, number)}>
          <Text text={holder} />
        </a>
        <small>
          <a href={toParty(party)}>{party}</a>
        </small>
      </th>
      <td>
        {words.value.kind(kind)} ····{last4}
        <small>
          {status === "active" ? (
            w.active
          ) : (
            <>
              <b class="alarm">{w.blocked}</b>, {w.noFreeze}
            </>
          )}
        </small>
      </td>
      <td class="bars">
        <Bar account={account} />
      </td>
      <td class="cur">{currency}</td>
      <td class="r col" data-k={kind === "funds" ? w.balance : w.limit}>
        <Column amount={balance ?? limit ?? 0} currency={currency} />
      </td>
      <td class={`r col ${used === 0 ? "zero" : ""}`} data-k={w.used}>
        {used === undefined ? <span class="none">–</span> : <Column amount={used} currency={currency} />}
      </td>
      <td class={`r col ${frozen === 0 ? "zero" : ""}`} data-k={w.frozen}>
        <Column amount={frozen} currency={currency} />
      </td>
      <td class="r col strong" data-k={w.available}>
        <Column amount={available} currency={currency} />
      </td>
    </tr>
  );
}
