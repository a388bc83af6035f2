/** What can be pressed, with what it does said under it; and what is said while a command is on its way. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { desk } from "../model/current.ts";
import type { Pending } from "../model/item.ts";
import { words } from "../words/languages.ts";

export interface ActionProps {
  label: ComponentChildren;
  effect: ComponentChildren;
  first?: boolean;
  disabled?: boolean;
  press: () => void;
}

export function Action({ label, effect, first = false, disabled = false, press }: ActionProps) {
  const id = useId();
  return (
    <div>
      <button
        class={`button ${first ? "first" : ""}`}
        type="button"
        aria-describedby={id}
        disabled={disabled}
        onClick={press}
      >
        {label}
      </button>
      <p class="then" id={id}>
        {effect}
      </p>
    </div>
  );
}

export interface ReasonProps {
  title: ComponentChildren;
  label: string;
  effect?: ComponentChildren;
  required?: boolean;
  go: (reason: string | undefined) => void;
  back: () => void;
}

/** Asks for the reason that the other side will read. */
export function ReasonForm({ title, label, effect, required = false, go, back }: ReasonProps) {
  const w = words.value;
  const reason = useSignal("");
  const id = useId();
  const submit = (event: Event) => {
    event.preventDefault();
    const text = reason.value.trim();
    if (text !== "" || !required) go(text === "" ? undefined : text);
  };
  return (
    <form class="reason" onSubmit={submit}>
      <h3>{title}</h3>
      {effect && <p class="then">{effect}</p>}
      <label for={id}>
        {w.act.reason} {!required && <span class="muted">({w.act.optional})</span>}
      </label>
      <input
        id={id}
        maxLength={140}
        required={required}
        value={reason}
        onInput={(event) => {
          reason.value = event.currentTarget.value;
        }}
        // It was opened to be written into.
        ref={(input) => input?.focus()}
      />
      <div class="pair">
        <button class="button" type="submit">
          {label}
        </button>
        <button class="button quiet" type="button" onClick={back}>
          {w.cancelForm}
        </button>
      </div>
    </form>
  );
}

/** A command that is on its way. */
export function OnItsWay({ pending }: { pending: Pending | undefined }) {
  const w = words.value;
  const isCut = desk.value?.line.state.value.is === "cut";
  const text =
    pending &&
    (isCut ? w.act.waitsForLine : pending.tries > 0 ? w.act.repeating(pending.tries) : w.act.sending);
  return (
    <p class="doing" role="status">
      {text}
    </p>
  );
}
