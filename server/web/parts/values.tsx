/** Money, names and times, as every page shows them. */
import { formatAmount } from "@tallystick/protocol/money";
import { nameOf } from "../model/sign-in.ts";
import { languageOf } from "../words/languages.ts";

/** The currency stands before the figures, and smaller. */
export function Money({ amount, currency }: { amount: number; currency: string }) {
  return (
    <span class="money">
      <span class="cur">{currency}</span> {formatAmount(amount, currency)}
    </span>
  );
}

/** A sum within a sentence. */
export function Sum({ amount, currency }: { amount: number; currency: string }) {
  return (
    <span class="money">
      {currency} {formatAmount(amount, currency)}
    </span>
  );
}

/** A party by its name where that is known. */
export function Name({ party }: { party: string }) {
  return <Text text={nameOf(party)} />;
}

/** What somebody has written, in the language that it is written in. */
export function Text({ text }: { text: string }) {
  return <span lang={languageOf(text)}>{text}</span>;
}
