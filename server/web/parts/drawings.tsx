/** What was drawn on a voucher, and what became of it. */
import type { VoucherSnapshot } from "@tallystick/client";
import { formatAmount } from "@tallystick/protocol/money";
import { clock, day, dayAndTime } from "../words/format.ts";
import { words } from "../words/languages.ts";
import { CELL, ROW, TABLE } from "./table.ts";
import { Memo, Name } from "./values.tsx";

export function Drawings({ voucher }: { voucher: VoucherSnapshot }) {
  const w = words.value.voucher;
  return (
    <table class="draws" {...TABLE}>
      <caption>{w.drawings}</caption>
      <thead class="visually-hidden">
        <tr>
          <th scope="col">{w.columns.number}</th>
          <th scope="col">{w.columns.at}</th>
          <th scope="col">{w.columns.what}</th>
          <th scope="col">{w.columns.amount}</th>
        </tr>
      </thead>
      <tbody>
        {voucher.drawings.map((drawing, index) => (
          <tr key={drawing.drawingId} {...ROW}>
            <td {...CELL}>{index + 1}</td>
            <td {...CELL}>
              {day(drawing.at)} <small>{clock(drawing.at).slice(0, 5)}</small>
            </td>
            <td {...CELL}>
              <Outcome voucher={voucher} drawing={drawing} />
            </td>
            <td {...CELL} class="r">
              {formatAmount(drawing.amount, voucher.currency)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Outcome({
  voucher,
  drawing,
}: {
  voucher: VoucherSnapshot;
  drawing: VoucherSnapshot["drawings"][number];
}) {
  const w = words.value.voucher.drawing;
  const { state, settlement, reason, deadline = 0, to } = drawing;
  const approver = voucher.approval && voucher[voucher.approval.by];
  if (state === "presented")
    return (
      <>{w.waitsFor(<Name party={approver ?? ""} />, <span class="when">{dayAndTime(deadline)}</span>)}</>
    );
  if (state === "refused")
    return <>{w.refused(<Memo of={{ memo: reason, forgotten: voucher.forgotten }} />)}</>;
  return (
    <>
      {w[settlement ?? "open"]} {to && <small>{w.to(to.last4)}</small>}
    </>
  );
}
