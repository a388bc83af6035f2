/** The party's own accounts, with what is available in each. */
import type { Account } from "@tallystick/protocol";
import { formatAmount } from "@tallystick/protocol/money";
import { useEffect } from "preact/hooks";
import { accounts, areAccountsAway, availableIn } from "../model/accounts.ts";
import type { Desk } from "../model/desk.ts";
import { toStatement } from "../model/place.ts";
import { words } from "../words/languages.ts";
import { Loading, UncutMark } from "./marks.tsx";
import { Refusal } from "./refusal.tsx";
import { CELL, HEAD, ROW, TABLE } from "./table.ts";
import { Money, Text } from "./values.tsx";

export function AccountsPage({ desk }: { desk: Desk }) {
  const w = words.value.accounts;
  const all = accounts.value;
  useEffect(() => void desk.readAccounts(), [desk]);
  return (
    <div class="talk history">
      <h1 tabIndex={-1}>{w.title}</h1>
      {areAccountsAway.value && (
        <Refusal says={w.failed}>
          <button class="button" type="button" onClick={() => void desk.readAccounts()}>
            {words.value.history.again}
          </button>
        </Refusal>
      )}
      {all === undefined && <Loading says={words.value.history.asking} />}
      {all?.length === 0 && !areAccountsAway.value && (
        <div class="empty">
          <UncutMark />
          <h2>{w.none}</h2>
          <p>{w.noneWhy}</p>
        </div>
      )}
      {all !== undefined && all.length > 0 && <Table all={all} />}
    </div>
  );
}

function Table({ all }: { all: readonly Account[] }) {
  const { why, columns } = words.value.accounts;
  const head = (text: string) => (
    <th {...HEAD} class="r">
      {text}
    </th>
  );
  return (
    <>
      <p class="then">{why}</p>
      <table class="rows sums" {...TABLE}>
        <thead>
          <tr {...ROW}>
            <th {...HEAD}>{columns.account}</th>
            {head(columns.total)}
            {head(columns.used)}
            {head(columns.frozen)}
            {head(columns.available)}
          </tr>
        </thead>
        <tbody>
          {all.map((account) => (
            <Row key={account.number} account={account} />
          ))}
        </tbody>
      </table>
    </>
  );
}

function Row({ account }: { account: Account }) {
  const w = words.value;
  const { columns } = w.accounts;
  const { kind, number, holder, currency, balance, limit = 0, used, frozen, status } = account;
  const sum = (label: string, amount: number | undefined) => (
    <td {...CELL} class="r" data-label={label}>
      {amount === undefined ? <span class="muted">—</span> : formatAmount(amount, currency)}
    </td>
  );
  return (
    <tr {...ROW}>
      <td {...CELL} class="with">
        <a href={toStatement(number)}>
          {w.kind(kind)} <span class="id">{number}</span>
        </a>
        <small>
          <Text text={holder} />
          {status === "blocked" && <strong> {w.accounts.blocked}</strong>}
        </small>
      </td>
      {sum(columns.total, balance ?? limit)}
      {sum(columns.used, used)}
      {sum(columns.frozen, frozen)}
      <td {...CELL} class="r last" data-label={columns.available}>
        <Money amount={availableIn(account)} currency={currency} />
      </td>
    </tr>
  );
}
