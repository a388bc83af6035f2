/** Issuances and vouchers that are looked for in the archive, the newest first. */
import type { Operator } from "@tallystick/client/operator";
import { ISSUANCE_ID_PATTERN, VOUCHER_ID_PATTERN } from "@tallystick/protocol/ids";
import { STATES } from "@tallystick/protocol/lifecycle";
import { VOUCHER_STATES } from "@tallystick/protocol/voucher-lifecycle";
import { look, place, toSubject } from "../../model/console-place.ts";
import { useListed } from "../../model/loading.ts";
import { said } from "../../words/console.ts";
import { dayAndTime } from "../../words/format.ts";
import { Memo, Money, Name } from "../values.tsx";
import { Choice, Field, More, Trouble, valuesOf } from "./parts.tsx";

type Kind = "issuances" | "vouchers";
type Row = {
  id: string;
  issuer: string;
  payer: string;
  state: string;
  began: number;
  amount: number;
  remaining: number | undefined;
  currency: string;
  memo?: string | undefined;
  forgotten?: true | undefined;
};

const STATES_OF = { issuances: STATES, vouchers: VOUCHER_STATES } as const;

async function* find(hub: Operator, kind: Kind, query: Record<string, string>): AsyncGenerator<Row, void> {
  if (kind === "issuances") {
    for await (const one of hub.issuances({ ...query, pageSize: 50 }))
      yield { ...one, id: one.issuanceId, began: one.createdAt, remaining: undefined };
    return;
  }
  for await (const one of hub.vouchers({ ...query, pageSize: 50 }))
    yield { ...one, id: one.voucherId, began: one.issuedAt };
}

export function Find({ kind }: { kind: Kind }) {
  const w = said.value;
  const query = Object.fromEntries(place.value.query);
  const by = place.value.query.toString();
  const list = useListed((hub) => find(hub, kind, query), [kind, by]);
  const { rows, error, isAll } = list;
  const search = (event: Event) => {
    const values = valuesOf(event);
    const id = values.q ?? "";
    if (ISSUANCE_ID_PATTERN.test(id) || VOUCHER_ID_PATTERN.test(id)) location.hash = toSubject(id);
    else look(kind, { ...values, currency: (values.currency ?? "").toUpperCase() });
  };
  const states = STATES_OF[kind].map((state) => [state, w.states[state]] as const);
  return (
    <>
      <h1 tabIndex={-1}>{w.find.title[kind]}</h1>
      <form class="search" key={by} onSubmit={search}>
        <Field label={w.find.q} name="q" type="search" value={query.q} maxLength={140} />
        <Field label={w.find.party} name="party" value={query.party} />
        <Choice
          label={w.find.state}
          name="state"
          value={query.state ?? ""}
          options={[["", w.find.any], ...states]}
        />
        <Field label={w.find.currency} name="currency" value={query.currency} maxLength={3} />
        <button class="button" type="submit">
          {w.find.go}
        </button>
      </form>
      <Trouble of="reading" error={error.value} />
      <p class="nothing" role="status">
        {!rows.value && error.value === undefined && w.find.loading}
        {rows.value?.length === 0 && isAll.value && `${w.find.none} ${w.find.noneHint}`}
      </p>
      {rows.value && rows.value.length > 0 && (
        <table class="stack found">
          <thead>
            <tr>
              <th scope="col">{w.find.parties}</th>
              <th scope="col">{w.find.state}</th>
              <th scope="col">{w.find.began}</th>
              {kind === "vouchers" && (
                <th scope="col" class="r">
                  {w.find.remaining}
                </th>
              )}
              <th scope="col" class="r">
                {w.find.amount}
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.value.map((row) => (
              <FoundRow key={row.id} row={row} />
            ))}
          </tbody>
        </table>
      )}
      <More list={list} />
    </>
  );
}

function FoundRow({ row }: { row: Row }) {
  const { id, issuer, payer, state, began, amount, remaining, currency, memo } = row;
  const w = said.value;
  return (
    <tr>
      <th scope="row">
        <a href={toSubject(id)}>
          <Name party={issuer} />, <Name party={payer} />
        </a>
        {(memo !== undefined || row.forgotten) && (
          <small>
            <Memo of={row} />
          </small>
        )}
      </th>
      <td>{w.states[state as keyof typeof w.states]}</td>
      <td>{dayAndTime(began)}</td>
      {remaining !== undefined && (
        <td class="r" data-k={w.find.remaining}>
          <Money amount={remaining} currency={currency} />
        </td>
      )}
      <td class="r" data-k={w.find.amount}>
        <Money amount={amount} currency={currency} />
      </td>
    </tr>
  );
}
