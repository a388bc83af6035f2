/** A party's own accounts to choose from, with what is available; another one is typed. */
import { type Signal, useComputed, useSignal, useSignalEffect } from "@preact/signals";
import type { Account } from "@tallystick/protocol";
import { lastDigits } from "@tallystick/protocol/ids";
import { formatAmount } from "@tallystick/protocol/money";
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { accounts, availableIn, obstacleIn } from "../model/accounts.ts";
import type { Input } from "../model/item.ts";
import { words } from "../words/languages.ts";
import { Money, Sum } from "./values.tsx";

/** The account that is chosen, or typed as a whole. */
export type Chosen = Pick<Input, "account" | "label">;

export interface PickProps {
  legend: string;
  /** Why an account is not one to choose; undefined when it is. */
  obstacle: (account: Account) => ComponentChildren | undefined;
  /** How many accounts can't be chosen, in a sentence. */
  cannot: (count: number) => string;
  chosen: Signal<Chosen | undefined>;
}

const TYPED = "(typed)";

/** What an account is called in a sentence. */
export function labelOf({ kind, number }: Account): string {
  return words.value.account({ kind, last4: lastDigits(number) });
}

export function Pick({ legend, obstacle, cannot, chosen }: PickProps) {
  const w = words.value;
  const name = useId();
  const number = useSignal("");
  const holder = useSignal("");
  const choice = useSignal<string | undefined>(undefined);
  const sorted = useComputed(() => {
    const all = (accounts.value ?? []).map((account) => ({ account, why: obstacle(account) }));
    return {
      fit: all.filter(({ why }) => why === undefined),
      unfit: all.filter(({ why }) => why !== undefined),
    };
  });
  const { fit, unfit } = sorted.value;
  const current = choice.value ?? fit[0]?.account.number ?? TYPED;
  useSignalEffect(() => {
    const pick = choice.value ?? sorted.value.fit[0]?.account.number ?? TYPED;
    const found = sorted.value.fit.find(({ account }) => account.number === pick)?.account;
    if (found)
      chosen.value = { account: { number: found.number, holder: found.holder }, label: labelOf(found) };
    else {
      const typed = { number: number.value.trim(), holder: holder.value.trim() };
      chosen.value = typed.number && typed.holder ? { account: typed } : undefined;
    }
  });
  return (
    <fieldset class="pick">
      <legend>{legend}</legend>
      {fit.map(({ account }) => (
        <label key={account.number}>
          <input
            type="radio"
            name={name}
            checked={current === account.number}
            onChange={() => {
              choice.value = account.number;
            }}
          />
          <span>{w.kind(account.kind)}</span>
          <Money amount={availableIn(account)} currency={account.currency} />
          <small>{account.number}</small>
        </label>
      ))}
      {fit.length > 0 && (
        <label>
          <input
            type="radio"
            name={name}
            checked={current === TYPED}
            onChange={() => {
              choice.value = TYPED;
            }}
          />
          <span>{w.pick.other}</span>
        </label>
      )}
      {current === TYPED && <Typed number={number} holder={holder} />}
      {unfit.length > 0 && (
        <details>
          <summary>{cannot(unfit.length)}</summary>
          <ul>
            {unfit.map(({ account, why }) => (
              <li key={account.number}>
                {w.kind(account.kind)} {account.number}
                <small>{why}</small>
              </li>
            ))}
          </ul>
        </details>
      )}
    </fieldset>
  );
}

function Typed({ number, holder }: { number: Signal<string>; holder: Signal<string> }) {
  const { pick } = words.value;
  const field = (label: string, value: Signal<string>, length: number, pattern?: string) => (
    <label class="field">
      <span>{label}</span>
      <input
        value={value}
        maxLength={length}
        autocomplete="off"
        {...(pattern && { pattern })}
        onInput={(event) => {
          value.value = event.currentTarget.value;
        }}
      />
    </label>
  );
  return (
    <div class="typed">
      {field(pick.number, number, 34, "[A-Za-z0-9\\-]+")}
      {field(pick.holder, holder, 140)}
    </div>
  );
}

/** Why an account can't pay what is asked. */
export function whyItCannotPay(
  account: Account,
  wanted: { amount: number; currency: string; standing?: { kind: string; last4: string } | undefined },
): ComponentChildren | undefined {
  const { pick } = words.value;
  const { standing, currency } = wanted;
  const obstacle = obstacleIn(account, wanted);
  if (standing?.kind === account.kind && standing.last4 === lastDigits(account.number)) return pick.stands;
  if (!obstacle) return undefined;
  switch (obstacle.why) {
    case "blocked":
      return pick.blocked;
    case "currency":
      return pick.currency(account.currency, currency);
    case "short":
      return pick.short(
        <Sum amount={availableIn(account)} currency={currency} />,
        formatAmount(obstacle.by, currency),
      );
  }
}

/** Why an account can't take what is drawn. A blocked one takes money in. */
export function whyItCannotTake(account: Account, currency: string): ComponentChildren | undefined {
  const { pick } = words.value;
  if (account.kind === "credit") return pick.credit;
  return account.currency === currency ? undefined : pick.currency(account.currency, currency);
}
