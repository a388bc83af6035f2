/** One issuance, or one voucher: what it is, and all that has happened to it. */
import type { Operator } from "@tallystick/client/operator";
import { issuanceIdOf, isVoucherId, voucherIdOf } from "@tallystick/protocol/ids";
import type { ComponentChildren } from "preact";
import { to, toSubject } from "../../model/console-place.ts";
import { useLoaded } from "../../model/loading.ts";
import { said } from "../../words/console.ts";
import { clock, day, dayAndTime } from "../../words/format.ts";
import { words } from "../../words/languages.ts";
import { Money, Text } from "../values.tsx";
import { Section, Trouble } from "./parts.tsx";

async function read(hub: Operator, id: string) {
  if (isVoucherId(id)) {
    const voucher = await hub.voucher(id);
    return { voucher, issuance: undefined, events: await hub.voucherEvents(id).catch(() => []) };
  }
  const issuance = await hub.issuance(id);
  return { voucher: undefined, issuance, events: await hub.issuanceEvents(id).catch(() => []) };
}

type Found = Awaited<ReturnType<typeof read>>;
type AnyEvent = Found["events"][number];

export function SubjectPage({ id }: { id: string }) {
  const w = said.value.subject;
  const { value, error } = useLoaded((hub) => read(hub, id), [id]);
  const isVoucher = isVoucherId(id);
  const subject = value.value?.voucher ?? value.value?.issuance;
  return (
    <>
      <p class="above">
        <a href={to(isVoucher ? "vouchers" : "issuances")}>
          ← {said.value.views[isVoucher ? "vouchers" : "issuances"]}
        </a>
      </p>
      <h1 tabIndex={-1}>
        {isVoucher ? w.voucher : w.issuance} <span class="id">{id}</span>
      </h1>
      <Trouble error={error.value} />
      {subject && (
        <>
          <p class="sum">
            <Money amount={subject.amount} currency={subject.currency} />
            <span>
              {said.value.states[subject.state]}, {w.version(subject.version)}
            </span>
          </p>
          <Facts found={value.value as Found} />
          <Section title={w.events}>
            <Events events={value.value?.events ?? []} currency={subject.currency} />
          </Section>
        </>
      )}
    </>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Facts({ found: { issuance, voucher } }: { found: Found }) {
  const w = said.value.subject;
  const subject = voucher ?? issuance;
  if (!subject) return null;
  const { issuer, payer, beneficiary, memo, account, currency } = subject;
  const sums = voucher && [
    [w.remaining, voucher.remaining],
    [w.pending, voucher.pending],
    [w.paid, voucher.honoured],
    [w.released, voucher.released],
  ];
  return (
    <dl class="things facts">
      <Fact name={w.issuer}>{issuer}</Fact>
      <Fact name={w.payer}>{payer}</Fact>
      <Fact name={w.beneficiary}>{beneficiary}</Fact>
      {memo && (
        <Fact name={w.memo}>
          <Text text={memo} />
        </Fact>
      )}
      {account && (
        <Fact name={w.account}>
          {words.value.kind(account.kind)} ····{account.last4}
        </Fact>
      )}
      {sums?.map(([name, amount]) => (
        <Fact key={name as string} name={name as string}>
          <Money amount={amount as number} currency={currency} />
        </Fact>
      ))}
      {voucher && <Fact name={w.expires}>{dayAndTime(voucher.expiresAt)}</Fact>}
      {issuance?.deadline !== undefined && <Fact name={w.deadline}>{dayAndTime(issuance.deadline)}</Fact>}
      {issuance?.voucher && (
        <Fact name={w.toVoucher}>
          <a class="id" href={toSubject(voucherIdOf(issuance.issuanceId))}>
            {voucherIdOf(issuance.issuanceId)}
          </a>
        </Fact>
      )}
      {voucher && (
        <Fact name={w.toIssuance}>
          <a class="id" href={toSubject(issuanceIdOf(voucher.voucherId))}>
            {issuanceIdOf(voucher.voucherId)}
          </a>
        </Fact>
      )}
    </dl>
  );
}

function Events({ events, currency }: { events: readonly AnyEvent[]; currency: string }) {
  const w = said.value;
  return (
    <table class="stack">
      <thead>
        <tr>
          <th scope="col">{w.subject.when}</th>
          <th scope="col">{w.subject.who}</th>
          <th scope="col">{w.subject.what}</th>
          <th scope="col" class="r">
            {w.find.amount}
          </th>
        </tr>
      </thead>
      <tbody>
        {events.map((event) => {
          const { version, at, by, type } = event;
          const { amount, reason, account } = event as {
            amount?: number;
            reason?: string;
            account?: { last4: string };
          };
          return (
            <tr key={version}>
              <th scope="row">
                {day(at)} {clock(at)}
                <small>{w.subject.version(version)}</small>
              </th>
              <td>{w.by[by] ?? by}</td>
              <td>
                {w.events[type] ?? type}
                {account && ` ····${account.last4}`}
                {reason && (
                  <small>
                    <Text text={reason} />
                  </small>
                )}
              </td>
              <td class="r">{amount !== undefined && <Money amount={amount} currency={currency} />}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
