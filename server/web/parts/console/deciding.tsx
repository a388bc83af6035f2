/** What an operator can do about something: chosen first, then confirmed with what it does said beside it. */
import { useSignal } from "@preact/signals";
import type { Operator } from "@tallystick/client/operator";
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { useDoing } from "../../model/loading.ts";
import { said } from "../../words/console.ts";
import { Trouble, valuesOf } from "./parts.tsx";

/** Something that can be done. */
export interface Decision {
  label: string;
  effect: string;
  fields?: ComponentChildren;
  /** It can't touch money. */
  isOfNoMoney?: boolean;
  /** What its button says, where "Do it" is too little. */
  go?: string;
  /** @param commandId the same again as long as nobody knows what came of it. */
  act: (hub: Operator, values: Record<string, string>, commandId: string) => Promise<unknown>;
}

export interface DecisionFormProps {
  decision: Decision;
  decided: () => void;
  back: () => void;
}

/** Whoever has chosen is led here, not onto the button: a key that is held down decides nothing. */
export function DecisionForm({ decision, decided, back }: DecisionFormProps) {
  const w = said.value.act;
  const { isBusy, error, run } = useDoing();
  const title = useRef<HTMLHeadingElement>(null);
  const opener = useRef<Element | null>(document.activeElement);
  useLayoutEffect(() => title.current?.focus(), []);
  const leave = () => {
    back();
    (opener.current as HTMLElement | null)?.focus();
  };
  const submit = async (event: Event) => {
    const values = valuesOf(event);
    const isDone = await run((hub, commandId) => decision.act(hub, values, commandId), values);
    if (isDone) decided();
  };
  return (
    <form
      class="narrow deciding"
      onSubmit={(event) => void submit(event)}
      onKeyDown={(event) => {
        if (event.key === "Escape") leave();
      }}
    >
      <h3 tabIndex={-1} ref={title}>
        {decision.label}
      </h3>
      <p class="then">{decision.effect}</p>
      {decision.fields}
      <Trouble of={decision.isOfNoMoney ? "nothing" : "money"} error={error.value} />
      <div class="pair">
        <button class="button first" type="submit" disabled={isBusy.value}>
          {decision.go ?? w.yes}
        </button>
        <button class="button quiet" type="button" onClick={leave}>
          {w.no}
        </button>
      </div>
    </form>
  );
}

export interface ChoicesProps {
  decisions: readonly Decision[];
  chosen: number | undefined;
  choose: (place: number | undefined) => void;
}

/** A button for each; which one is open is said. */
export function Choices({ decisions, chosen, choose }: ChoicesProps) {
  return (
    <>
      {decisions.map(({ label }, place) => (
        <button
          key={label}
          class="button"
          type="button"
          aria-expanded={chosen === place}
          onClick={() => choose(chosen === place ? undefined : place)}
        >
          {label}
        </button>
      ))}
    </>
  );
}

/** The buttons, and below them what was chosen. */
export function Deciding({
  decisions,
  decided,
  children,
}: {
  decisions: readonly Decision[];
  decided: () => void;
  children?: ComponentChildren;
}) {
  const chosen = useSignal<number | undefined>(undefined);
  const decision = chosen.value === undefined ? undefined : decisions[chosen.value];
  const choose = (place: number | undefined) => {
    chosen.value = place;
  };
  return (
    <>
      <div class="pair">
        {children}
        <Choices decisions={decisions} chosen={chosen.value} choose={choose} />
      </div>
      {decision && (
        <DecisionForm
          key={decision.label}
          decision={decision}
          back={() => choose(undefined)}
          decided={() => {
            choose(undefined);
            decided();
          }}
        />
      )}
    </>
  );
}
