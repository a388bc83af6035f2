/** A new request: who is to pay how much, and for whom. */
import { type Signal, useSignal } from "@preact/signals";
import { isTallystickError, type Offer, type TallystickError } from "@tallystick/client";
import { PARTY_PATTERN } from "@tallystick/protocol/ids";
import { parseAmount } from "@tallystick/protocol/money";
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { CURRENCIES } from "../model/currencies.ts";
import type { Desk } from "../model/desk.ts";
import { go, toInbox, toIssuance } from "../model/place.ts";
import { words } from "../words/languages.ts";
import { PartyList } from "./party-list.tsx";
import { Refusal, sentencesOf } from "./refusal.tsx";

const DAY = 86_400;
const REVIEWS = ["first", "every", "none"] as const;
const APPROVALS = ["none", "payer", "issuer"] as const;

export function RequestForm({ desk }: { desk: Desk }) {
  const w = words.value.request;
  const payer = useSignal("");
  const amount = useSignal("");
  const currency = useSignal("CNY");
  const memo = useSignal("");
  const beneficiary = useSignal("");
  const validFor = useSignal("90");
  const review = useSignal<(typeof REVIEWS)[number]>("first");
  const approval = useSignal<(typeof APPROVALS)[number]>("none");
  const within = useSignal("3");
  const problems = useSignal<Readonly<Record<string, string>>>({});
  const isSending = useSignal(false);
  const refused = useSignal<TallystickError | undefined>(undefined);

  const read = (): Offer | undefined => {
    const found: Record<string, string> = {};
    const party = (name: string, text: string) => {
      if (!PARTY_PATTERN.test(text)) found[name] = w.problems.party;
      return text;
    };
    const days = (name: string, text: string, most: number) => {
      const number = Number(text);
      if (!Number.isInteger(number) || number < 1 || number > most) found[name] = w.problems.days;
      return number * DAY;
    };
    const sum = readAmount(amount.value, currency.value);
    if (sum === undefined) found.amount = w.problems.amount;
    const [to, from] = [beneficiary.value.trim(), payer.value.trim()];
    const by = approval.value;
    const approver = by === "payer" ? from : desk.terminal.party;
    if (by !== "none" && approver === (to || desk.terminal.party)) found.approval = w.problems.approver;
    const offer: Offer = {
      payer: party("payer", from),
      amount: sum ?? 0,
      currency: currency.value,
      review: review.value,
      validFor: days("validFor", validFor.value, 365),
      ...(memo.value.trim() && { memo: memo.value.trim() }),
      ...(to && { beneficiary: party("beneficiary", to) }),
      ...(by !== "none" && { approval: { by, within: days("within", within.value, 30) } }),
    };
    problems.value = found;
    return Object.keys(found).length === 0 ? offer : undefined;
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    const offer = read();
    if (!offer || isSending.value) return;
    isSending.value = true;
    refused.value = undefined;
    try {
      go(toIssuance((await desk.request(offer)).id));
    } catch (error) {
      if (!isTallystickError(error)) throw error;
      refused.value = error;
    } finally {
      isSending.value = false;
    }
  };
  const field = (label: string, value: Signal<string>, more: FieldMore) => (
    <Field label={label} value={value} problem={problems.value[more.name]} {...more} />
  );
  return (
    <form class="request" onSubmit={submit} noValidate>
      <h1 tabIndex={-1}>{w.title}</h1>
      {field(w.payer, payer, { name: "payer", why: w.payerWhy, list: "parties" })}
      <div class="two">
        {field(w.amount, amount, { name: "amount", inputMode: "decimal" })}
        <label class="field">
          <span>{w.currency}</span>
          <select
            value={currency}
            onChange={(event) => {
              currency.value = event.currentTarget.value;
            }}
          >
            {CURRENCIES.map((code) => (
              <option key={code}>{code}</option>
            ))}
          </select>
        </label>
      </div>
      {field(w.memo, memo, { name: "memo", why: w.memoWhy, maxLength: 140 })}
      <details>
        <summary>{w.more}</summary>
        {field(w.beneficiary, beneficiary, { name: "beneficiary", why: w.beneficiaryWhy, list: "parties" })}
        {field(w.validFor, validFor, { name: "validFor", inputMode: "numeric" })}
        <Choice legend={w.review} names={REVIEWS} says={w.reviews} value={review} />
        <Choice
          legend={w.approval}
          names={APPROVALS}
          says={w.approvals}
          value={approval}
          problem={problems.value.approval}
        />
        {approval.value !== "none" && field(w.within, within, { name: "within", inputMode: "numeric" })}
      </details>
      <PartyList />
      {refused.value && <Refusal says={sentencesOf({ error: refused.value, input: {} }, currency.value)} />}
      <div class="do">
        <div>
          <button class="button first" type="submit" disabled={isSending.value}>
            {isSending.value ? w.sending : w.go}
          </button>
          <p class="then">{w.goThen}</p>
        </div>
        <a class="button quiet" href={toInbox}>
          {words.value.cancelForm}
        </a>
      </div>
    </form>
  );
}

function readAmount(text: string, currency: string): number | undefined {
  try {
    const amount = parseAmount(text, currency);
    return amount > 0 ? amount : undefined;
  } catch {
    return undefined;
  }
}

interface FieldMore {
  name: string;
  why?: string;
  list?: string;
  inputMode?: "decimal" | "numeric";
  maxLength?: number;
}

function Field(props: { label: string; value: Signal<string>; problem: string | undefined } & FieldMore) {
  const { label, value, problem, why, name, list, inputMode, maxLength } = props;
  const id = useId();
  const said: ComponentChildren = problem ?? why;
  return (
    <div class={`field ${problem ? "wrong" : ""}`}>
      <label for={id}>{label}</label>
      <input
        id={id}
        type="text"
        autocomplete="off"
        value={value}
        aria-invalid={problem !== undefined}
        aria-describedby={said ? `${id}-why` : undefined}
        onInput={(event) => {
          value.value = event.currentTarget.value;
        }}
        name={name}
        {...(list && { list })}
        {...(inputMode && { inputMode })}
        {...(maxLength && { maxLength })}
      />
      {said && (
        <p id={`${id}-why`} class={problem ? "problem" : "then"}>
          {said}
        </p>
      )}
    </div>
  );
}

interface ChoiceProps<N extends string> {
  legend: string;
  names: readonly N[];
  says: Readonly<Record<N, string>>;
  value: Signal<N>;
  problem?: string | undefined;
}

function Choice<N extends string>({ legend, names, says, value, problem }: ChoiceProps<N>) {
  const group = useId();
  return (
    <fieldset class="choice">
      <legend>{legend}</legend>
      {names.map((name) => (
        <label key={name}>
          <input
            type="radio"
            name={group}
            checked={value.value === name}
            onChange={() => {
              value.value = name;
            }}
          />
          <span>{says[name]}</span>
        </label>
      ))}
      {problem && <p class="problem">{problem}</p>}
    </fieldset>
  );
}
