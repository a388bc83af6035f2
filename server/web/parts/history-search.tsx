/** What of the history to look for. It stands in the address, so that a search can be kept, and gone back to. */
import { useSignal } from "@preact/signals";
import { useEffect, useId, useRef } from "preact/hooks";
import { CURRENCIES } from "../model/currencies.ts";
import { replace, toHistory } from "../model/place.ts";
import { CHOICES, isNarrow, LONGEST_Q, type Search } from "../model/search.ts";
import { words } from "../words/languages.ts";
import { GlassMark } from "./marks.tsx";
import { PartyList } from "./party-list.tsx";

/** So long nothing is typed before it is looked for, milliseconds. */
const PAUSE_MS = 300;

/** The words as they are typed, ahead of the search; whatever is chosen meanwhile is looked for together with them. */
function useSearch(search: Search) {
  const text = useSignal(search.q);
  const asked = useRef(search.q);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const set = (change: Partial<Search> = {}) => {
    clearTimeout(timer.current);
    asked.current = text.value;
    replace(toHistory({ ...search, q: text.value, ...change }));
  };
  const latest = useRef(set);
  latest.current = set;
  const type = (typed: string) => {
    text.value = typed;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => latest.current(), PAUSE_MS);
  };
  useEffect(() => {
    // It was changed by another way than this, such as cleared.
    if (search.q !== asked.current) text.value = asked.current = search.q;
  }, [search.q, text]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return { text, type, set };
}

export function HistorySearch({ search }: { search: Search }) {
  const w = words.value.history;
  const { roles, states } = words.value;
  const { text, type, set } = useSearch(search);
  return (
    <search class="seek">
      <fieldset class="tabs">
        <legend class="visually-hidden">{w.ofLegend}</legend>
        {(["vouchers", "issuances"] as const).map((of) => (
          <label key={of}>
            <input
              type="radio"
              name="of"
              checked={search.of === of}
              // What is a state of one is none of the other.
              onChange={() => set({ of, state: "", role: "" })}
            />
            <span>{w.of[of]}</span>
          </label>
        ))}
      </fieldset>
      <Words text={text.value} type={type} />
      <details open={isNarrow({ ...search, q: "" })}>
        <summary>{w.more}</summary>
        <div class="narrow">
          <Choice label={w.state} value={search.state} go={(state) => set({ state })}>
            {CHOICES[search.of].state.map((state) => [state, states[state]])}
          </Choice>
          <Choice label={w.role} value={search.role} go={(role) => set({ role })}>
            {CHOICES[search.of].role.map((role) => [role, roles[role]])}
          </Choice>
          <Choice label={w.currency} value={search.currency} go={(currency) => set({ currency })}>
            {CURRENCIES.map((code) => [code, code])}
          </Choice>
          <Day label={w.from} value={search.from} go={(from) => set({ from })} />
          <Day label={w.to} value={search.to} go={(to) => set({ to })} />
        </div>
      </details>
    </search>
  );
}

function Words({ text, type }: { text: string; type: (text: string) => void }) {
  const w = words.value.history;
  return (
    <label class="find">
      <span class="visually-hidden">{w.find}</span>
      <GlassMark />
      <input
        type="search"
        placeholder={w.find}
        maxLength={LONGEST_Q}
        list="parties"
        value={text}
        onInput={(event) => type(event.currentTarget.value)}
      />
      <PartyList />
    </label>
  );
}

interface FieldProps {
  label: string;
  value: string;
  go: (value: string) => void;
}

function Choice({ label, value, go, children }: FieldProps & { children: [value: string, says: string][] }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => go(event.currentTarget.value)}>
        <option value="">{words.value.history.any}</option>
        {children.map(([one, says]) => (
          <option key={one} value={one}>
            {says}
          </option>
        ))}
      </select>
    </div>
  );
}

function Day({ label, value, go }: FieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input id={id} type="date" value={value} onChange={(event) => go(event.currentTarget.value)} />
    </div>
  );
}
