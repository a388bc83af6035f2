/** What a party can do with a voucher now: take it, draw on it, decide on a drawing, give it up, or take it back. */
import { useSignal } from "@preact/signals";
import { formatAmount, parseAmount } from "@tallystick/protocol/money";
import type { VoucherCommandName } from "@tallystick/protocol/voucher-lifecycle";
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import type { Input } from "../model/item.ts";
import type { VoucherItem } from "../model/voucher-item.ts";
import { words } from "../words/languages.ts";
import { Action, OnItsWay, ReasonForm } from "./action.tsx";
import { Countdown } from "./countdown.tsx";
import { Fence, Lost } from "./fence.tsx";
import { TurnMark } from "./marks.tsx";
import { type Chosen, Pick, whyItCannotTake } from "./pick.tsx";
import { Refusal, sentencesOf } from "./refusal.tsx";
import { Name, Sum } from "./values.tsx";

type Form = "voucher:draw" | "voucher:release" | "voucher:reject" | "voucher:withdraw" | "drawing:refuse";

export function VoucherAct({ item }: { item: VoucherItem }) {
  const w = words.value;
  const form = useSignal<Form | undefined>(undefined);
  const { currency, expiresAt } = item.snapshot.value;
  const decision = item.decision.value;
  const can = (command: VoucherCommandName) => item.commands.value.includes(command);
  const open = form.value && can(form.value) ? form.value : undefined;
  const turn = item.turn.value;
  const refused = item.refused.value;
  const close = () => {
    form.value = undefined;
  };
  const send = async (command: VoucherCommandName, input: Input = {}) => {
    const isReason = command !== "voucher:draw" && command !== "voucher:release";
    if (isReason) close();
    // What was filled in stays where it was refused.
    if (await item.send(command, { ...input, ...(decision && { drawingId: decision.drawingId }) })) close();
  };
  if (item.lost.value?.code === "rolled_back")
    return (
      <section class="others">
        <Lost item={item} />
      </section>
    );
  if (turn === "nobody")
    return (
      <section class="others">
        <p class="ask">{w.life.ended}</p>
      </section>
    );
  return (
    <section class={turn === "mine" ? "yours" : "others"} aria-labelledby="ask">
      {turn === "mine" && (
        <>
          <div class="clock">
            <TurnMark turn={turn}>{w.yourTurn}</TurnMark>
            <Countdown until={item.until.value} />
          </div>
          <p class="until">
            {decision?.deadline !== undefined
              ? w.life.silence(w.dayAndTime(decision.deadline))
              : w.life.until(w.dayAndTime(expiresAt))}
          </p>
        </>
      )}
      <h2 class="ask" id="ask" tabIndex={-1}>
        <Question item={item} />
      </h2>
      <Fence item={item} />
      {refused && <Refusal says={sentencesOf(refused, currency)} />}
      <OnItsWay pending={item.pending.value} />
      {open ? (
        <Forms item={item} form={open} send={send} back={close} />
      ) : (
        <Choices
          item={item}
          send={send}
          ask={(wanted) => {
            form.value = wanted;
          }}
        />
      )}
    </section>
  );
}

function Question({ item }: { item: VoucherItem }) {
  const { life } = words.value;
  const { state, beneficiary, remaining, amount, currency, approval, pending } = item.snapshot.value;
  const voucher = item.snapshot.value;
  const decision = item.decision.value;
  const name = <Name party={beneficiary} />;
  if (decision) return <>{life.decide(name, <Sum amount={decision.amount} currency={currency} />)}</>;
  if (item.turn.value === "mine") return <>{life.take(<Sum amount={amount} currency={currency} />)}</>;
  if (item.roles.value.includes("beneficiary"))
    return <>{life.drawThen(<Sum amount={remaining} currency={currency} />)}</>;
  if (approval && pending > 0) return <>{life.watch.waits(<Name party={voucher[approval.by]} />)}</>;
  return <>{life.watch[state as "issued" | "accepted"](name)}</>;
}

interface ChoicesProps {
  item: VoucherItem;
  send: (command: VoucherCommandName, input?: Input) => void;
  ask: (form: Form) => void;
}

