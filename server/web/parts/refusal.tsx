/** A refusal: what happened, what became of the money, what to do; in this order, and always all three. */

import { formatAmount } from "@tallystick/protocol/money";
import type { ComponentChildren } from "preact";
import type { Refused } from "../model/item.ts";
import { words } from "../words/languages.ts";
import type { Sentences } from "../words/refusals-en.tsx";
import { MismatchMark } from "./marks.tsx";

export function Refusal({ says, children }: { says: Sentences; children?: ComponentChildren }) {
  const [what, money, next] = says;
  return (
    <div class="refusal" role="alert">
      <h3>
        <MismatchMark />
        <span>{what}</span>
      </h3>
      <p class="money-is">
        <b>{words.value.money}</b>
        <span>{money}</span>
      </p>
      <p class="next">{next}</p>
      {children && <div class="buttons">{children}</div>}
    </div>
  );
}

/** What a refused command says to the person who sent it. */
export function sentencesOf({ error, input }: Pick<Refused, "error" | "input">, currency: string): Sentences {
  const { refusals, states } = words.value;
  const details = error.details ?? {};
  const event = details.event as { attemptsLeft?: number } | undefined;
  const { remaining, state } = details as { remaining?: number; state?: keyof typeof states };
  return refusals(error.code, {
    account: input.label,
    currency,
    attemptsLeft: event?.attemptsLeft,
    remaining: remaining === undefined ? undefined : formatAmount(remaining, currency),
    state: state && states[state],
    message: error.message,
  });
}
