/** The statement of one of the party's own accounts: what changed it, and what stood after each. */
import type { StatementEntry } from "@tallystick/protocol";
import { formatAmount } from "@tallystick/protocol/money";
import { useEffect, useMemo } from "preact/hooks";
import { accounts, availableIn } from "../model/accounts.ts";
import type { Desk } from "../model/desk.ts";
import { toAccounts, toVoucher } from "../model/place.ts";
import { Statement } from "../model/statement.ts";
import { clock, day, signOf } from "../words/format.ts";
import { words } from "../words/languages.ts";
import { Loading, UncutMark } from "./marks.tsx";
import { More } from "./more.tsx";
import { Refusal } from "./refusal.tsx";
import { CELL, HEAD, ROW, TABLE } from "./table.ts";
import { Money, Text } from "./values.tsx";

export function StatementPage({ desk, number }: { desk: Desk; number: string }) {
  const { party } = desk.terminal;
  const statement = useMemo(
    () => new Statement({ party, number, token: () => desk.token() }),
    [desk, party, number],
  );
  useEffect(() => {
    void statement.more();
    void desk.readAccounts();
  }, [statement, desk]);
  return (
    <div class="talk history">
      <Head number={number} />
      <Body statement={statement} />
    </div>
  );
}

function Head({ number }: { number: string }) {
  const w = words.value;
  const account = accounts.value?.find((one) => one.number === number);
  return (
    <header class="sum">
      <p class="what">
        {account ? w.kind(account.kind) : w.accounts.statement} <span class="id">{number}</span>
        {account && (
          <>
            , <Text text={account.holder} />
          </>
        )}
        {account?.status === "blocked" && <strong> {w.accounts.blocked}</strong>}
      </p>
      <h1 class="amount" tabIndex={-1}>
        {account ? (
          <>
            <Money amount={availableIn(account)} currency={account.currency} />{" "}
            <small>{w.accounts.columns.available}</small>
          </>
        ) : (
          w.accounts.statement
        )}
      </h1>
      {account && (
        <dl class="terms">
          {[
            [w.accounts.entry.balance, account.balance],
            [w.accounts.limit, account.limit],
            [w.accounts.columns.used, account.used],
            [w.accounts.columns.frozen, account.frozen],
          ].map(
            ([label, sum]) =>
              sum !== undefined && (
                <div key={label}>
                  <dt>{label}</dt>
                  <dd>{formatAmount(sum as number, account.currency)}</dd>
                </div>
              ),
          )}
        </dl>
      )}
      <a class="to-all" href={toAccounts}>
        {w.accounts.toAll}
      </a>
    </header>
  );
}

function Body({ statement }: { statement: Statement }) {
  const w = words.value;
  const entries = statement.entries.value;
  const state = statement.state.value;
  if (statement.isNone.value)
    return (
      <div class="empty">
        <UncutMark />
        <h2>{w.accounts.noneOf}</h2>
        <p>{w.accounts.noneOfWhy}</p>
      </div>
    );
  return (
    <>
      {entries.length > 0 && (
        <div class="statement-head">
          <h2>{w.accounts.statement}</h2>
          <p class="then">{w.accounts.oldest}</p>
          <p class="csv">
            <button
              class="button"
              type="button"
              disabled={statement.isSaving.value}
              aria-describedby="csv-why"
              onClick={() => void statement.save()}
            >
              {statement.isSaving.value ? w.accounts.saving : w.accounts.csv}
            </button>
            <small id="csv-why">{w.accounts.csvWhy}</small>
          </p>
        </div>
      )}
      {entries.length > 0 && <Entries entries={entries} />}
      {state === "failed" && (
        <Refusal says={w.accounts.failed}>
          <button class="button" type="button" onClick={() => void statement.more()}>
            {w.history.again}
          </button>
        </Refusal>
      )}
      {entries.length === 0 && state === "asking" && <Loading says={w.history.asking} />}
      <More
        state={state}
        label={w.history.showMore}
        asking={entries.length === 0 ? "" : w.history.asking}
        all={w.history.isAll(entries.length)}
        more={() => void statement.more()}
      />
    </>
  );
}

function Entries({ entries }: { entries: readonly StatementEntry[] }) {
  const { entry: columns } = words.value.accounts;
  const isCredit = entries[0]?.kind === "credit";
  const head = (text: string) => (
    <th {...HEAD} class="r">
      {text}
    </th>
  );
  return (
    <table class="rows sums" {...TABLE}>
      <thead>
        <tr {...ROW}>
          <th {...HEAD}>{columns.at}</th>
          <th {...HEAD}>{columns.what}</th>
          {head(columns.amount)}
          {head(isCredit ? columns.used : columns.balance)}
          {head(columns.frozen)}
          {head(columns.after)}
        </tr>
      </thead>
      <tbody>
        {entries.map((entry, index) => (
          // An entry is never taken away, and none comes before another.
          <Line key={index} entry={entry} />
        ))}
      </tbody>
    </table>
  );
}

function Line({ entry }: { entry: StatementEntry }) {
  const w = words.value.accounts;
  const { at, amount, currency, kind, balance = 0, limit = 0, used = 0, frozen, cause = "" } = entry;
  const available = kind === "credit" ? limit - used - frozen : balance - frozen;
  const voucherId = /^v\d{1,5}-[\w-]{16}/.exec(cause)?.[0];
  const cell = (label: string, text: string) => (
    <td {...CELL} class="r" data-label={label}>
      {text}
    </td>
  );
  return (
    <tr {...ROW}>
      <td {...CELL} class="at">
        {day(at)} <small>{clock(at)}</small>
      </td>
      <td {...CELL} class="with">
        {w.typeOf(entry)}
        {cause !== "" && (
          <small class="id">{voucherId ? <a href={toVoucher(voucherId)}>{cause}</a> : cause}</small>
        )}
      </td>
      <td {...CELL} class="r last">
        {amount === 0 ? "" : signOf(entry) + formatAmount(Math.abs(amount), currency)}
      </td>
      {kind === "credit"
        ? cell(w.entry.used, formatAmount(used, currency))
        : cell(w.entry.balance, formatAmount(balance, currency))}
      {cell(w.entry.frozen, formatAmount(frozen, currency))}
      {cell(w.entry.after, formatAmount(available, currency))}
    </tr>
  );
}
