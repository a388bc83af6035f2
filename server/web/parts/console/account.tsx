/** One account: how it stands, its statement, and what can be done with it. */
import { useSignal } from "@preact/signals";
import {
  isTallystickError,
  type Operator,
  type StatementEntry,
  type TaggedAccount,
} from "@tallystick/client/operator";
import { parseAmount } from "@tallystick/protocol/money";
import { to, toParty, toSubject } from "../../model/console-place.ts";
import { type Loaded, useDoing, useListed, useLoaded } from "../../model/loading.ts";
import { said } from "../../words/console.ts";
import { clock, day, signOf } from "../../words/format.ts";
import { words } from "../../words/languages.ts";
import { Money, Text } from "../values.tsx";
import { Bar, Key } from "./accounts.tsx";
import { Column, Field, More, Section, Trouble, valuesOf } from "./parts.tsx";

const MOST_TRIES = 4;
const ARCHIVED_WITHIN_MS = 700;

interface Name {
  party: string;
  number: string;
}

export function AccountPage({ party, number }: Name) {
  const w = said.value.accounts;
  const loaded = useLoaded((hub) => hub.account(party, number), [party, number]);
  const account = loaded.value.value;
  const whole = useSignal<string | undefined>(undefined);
  const { isBusy, error, run } = useDoing();
  // The number comes, and the page has it, once the journal says who has asked.
  const turn = async () => {
    if (whole.value !== undefined) whole.value = undefined;
    else
      await run(async (hub, commandId) => {
        whole.value = (await hub.showAccount(party, number, { commandId })).number;
      });
  };
  return (
    <>
      <p class="above">
        <a href={to("accounts")}>← {said.value.views.accounts}</a>
      </p>
      <h1 tabIndex={-1}>
        {account ? <Text text={account.holder} /> : party}{" "}
        {account && <span class="id">{whole.value ?? `····${account.last4}`}</span>}
      </h1>
      <Trouble of="reading" error={loaded.error.value} />
      {account && (
        <>
          <p class="sum">
            <span>
              <a href={toParty(party)}>{party}</a>, {words.value.kind(account.kind)},{" "}
              {account.status === "active" ? w.active : <b class="alarm">{w.blocked}</b>}
            </span>
            <span>
              <button class="button quiet" type="button" disabled={isBusy.value} onClick={() => void turn()}>
                {whole.value === undefined ? w.show : w.hide}
              </button>{" "}
              <span class="small muted" role="status">
                {whole.value === undefined ? w.showThen : w.shown}
              </span>
            </span>
          </p>
          <Trouble of="nothing" error={error.value} />
          <Standing account={account} />
          <div class="two wide">
            <Statement party={party} number={number} etag={account.etag} currency={account.currency} />
            <Acts account={account} loaded={loaded} />
          </div>
        </>
      )}
    </>
  );
}

function Standing({ account }: { account: TaggedAccount }) {
  const w = said.value.accounts;
  const { currency, balance, limit, used, frozen, available } = account;
  const sums = [
    [balance === undefined ? w.limit : w.balance, balance ?? limit ?? 0],
    ...(used === undefined ? [] : [[w.used, used] as const]),
    [w.frozen, frozen],
    [w.available, available],
  ] as const;
  return (
    <>
      <dl class="figures four">
        {sums.map(([label, amount]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>
              <Money amount={amount} currency={currency} />
            </dd>
          </div>
        ))}
      </dl>
      <div class="large-bar">
        <Bar account={account} />
        <Key kind={account.kind} />
      </div>
    </>
  );
}

/** The archive comes a moment after the store: an account that was just made is not there yet. */
async function* statementOf(hub: Operator, { party, number }: Name): AsyncGenerator<StatementEntry, void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return yield* hub.statement(party, number);
    } catch (error) {
      if (!isTallystickError(error, "not_found")) throw error;
      if (tries === MOST_TRIES) return;
    }
    await new Promise((again) => setTimeout(again, ARCHIVED_WITHIN_MS));
  }
}

function Statement({ party, number, etag, currency }: Name & { etag: string; currency: string }) {
  const w = said.value;
  const list = useListed((hub) => statementOf(hub, { party, number }), [party, number, etag]);
  const { rows, error, isAll } = list;
  return (
    <Section title={w.accounts.statement}>
      <Trouble of="reading" error={error.value} />
      {rows.value?.length === 0 && isAll.value && <p class="nothing">{w.accounts.statementNone}</p>}
      {rows.value && rows.value.length > 0 && (
        <table class="stack">
          <thead>
            <tr>
              <th scope="col">{w.subject.when}</th>
              <th scope="col">{w.subject.what}</th>
              <th scope="col" class="r">
                {w.accounts.change}
              </th>
              <th scope="col" class="r">
                {w.accounts.frozen}
              </th>
              <th scope="col" class="r">
                {w.accounts.after}
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.value.map((entry, place) => (
              <Line key={place} entry={entry} currency={currency} />
            ))}
          </tbody>
        </table>
      )}
      <More list={list} />
    </Section>
  );
}

