/** Fences and settlements that wait for a decision, and the decisions. */
import { useSignal } from "@preact/signals";
import type { Fence, Operator, Settlement } from "@tallystick/client/operator";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { to, toSubject } from "../../model/console-place.ts";
import { useListed } from "../../model/loading.ts";
import { live } from "../../model/operator.ts";
import { said } from "../../words/console.ts";
import { dayAndTime } from "../../words/format.ts";
import { TurnMark, UncutMark } from "../marks.tsx";
import { Money } from "../values.tsx";
import { Choices, type Decision, DecisionForm } from "./deciding.tsx";
import { Field, Section, Trouble } from "./parts.tsx";

interface Waits {
  key: string;
  at: number | undefined;
  money: { amount: number; currency: string } | undefined;
  what: ComponentChildren;
  decisions: readonly Decision[];
}

/** How many are shown in the overview. */
const FEW = 5;

async function* everything(hub: Operator): AsyncGenerator<Waits, void> {
  for await (const fence of hub.fences()) yield fenceWaits(fence);
  for await (const settlement of hub.settlements()) yield settlementWaits(settlement);
  for await (const settlement of hub.settlements({ state: "open" }))
    if (settlement.mode === "external") yield settlementWaits(settlement);
}

function fenceWaits({ issuanceId, voucherId, by, version, at, issuance, voucher, missing }: Fence): Waits {
  const w = said.value.decisions;
  const id = issuanceId ?? voucherId ?? "";
  const link = (
    <a class="id" href={toSubject(id)}>
      {id}
    </a>
  );
  const who = said.value.by[by] ?? by;
  const has = (issuance ?? voucher)?.version ?? 0;
  const resume: Decision = {
    label: missing ? w.close : w.resume(has),
    effect: missing ? w.closeThen : w.resumeThen,
    act: (hub, _, commandId) => hub.resume(id, { commandId }),
  };
  const cancel: Decision = {
    label: w.cancel,
    effect: w.cancelThen,
    fields: <Field label={w.reason} name="reason" maxLength={140} />,
    act: (hub, { reason }, commandId) => hub.cancel(id, reason || undefined, { commandId }),
  };
  return {
    key: id,
    at,
    money: issuance ?? voucher,
    what: missing ? (
      <>
        <b>{w.missing}</b> {w.missingWhat(who, version, link)}
      </>
    ) : (
      <>
        <b>{w.back}</b> {w.fence(who, version, link, has)}
      </>
    ),
    decisions: issuanceId && !missing ? [resume, cancel] : [resume],
  };
}

function settlementWaits(settlement: Settlement): Waits {
  const w = said.value.decisions;
  const { settlementId, voucherId, mode, state, reason, amount, currency, at, to: payee } = settlement;
  const reference = <Field label={w.reference} name="reference" required maxLength={64} />;
  const report = (outcome: "settled" | "failed"): Decision => ({
    label: outcome === "settled" ? w.paid : w.didFail,
    effect: outcome === "settled" ? w.paidThen : w.didFailThen,
    fields: reference,
    act: (hub, { reference = "" }, commandId) =>
      hub.report(settlementId, { state: outcome, reference }, { commandId }),
  });
  const redirect: Decision = {
    label: w.elsewhere,
    effect: w.elsewhereThen,
    fields: (
      <>
        <Field label={said.value.accounts.party} name="party" value={payee.party} required />
        <Field
          label={said.value.accounts.number}
          name="number"
          required
          pattern="[A-Za-z0-9\-]+"
          maxLength={34}
        />
      </>
    ),
    act: (hub, { party = "", number = "" }, commandId) =>
      hub.redirect(settlementId, { party, number }, { commandId }),
  };
  const isOutside = mode === "external" && state === "open";
  return {
    key: settlementId,
    at,
    money: { amount, currency },
    what: (
      <>
        <b>{isOutside ? w.outside : w.failed}</b>{" "}
        {isOutside
          ? w.outsideWhat(payee.party)
          : w.failedWhat(payee.party, payee.last4 ?? "", w.reasons[reason ?? ""] ?? reason ?? "")}{" "}
        <a class="id" href={toSubject(voucherId)}>
          {voucherId}
        </a>
      </>
    ),
    decisions: isOutside
      ? [report("settled"), report("failed")]
      : mode === "book"
        ? [redirect, report("settled")]
        : [report("settled")],
  };
}

export function DecisionList({ isShort = false }: { isShort?: boolean }) {
  const w = said.value;
  const { waiting } = live.value ?? {};
  // It is read anew when something has come or gone.
  const round = waiting ? `${waiting.fences}/${waiting.settlementsFailed}/${waiting.settlementsOpen}` : "";
  const { rows, error, isAll, more, again } = useListed(everything, [round], isShort ? FEW : 50);
  const found = rows.value ?? [];
  if (isShort && found.length === 0) return null;
  const aside =
    found.length === 0 ? undefined : (
      <TurnMark turn="mine">{w.decideMore(waiting ? Math.max(found.length, 0) : found.length)}</TurnMark>
    );
  return (
    <Section title={w.decisions.title} aside={aside}>
      <Trouble of="reading" error={error.value} />
      {rows.value && found.length === 0 && (
        <div class="nothing">
          <UncutMark />
          <p>{w.decisions.none}</p>
          <p class="muted small">{w.decisions.noneWhy}</p>
        </div>
      )}
      {found.length > 0 && (
        <table class="decide stack">
          <thead class="visually-hidden">
            <tr>
              <th scope="col">{w.decisions.what}</th>
              <th scope="col">{w.decisions.amount}</th>
              <th scope="col">{w.decisions.since}</th>
              <th scope="col">{w.decisions.decide}</th>
            </tr>
          </thead>
          <tbody>
            {found.map((waits) => (
              <Row key={waits.key} waits={waits} decided={again} />
            ))}
          </tbody>
        </table>
      )}
      {rows.value && !isAll.value && (
        <p class="more">
          {isShort ? (
            <a href={to("decisions")}>{w.find.more}</a>
          ) : (
            <button class="button" type="button" onClick={() => void more()}>
              {w.find.more}
            </button>
          )}
        </p>
      )}
    </Section>
  );
}

function Row({ waits, decided }: { waits: Waits; decided: () => void }) {
  const chosen = useSignal<number | undefined>(undefined);
  const { what, money, at, decisions } = waits;
  const decision = chosen.value === undefined ? undefined : decisions[chosen.value];
  return (
    <>
      <tr>
        <td>
          <p>{what}</p>
        </td>
        <td class="r">{money && <Money amount={money.amount} currency={money.currency} />}</td>
        <td>{at !== undefined && dayAndTime(at)}</td>
        <td>
          <Choices
            decisions={decisions}
            chosen={chosen.value}
            choose={(place) => {
              chosen.value = place;
            }}
          />
        </td>
      </tr>
      {decision && (
        <tr class="deciding">
          <td colSpan={4}>
            <DecisionForm
              key={decision.label}
              decision={decision}
              decided={decided}
              back={() => {
                chosen.value = undefined;
              }}
            />
          </td>
        </tr>
      )}
    </>
  );
}

export function Decisions() {
  useEffect(() => document.querySelector<HTMLElement>("main h1")?.focus({ preventScroll: true }), []);
  return (
    <>
      <h1 class="visually-hidden" tabIndex={-1}>
        {said.value.views.decisions}
      </h1>
      <DecisionList />
    </>
  );
}