function Choices({ item, send, ask }: ChoicesProps) {
  const { life } = words.value;
  const { currency, beneficiary } = item.snapshot.value;
  const decision = item.decision.value;
  const disabled = item.pending.value !== undefined;
  const can = (command: VoucherCommandName) => item.commands.value.includes(command);
  const name = <Name party={beneficiary} />;
  const actions: ComponentChildren[] = [];
  const add = (command: VoucherCommandName, label: string, then: ComponentChildren, press: () => void) =>
    can(command) &&
    actions.push(
      <Action
        key={command}
        label={label}
        effect={then}
        first={actions.length === 0 && command !== "voucher:release" && command !== "voucher:withdraw"}
        disabled={disabled}
        press={press}
      />,
    );
  if (decision) {
    const sum = formatAmount(decision.amount, currency);
    add("drawing:approve", life.approve(sum), life.approveThen(name, decision.to?.last4), () =>
      send("drawing:approve"),
    );
    add("drawing:refuse", life.refuse, life.refuseThen(name), () => ask("drawing:refuse"));
  }
  add("voucher:accept", life.accept, life.acceptThen, () => send("voucher:accept"));
  add("voucher:draw", life.draw, life.drawInto, () => ask("voucher:draw"));
  add("voucher:release", life.release, life.releaseThen, () => ask("voucher:release"));
  add("voucher:reject", life.reject, life.rejectThen, () => ask("voucher:reject"));
  add("voucher:withdraw", life.withdraw, life.withdrawThen, () => ask("voucher:withdraw"));
  return <div class="do">{actions}</div>;
}

interface FormsProps {
  item: VoucherItem;
  form: Form;
  send: (command: VoucherCommandName, input?: Input) => void;
  back: () => void;
}

function Forms({ item, form, send, back }: FormsProps) {
  const { life } = words.value;
  const name = <Name party={item.snapshot.value.beneficiary} />;
  const reason = (title: string, then: ComponentChildren, required = false) => (
    <ReasonForm
      title={title}
      label={required ? life.refuseGo : title}
      effect={then}
      required={required}
      go={(text) => send(form, text === undefined ? {} : { reason: text })}
      back={back}
    />
  );
  switch (form) {
    case "voucher:reject":
      return reason(life.reject, life.rejectThen);
    case "voucher:withdraw":
      return reason(life.withdraw, life.withdrawThen);
    case "drawing:refuse":
      return reason(life.refuse, life.refuseThen(name), true);
    default:
      return <SumForm item={item} form={form} send={send} back={back} />;
  }
}

/** How much to draw, and into which account; or how much to give up. */
function SumForm({ item, form, send, back }: FormsProps) {
  const w = words.value;
  const { life } = w;
  const voucher = item.snapshot.value;
  const { currency, remaining, approval } = voucher;
  const isDrawing = form === "voucher:draw";
  const text = useSignal(formatAmount(remaining, currency).replaceAll(",", ""));
  const isFinal = useSignal(false);
  const chosen = useSignal<Chosen | undefined>(undefined);
  const id = useId();
  const amount = readAmount(text.value, currency);
  const fits = amount !== undefined && amount <= remaining;
  const disabled = !fits || item.pending.value !== undefined || (isDrawing && !chosen.value);
  const sum = formatAmount(amount ?? 0, currency);
  const approver = approval && <Name party={voucher[approval.by]} />;
  const then = !isDrawing
    ? life.releaseThen
    : approval
      ? life.drawWaits(approver, w.terms.days(approval.within))
      : life.drawNow;
  const submit = (event: Event) => {
    event.preventDefault();
    if (disabled || amount === undefined) return;
    const rest = isFinal.value && amount < remaining ? { final: true } : {};
    send(form, isDrawing ? { ...chosen.value, amount, ...rest } : { amount });
  };
  return (
    <form class="draw" onSubmit={submit}>
      <h3>{isDrawing ? life.drawTitle : life.releaseTitle}</h3>
      <div class={`field ${fits ? "" : "wrong"}`}>
        <label for={id}>
          {life.amount} <span class="muted">{currency}</span>
        </label>
        <input
          id={id}
          inputMode="decimal"
          autocomplete="off"
          value={text}
          aria-invalid={!fits}
          aria-describedby={`${id}-why`}
          onInput={(event) => {
            text.value = event.currentTarget.value;
          }}
          // It was opened to be filled in.
          ref={(input) => {
            if (input && !input.dataset.begun) {
              input.dataset.begun = "yes";
              input.select();
            }
          }}
        />
        <p class={fits ? "then" : "problem"} id={`${id}-why`}>
          {fits && amount === remaining
            ? life.all
            : life.exceeds(`${currency} ${formatAmount(remaining, currency)}`)}
        </p>
      </div>
      {isDrawing && (
        <Pick
          legend={w.pick.intoLegend}
          cannot={w.pick.cannotTake}
          obstacle={(account) => whyItCannotTake(account, currency)}
          chosen={chosen}
        />
      )}
      {isDrawing && fits && amount < remaining && (
        <label class="check">
          <input
            type="checkbox"
            checked={isFinal}
            onChange={(event) => {
              isFinal.value = event.currentTarget.checked;
            }}
          />
          <span>{life.final}</span>
        </label>
      )}
      <div class="do">
        <div>
          <button class="button first" type="submit" disabled={disabled}>
            {isDrawing ? life.drawGo(sum) : life.releaseGo(sum)}
          </button>
          <p class="then">{then}</p>
        </div>
        <button class="button quiet" type="button" onClick={back}>
          {w.cancelForm}
        </button>
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
