/** One issuance: what it is about, what has happened, and what can be done now. */
import { useSignalEffect } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { seenWhileShown } from "../model/attention.ts";
import type { IssuanceItem } from "../model/issuance-item.ts";
import { words } from "../words/languages.ts";
import { Lost } from "./fence.tsx";
import { IssuanceAct } from "./issuance-act.tsx";
import { Refusal, sentencesOf } from "./refusal.tsx";
import { Tally } from "./tally.tsx";
import { Blanked, Memo, Money, Name } from "./values.tsx";

export function IssuancePage({ item }: { item: IssuanceItem }) {
  useSignalEffect(() => seenWhileShown(item));
  return (
    <>
      <div class="talk">
        <Summary item={item} />
        <Tally item={item} />
      </div>
      <div class="act">
        <Answer item={item} />
      </div>
    </>
  );
}

/** What can be done; of what has ended only why the last thing that was tried was refused. */
function Answer({ item }: { item: IssuanceItem }) {
  const { currency } = item.snapshot.value;
  const error = item.lost.value;
  const refused = item.refused.value;
  if (!error && !item.ended.value) return <IssuanceAct item={item} />;
  if (error?.code === "rolled_back")
    return (
      <section class="others">
        <Lost item={item} />
      </section>
    );
  const says = error
    ? sentencesOf({ error, input: {} }, currency)
    : refused && sentencesOf(refused, currency);
  return says ? (
    <section class="others">
      <Refusal says={says} />
    </section>
  ) : null;
}

function Summary({ item }: { item: IssuanceItem }) {
  const w = words.value;
  const { issuer, payer, beneficiary, amount, currency, memo, forgotten, validFor, review, approval } =
    item.snapshot.value;
  const isIssuer = item.roles.value.includes("issuer");
  const heading = !isIssuer
    ? w.asksYou(<Name party={issuer} />)
    : issuer === payer
      ? w.youAskYourself
      : w.youAsk(<Name party={payer} />);
  return (
    <div class="sum">
      <p class="what">{heading}</p>
      <h1 class="amount" tabIndex={-1}>
        <Money amount={amount} currency={currency} />
      </h1>
      <dl class="terms">
        {(memo !== undefined || forgotten) && (
          <Term label={w.terms.for}>
            <Memo of={item.snapshot.value} />
          </Term>
        )}
        <Term label={w.terms.beneficiary}>
          <Name party={beneficiary} />
        </Term>
        <Term label={w.terms.valid}>{w.terms.days(validFor)}</Term>
        {review !== "first" && <Term label={w.terms.review}>{w.terms.reviews[review]}</Term>}
        {approval && (
          <Term label={w.terms.approval}>
            {w.terms.approvedBy(
              <Name party={approval.by === "issuer" ? issuer : payer} />,
              w.terms.days(approval.within),
            )}
          </Term>
        )}
      </dl>
      <Blanked of={item.snapshot.value} />
    </div>
  );
}

function Term({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
