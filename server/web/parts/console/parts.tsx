/** Small parts that several of the console's views are made of. */
import { isTallystickError } from "@tallystick/client/operator";
import { formatAmount } from "@tallystick/protocol/money";
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import type { Listed } from "../../model/loading.ts";
import { said } from "../../words/console.ts";
import { Refusal } from "../refusal.tsx";

/** A sum in a column of its own, its point under those of others. */
export function Column({
  amount,
  currency,
  sign = amount < 0 ? "−" : "",
}: {
  amount: number;
  currency: string;
  sign?: string;
}) {
  const [whole = "", fraction] = formatAmount(Math.abs(amount), currency).split(".");
  return (
    <span>
      {sign}
      {whole}
      <span class="frac">{fraction === undefined ? "" : `.${fraction}`}</span>
    </span>
  );
}

export function Section({
  title,
  aside,
  children,
}: {
  title: string;
  aside?: ComponentChildren;
  children: ComponentChildren;
}) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <div class="h">
        <h2 id={id}>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

/** The next rows of a list, where there are any. */
export function More<T>({
  list: { rows, isAll, more },
}: {
  list: Pick<Listed<T>, "rows" | "isAll" | "more">;
}) {
  if (!rows.value?.length || isAll.value) return null;
  return (
    <p class="more">
      <button class="button" type="button" onClick={() => void more()}>
        {said.value.find.more}
      </button>
    </p>
  );
}

/** What was asked for: an act that may move money, one that can't, or only to look. */
export type TroubleOf = "money" | "nothing" | "reading";

/** What was refused: what happened, the money, what to do. */
export function Trouble({ error, of = "money" }: { error: unknown; of?: TroubleOf }) {
  if (error === undefined) return null;
  const w = said.value.refusal;
  const message = error instanceof Error ? error.message : String(error);
  if (!isTallystickError(error)) return <Refusal says={[w.fault(message), w.money.untouched ?? "", w.new]} />;
  const isUnknown = error.money === "unknown";
  if (of === "reading") {
    const next = isUnknown ? w.later : error.code === "not_found" ? w.elsewhere : w[error.retry];
    return <Refusal says={[isUnknown ? w.unread : w.what(error.code, message), w.looking, next]} />;
  }
  const money = of === "nothing" ? w.money.untouched : w.money[error.money];
  return <Refusal says={[w.what(error.code, message), money ?? "", w[error.retry]]} />;
}

export interface FieldProps {
  label: string;
  name: string;
  hint?: string | undefined;
  type?: "text" | "search" | "password";
  value?: string | undefined;
  required?: boolean;
  pattern?: string;
  maxLength?: number;
  inputMode?: "decimal" | undefined;
}

/** A field of a form, which is read as a whole when it is sent. */
export function Field({ label, hint, value = "", type = "text", required = false, ...input }: FieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type={type as "text"}
        autocomplete="off"
        required={required}
        defaultValue={value}
        {...input}
        aria-describedby={hint ? `${id}-why` : undefined}
      />
      {hint && (
        <p class="then" id={`${id}-why`}>
          {hint}
        </p>
      )}
    </div>
  );
}

export interface ChoiceProps {
  label: string;
  name: string;
  value?: string;
  options: readonly (readonly [value: string, label: string])[];
}

export function Choice({ label, name, value = "", options }: ChoiceProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} name={name}>
        {options.map(([one, text]) => (
          <option key={one} value={one} selected={one === value}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

/** What the fields of a form hold, as texts. */
export function valuesOf(event: Event): Record<string, string> {
  event.preventDefault();
  const data = new FormData(event.currentTarget as HTMLFormElement);
  return Object.fromEntries([...data].map(([name, value]) => [name, String(value).trim()]));
}

/** How far something is. */
export function Progress({ share, label }: { share: number; label: string }) {
  return (
    <p class="progress">
      <progress max={1} value={share} aria-label={label} /> {Math.round(share * 100)} %
    </p>
  );
}
