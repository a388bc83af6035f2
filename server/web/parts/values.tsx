/** Money, names and times, as every page shows them. */
import { formatAmount } from "@tallystick/protocol/money";
import { nameOf } from "../model/sign-in.ts";
import { languageOf, words } from "../words/languages.ts";

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

interface Forgettable {
  forgotten?: true | undefined;
}

/** What something is for; that it was blanked is said, as nothing is there to be read. */
export function Memo({ of: { memo, forgotten } }: { of: Forgettable & { memo?: string | undefined } }) {
  if (memo !== undefined) return <Text text={memo} />;
  return <span class="muted">{forgotten ? words.value.history.blanked : "—"}</span>;
}

/** Why nobody's words are here any more. */
export function Blanked({ of: { forgotten } }: { of: Forgettable }) {
  return forgotten ? <p class="blanked">{words.value.history.blankedWhy}</p> : null;
}

/** What somebody has written, in the language that it is written in. */
export function Text({ text }: { text: string }) {
  return <span lang={languageOf(text)}>{text}</span>;
}
