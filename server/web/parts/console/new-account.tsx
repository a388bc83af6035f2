/** A new account; what is there already is never set anew from here. */
import { useSignal } from "@preact/signals";
import { parseAmount } from "@tallystick/protocol/money";
import { to, toAccount } from "../../model/console-place.ts";
import { useDoing } from "../../model/loading.ts";
import { said } from "../../words/console.ts";
import { words } from "../../words/languages.ts";
import { Choice, Field, Trouble, valuesOf } from "./parts.tsx";

export function NewAccount() {
  const w = said.value.accounts;
  const { isBusy, error, run } = useDoing();
  const problem = useSignal("");
  const submit = async (event: Event) => {
    const { party = "", number = "", holder = "", kind, currency = "", amount: text = "" } = valuesOf(event);
    const code = currency.toUpperCase();
    let amount: number;
    try {
      amount = parseAmount(text, code);
      problem.value = "";
    } catch (reason) {
      problem.value = reason instanceof Error ? reason.message : w.problem;
      return;
    }
    const body =
      kind === "credit"
        ? ({ holder, currency: code, kind: "credit", limit: amount } as const)
        : ({ holder, currency: code, kind: "funds", balance: amount } as const);
    await run(
      async (hub, commandId) => {
        const made = await hub.putAccount(party, number, body, { ifNoneMatch: "*", commandId });
        location.hash = toAccount(party, made.number);
      },
      [party, number, body],
    );
  };
  const kinds = [
    ["funds", words.value.kind("funds")],
    ["credit", words.value.kind("credit")],
  ] as const;
  return (
    <>
      <p class="above">
        <a href={to("accounts")}>← {said.value.views.accounts}</a>
      </p>
      <h1 tabIndex={-1}>{w.create}</h1>
      <form class="narrow" onSubmit={(event) => void submit(event)}>
        <Field label={w.party} name="party" required pattern="[a-z0-9][a-z0-9._\-]*" maxLength={64} />
        <Field label={w.number} name="number" required pattern="[A-Za-z0-9\-]+" maxLength={34} />
        <Field label={w.holder} name="holder" required maxLength={140} />
        <Choice label={w.kind} name="kind" value="funds" options={kinds} />
        <Field
          label={said.value.currency}
          name="currency"
          required
          value="CNY"
          pattern="[A-Za-z]{3}"
          maxLength={3}
        />
        <Field label={w.total} name="amount" required inputMode="decimal" />
        {problem.value && <p class="problem">{problem.value}</p>}
        <p class="then">{w.createThen}</p>
        <Trouble error={error.value} />
        <div class="pair">
          <button class="button first" type="submit" disabled={isBusy.value}>
            {w.create}
          </button>
        </div>
      </form>
    </>
  );
}
