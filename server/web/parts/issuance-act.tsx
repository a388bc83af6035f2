/** The one or two things that are possible now with an issuance; everything else is out of the way. */
import { useSignal } from "@preact/signals";
import type { IssuanceCommand } from "@tallystick/protocol/next-steps";
import type { ComponentChildren } from "preact";
import type { IssuanceItem } from "../model/issuance-item.ts";
import type { Input } from "../model/item.ts";
import { clock } from "../words/format.ts";
import { words } from "../words/languages.ts";
import { Action, OnItsWay, ReasonForm } from "./action.tsx";
import { Countdown, Drain } from "./countdown.tsx";
import { Fence } from "./fence.tsx";
import { TurnMark } from "./marks.tsx";
import { type Chosen, Pick, whyItCannotPay } from "./pick.tsx";
import { Refusal, sentencesOf } from "./refusal.tsx";
import { Name, Sum } from "./values.tsx";

/** Which of the forms that ask for a reason is open. */
type Form = "payer:decline" | "account:change" | "issuance:cancel";

export function IssuanceAct({ item }: { item: IssuanceItem }) {
  const w = words.value;
  const form = useSignal<Form | undefined>(undefined);
  const { deadline = 0, currency, state } = item.snapshot.value;
  const isMine = item.turn.value === "mine";
  const since = item.events.value.at(-1)?.at ?? deadline;
  const refused = item.refused.value;
  const can = (command: IssuanceCommand) => item.commands.value.includes(command);
  const open = form.value && can(form.value) ? form.value : undefined;
  const send = (command: IssuanceCommand, input?: Input) => {
    form.value = undefined;
    void item.send(command, input);
  };
  return (
    <section class={isMine ? "yours" : "others"} aria-labelledby="ask">
      <div class="head">
        <div class="clock">
          <TurnMark turn={item.turn.value}>{isMine ? w.yourTurn : w.theirTurn}</TurnMark>
          <Countdown until={deadline} />
        </div>
        <Drain from={since} until={deadline} mine={isMine} />
        <p class="until">{(isMine ? w.answerBy : w.theyAnswerBy)(clock(deadline))}</p>
        <h2 class="ask" id="ask" tabIndex={-1}>
          <Question item={item} />
        </h2>
      </div>
      <Fence item={item} />
      {refused && <Refusal says={sentencesOf(refused, currency)} />}
      <OnItsWay pending={item.pending.value} />
      {open ? (
        <Reasons
          item={item}
          form={open}
          send={send}
          back={() => {
            form.value = undefined;
          }}
        />
      ) : (
        <>
          <Choices
            key={state}
            item={item}
            send={send}
            ask={(wanted) => {
              form.value = wanted;
            }}
          />
          {can("issuance:cancel") && !can("payer:decline") && (
            <button
              class="button quiet cancel"
              type="button"
              disabled={item.pending.value !== undefined}
              onClick={() => {
                form.value = "issuance:cancel";
              }}
            >
              {w.act.cancel}
            </button>
          )}
        </>
      )}
    </section>
  );
}

function Question({ item }: { item: IssuanceItem }) {
  const { ask } = words.value;
  const { state, issuer, payer } = item.snapshot.value;
  const isSelf = issuer === payer;
  const [asIssuer, asPayer] = [<Name key="i" party={issuer} />, <Name key="p" party={payer} />];
  if (item.turn.value !== "mine") {
    const key = state as keyof typeof ask.waits;
    return <>{ask.waits[key](key === "agreed" || key === "verified" ? asIssuer : asPayer)}</>;
  }
  switch (state) {
    case "proposed":
      return <>{ask.agree(asIssuer)}</>;
    case "agreed":
      return <>{isSelf ? ask.openSelf : ask.open(asPayer)}</>;
    case "opened":
      return <>{ask.submit}</>;
    case "changing": {
      const change = item.events.value.findLast(({ type }) => type === "account.change_agreed");
      return <>{change?.by === "issuer" && !isSelf ? ask.change(asIssuer) : ask.changeOwn}</>;
    }
    default:
      return <>{isSelf ? ask.acceptSelf : ask.accept(asPayer)}</>;
  }
}