function Line({ entry, currency }: { entry: StatementEntry; currency: string }) {
  const w = said.value;
  const { at, amount, cause, balance, limit = 0, used = 0, frozen } = entry;
  const after = balance ?? limit - used;
  return (
    <tr>
      <th scope="row">
        {day(at)} {clock(at)}
      </th>
      <td>
        {words.value.accounts.typeOf(entry)}
        {cause && (
          <small class="id">
            {cause.startsWith("v") && cause.includes("-") ? (
              <a href={toSubject(cause.split(".")[0] ?? "")}>{cause}</a>
            ) : (
              cause
            )}
          </small>
        )}
      </td>
      <td class="r col" data-k={w.accounts.change}>
        {amount !== 0 && <Column amount={Math.abs(amount)} currency={currency} sign={signOf(entry)} />}
      </td>
      <td class="r col" data-k={w.accounts.frozen}>
        <Column amount={frozen} currency={currency} />
      </td>
      <td class="r col strong" data-k={w.accounts.after}>
        <Column amount={after} currency={currency} />
      </td>
    </tr>
  );
}

/** An amount with its sign; undefined when it is none. */
function signedAmount(text: string, currency: string): number | undefined {
  const isLess = /^\s*[-−]/.test(text);
  try {
    const amount = parseAmount(text.replace(/^\s*[-−+]/, ""), currency);
    return isLess ? -amount : amount;
  } catch {
    return undefined;
  }
}

function Acts({ account, loaded }: { account: TaggedAccount; loaded: Loaded<TaggedAccount> }) {
  const w = said.value.accounts;
  const { party, number, currency, status } = account;
  return (
    <div class="acts">
      <MoneyForm
        title={w.adjust}
        label={w.adjustWhat}
        effect={w.adjustThen}
        currency={currency}
        loaded={loaded}
        send={(hub, change, commandId) => hub.adjust(party, number, change, { commandId })}
      />
      {account.kind === "credit" && (
        <MoneyForm
          title={w.repay}
          label={said.value.find.amount}
          effect={w.repayThen}
          currency={currency}
          loaded={loaded}
          send={(hub, change, commandId) => hub.repay(party, number, change, { commandId })}
        />
      )}
      <StatusForm account={account} loaded={loaded} key={status} />
    </div>
  );
}

interface MoneyFormProps {
  title: string;
  label: string;
  effect: string;
  currency: string;
  loaded: Loaded<TaggedAccount>;
  send: (
    hub: Operator,
    change: { amount: number; reference: string },
    commandId: string,
  ) => Promise<TaggedAccount>;
}

function MoneyForm({ title, label, effect, currency, loaded, send }: MoneyFormProps) {
  const w = said.value.accounts;
  const { isBusy, error, run } = useDoing();
  const problem = useSignal("");
  const done = useSignal(false);
  const submit = async (event: Event) => {
    const form = event.currentTarget as HTMLFormElement;
    const values = valuesOf(event);
    const amount = signedAmount(values.amount ?? "", currency);
    problem.value = amount === undefined ? w.problem : "";
    done.value = false;
    if (amount === undefined) return;
    const change = { amount, reference: values.reference ?? "" };
    const isDone = await run(async (hub, commandId) => {
      loaded.value.value = await send(hub, change, commandId);
    }, change);
    done.value = isDone;
    if (isDone) form.reset();
  };
  return (
    <Section title={title}>
      <form onSubmit={(event) => void submit(event)}>
        <Field label={`${label} (${currency})`} name="amount" required inputMode="decimal" />
        {problem.value && <p class="problem">{problem.value}</p>}
        <Field label={w.reference} name="reference" required maxLength={64} />
        <p class="then">{effect}</p>
        <Trouble error={error.value} />
        <div class="pair">
          <button class="button" type="submit" disabled={isBusy.value}>
            {title}
          </button>
          <p role="status">{done.value && w.done}</p>
        </div>
      </form>
    </Section>
  );
}

/** Sets the account as it is but for its status, only while nothing of it has changed. */
function StatusForm({ account, loaded }: { account: TaggedAccount; loaded: Loaded<TaggedAccount> }) {
  const w = said.value.accounts;
  const { isBusy, error, run } = useDoing();
  const { party, number, holder, kind, currency, balance = 0, limit = 0, etag } = account;
  const isActive = account.status === "active";
  const status = isActive ? "blocked" : "active";
  const turn = () =>
    run(
      async (hub, commandId) => {
        const body =
          kind === "funds"
            ? ({ holder, currency, status, kind, balance } as const)
            : ({ holder, currency, status, kind, limit } as const);
        loaded.value.value = await hub
          .putAccount(party, number, body, { ifMatch: etag, commandId })
          .catch(async (problem) => {
            await loaded.again();
            throw problem;
          });
      },
      [status, etag],
    );
  return (
    <Section title={isActive ? w.block : w.unblock}>
      <p class="then">{isActive ? w.blockThen : w.unblockThen}</p>
      <Trouble of="nothing" error={error.value} />
      <div class="pair">
        <button class="button" type="button" disabled={isBusy.value} onClick={() => void turn()}>
          {isActive ? w.block : w.unblock}
        </button>
      </div>
    </Section>
  );
}
