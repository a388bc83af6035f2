/** What was found, as a table of the days on which it began. */
import { VOUCHER_ROLES } from "@tallystick/protocol/voucher-lifecycle";
import type { Hit } from "../model/found.ts";
import { toIssuance, toVoucher } from "../model/place.ts";
import { clock, day } from "../words/format.ts";
import { words } from "../words/languages.ts";
import { CELL, HEAD, ROW, TABLE } from "./table.ts";
import { Memo, Money, Name } from "./values.tsx";

export function Hits({ hits, party }: { hits: readonly Hit[]; party: string }) {
  const { columns } = words.value.history;
  return (
    <table class="rows" {...TABLE}>
      <thead>
        <tr {...ROW}>
          <th {...HEAD}>{columns.at}</th>
          <th {...HEAD}>{columns.with}</th>
          <th {...HEAD}>{columns.for}</th>
          <th {...HEAD}>{columns.state}</th>
          <th {...HEAD} class="r">
            {columns.amount}
          </th>
        </tr>
      </thead>
      <tbody>
        {hits.map((hit) => (
          <Row key={hit.id} hit={hit} party={party} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ hit, party }: { hit: Hit; party: string }) {
  const w = words.value;
  const { amount, currency, state } = hit.snapshot;
  const roles = VOUCHER_ROLES.filter((role) => hit.snapshot[role] === party);
  return (
    <tr {...ROW}>
      <td {...CELL} class="at">
        {day(hit.at)} <small>{clock(hit.at).slice(0, 5)}</small>
      </td>
      <td {...CELL} class="with">
        <a href={hit.kind === "voucher" ? toVoucher(hit.id) : toIssuance(hit.id)}>
          <Name party={otherOf(hit, party)} />
        </a>
        <small>{w.history.as(roles.map((role) => w.roles[role]))}</small>
      </td>
      <td {...CELL} class="for">
        <Memo of={hit.snapshot} />
      </td>
      <td {...CELL} class="state">
        {w.states[state]}
      </td>
      <td {...CELL} class="r">
        <Money amount={amount} currency={currency} />
      </td>
    </tr>
  );
}

/** Whom the money comes from, or goes to. */
function otherOf({ kind, snapshot }: Hit, party: string): string {
  const { payer, issuer, beneficiary } = snapshot;
  if (payer !== party) return payer;
  return kind === "issuance" || beneficiary === payer ? issuer : beneficiary;
}
