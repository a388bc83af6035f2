/** One issuance, or one voucher: what it is, and all that has happened to it. */
import type { BookVoucher, IssuanceEvent, Operator, VoucherEvent } from "@tallystick/client/operator";
import { issuanceIdOf, isVoucherId, voucherIdOf } from "@tallystick/protocol/ids";
import { hasVoucherEnded } from "@tallystick/protocol/voucher-lifecycle";
import type { ComponentChildren } from "preact";
import { to, toParty, toSubject } from "../../model/console-place.ts";
import { useLoaded } from "../../model/loading.ts";
import { said } from "../../words/console.ts";
import { clock, day, dayAndTime } from "../../words/format.ts";
import { words } from "../../words/languages.ts";
import { Blanked, Memo, Money, Text } from "../values.tsx";
import { Deciding, type Decision } from "./deciding.tsx";
import { Field, Section, Trouble } from "./parts.tsx";

const MOST_TRIES = 4;
const ARCHIVED_WITHIN_MS = 700;

async function read(hub: Operator, id: string) {
  if (isVoucherId(id)) {
    return { voucher: await hub.voucher(id), issuance: undefined };
  }
  return { voucher: undefined, issuance: await hub.issuance(id) };
}

type Found = Awaited<ReturnType<typeof read>>;
type AnyEvent = IssuanceEvent | VoucherEvent;

/** All its events up to a version; the archive, which has them, comes a moment after the store. */
async function eventsOf(hub: Operator, id: string, version: number): Promise<readonly AnyEvent[]> {
  for (let tries = 1; ; tries += 1) {
    const events: readonly AnyEvent[] = await (isVoucherId(id)
      ? hub.voucherEvents(id)
      : hub.issuanceEvents(id)
    ).catch(() => []);
    if (tries === MOST_TRIES || (events.at(-1)?.version ?? 0) >= version) return events;
    await new Promise((again) => setTimeout(again, ARCHIVED_WITHIN_MS));
  }
}

export function SubjectPage({ id }: { id: string }) {
  const w = said.value.subject;
  const { value, error, again } = useLoaded((hub) => read(hub, id), [id]);
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
      <Trouble of="reading" error={error.value} />
      {subject && (
        <>
          <p class="sum">
            <Money amount={subject.amount} currency={subject.currency} />
            <span>
              {said.value.states[subject.state]}, {w.version(subject.version)}
            </span>
          </p>
          <div class={isLiving(value.value?.voucher) ? "two wide" : ""}>
            <Facts found={value.value as Found} />
            {value.value?.voucher && <Ending voucher={value.value.voucher} again={again} />}
          </div>
          <Section title={w.events}>
            <Blanked of={subject} />
            <Events key={subject.version} id={id} version={subject.version} currency={subject.currency} />
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
  const { issuer, payer, beneficiary, memo, forgotten, account, currency } = subject;
  const sums = voucher && [
    [w.remaining, voucher.remaining],
    [w.pending, voucher.pending],
    [w.paid, voucher.honoured],
    [w.released, voucher.released],
  ];
  return (
    <dl class="things facts">
      {(
        [
          [w.issuer, issuer],
          [w.payer, payer],
          [w.beneficiary, beneficiary],
        ] as const
      ).map(([name, party]) => (
        <Fact key={name} name={name}>
          <a href={toParty(party)}>{party}</a>
        </Fact>
      ))}
      {(memo !== undefined || forgotten) && (
        <Fact name={w.memo}>
          <Memo of={subject} />
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

function isLiving(voucher: BookVoucher | undefined): boolean {
  return voucher !== undefined && !hasVoucherEnded(voucher.state);
}

/** An operator's word that ends it, while it lives. */
function Ending({ voucher, again }: { voucher: BookVoucher; again: () => Promise<void> }) {
  const w = said.value.voiding;
  if (!isLiving(voucher)) return null;
  const end: Decision = {
    label: w.void,
    effect: w.voidThen,
    fields: (
      <>
        <Field label={w.reason} name="reason" required maxLength={140} />
        <Field label={w.reference} name="reference" required maxLength={64} hint={w.referenceWhy} />
      </>
    ),
    act: (hub, { reason = "", reference = "" }, commandId) =>
      hub.voidVoucher(voucher.voucherId, { reason, reference }, { commandId }),
  };
  return (
    <Section title={w.title}>
      <Deciding decisions={[end]} decided={() => void again()} />
    </Section>
  );
}

function Events({ id, version, currency }: { id: string; version: number; currency: string }) {
  const w = said.value;
  const { value } = useLoaded((hub) => eventsOf(hub, id, version), [id, version]);
  const events = value.value;
  if (!events) return <p class="nothing">{w.find.loading}</p>;
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
              <td class="r" data-k={w.find.amount}>
                {amount === undefined ? (
                  <span class="none">–</span>
                ) : (
                  <Money amount={amount} currency={currency} />
                )}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