interface ChoicesProps {
  item: IssuanceItem;
  send: (command: IssuanceCommand, input?: Input) => void;
  ask: (form: Form) => void;
}

function Choices({ item, send, ask }: ChoicesProps) {
  const w = words.value;
  const { amount, currency, issuer, payer, account } = item.snapshot.value;
  const can = (command: IssuanceCommand) => item.commands.value.includes(command);
  const disabled = item.pending.value !== undefined;
  const sum = <Sum amount={amount} currency={currency} />;
  const isMine = item.turn.value === "mine";
  const actions: ComponentChildren[] = [];
  const add = (
    command: IssuanceCommand,
    label: string,
    then: ComponentChildren,
    press = () => send(command),
  ) =>
    actions.push(
      <Action
        key={command}
        label={label}
        effect={then}
        first={isMine && actions.length === 0}
        disabled={disabled}
        press={press}
      />,
    );
  if (can("account:submit")) return <PayChoices item={item} send={send} />;
  if (can("payer:agree")) add("payer:agree", w.act.agree, w.act.agreeThen);
  if (can("payer:decline"))
    add("payer:decline", w.act.decline, w.act.declineThen, () => ask("payer:decline"));
  if (can("issuance:open"))
    add(
      "issuance:open",
      w.act.open,
      issuer === payer ? w.ask.openSelf : w.act.openThen(<Name party={payer} />),
    );
  if (can("issuance:accept")) add("issuance:accept", w.act.accept, w.act.acceptThen(sum));
  if (can("account:change") && account) {
    const isOwn = item.roles.value.includes("payer");
    if (isOwn) add("account:change", w.act.changeOwn, w.act.changeOwnThen);
    else
      add("account:change", w.act.change, w.act.changeThen(<Name party={payer} />), () =>
        ask("account:change"),
      );
  }
  return <div class="do">{actions}</div>;
}

/** The payer's answer: one of its accounts, or the one that stands. */
function PayChoices({ item, send }: Omit<ChoicesProps, "ask">) {
  const w = words.value;
  const { amount, currency, issuer, account, review, changes } = item.snapshot.value;
  const chosen = useSignal<Chosen | undefined>(undefined);
  const disabled = item.pending.value !== undefined;
  const isIssued = review === "none" || (review === "first" && changes > 0);
  const standing = item.snapshot.value.state === "changing" ? account : undefined;
  const { label } = chosen.value ?? {};
  const then = isIssued
    ? w.act.payIssues(<Sum amount={amount} currency={currency} />)
    : w.act.payWaits(<Name party={issuer} />);
  return (
    <>
      <Pick
        legend={w.pick.legend}
        cannot={w.pick.cannot}
        obstacle={(one) => whyItCannotPay(one, { amount, currency, standing })}
        chosen={chosen}
      />
      <div class="do">
        <Action
          label={label ? w.act.pay(label) : w.act.sendAccount}
          effect={then}
          first
          disabled={disabled || !chosen.value}
          press={() => send("account:submit", chosen.value)}
        />
        {standing && item.commands.value.includes("account:keep") && (
          <Action
            label={w.act.keep(w.account(standing))}
            effect={w.act.keepThen(<Name party={issuer} />)}
            disabled={disabled}
            press={() => send("account:keep")}
          />
        )}
      </div>
    </>
  );
}

interface ReasonsProps {
  item: IssuanceItem;
  form: Form;
  send: (command: IssuanceCommand, input: Input) => void;
  back: () => void;
}

function Reasons({ item, form, send, back }: ReasonsProps) {
  const { act } = words.value;
  const payer = <Name party={item.snapshot.value.payer} />;
  const says = {
    "payer:decline": { title: act.decline, label: act.decline, effect: act.declineThen },
    "account:change": { title: act.change, label: act.change, effect: act.changeThen(payer) },
    "issuance:cancel": { title: act.cancelAsk, label: act.cancel, effect: act.cancelThen },
  }[form];
  return (
    <ReasonForm {...says} go={(reason) => send(form, reason === undefined ? {} : { reason })} back={back} />
  );
}
