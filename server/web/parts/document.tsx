/** The voucher as a document that one would show: it prints well on one page. */
import type { VoucherSnapshot } from "@tallystick/client";
import { formatAmount } from "@tallystick/protocol/money";
import { hasVoucherEnded } from "@tallystick/protocol/voucher-lifecycle";
import type { ComponentChildren } from "preact";
import { now } from "../model/clock.ts";
import { hubUrl, toVoucher } from "../model/place.ts";
import type { Proof } from "../model/proof.ts";
import { chineseWords, englishWords } from "../words/amount-in-words.ts";
import { clock, day, dayAndTime, zone } from "../words/format.ts";
import { words } from "../words/languages.ts";
import { Drawings } from "./drawings.tsx";
import { Edge } from "./edge.tsx";
import { QrCode } from "./qr-code.tsx";
import { Memo, Money, Name } from "./values.tsx";

export function VoucherDocument({ voucher, proof }: { voucher: VoucherSnapshot; proof: Proof }) {
  const w = words.value.voucher;
  const { amount, currency, voucherId, issuedAt, expiresAt } = voucher;
  return (
    <article class="sheet" aria-labelledby="doc">
      <Edge amount={amount} currency={currency} />
      <header class="title">
        <h1 id="doc" tabIndex={-1}>
          {w.name}
        </h1>
        <p class="no id">{voucherId}</p>
      </header>
      <div class="amount">
        <Money amount={amount} currency={currency} />
        <p class="words" lang="en">
          {englishWords(amount, currency)}
        </p>
        <p class="words" lang="zh">
          {chineseWords(amount, currency).map((group) => (
            <span key={group}>{group}</span>
          ))}
        </p>
      </div>
      <dl class="facts">
        <Party label={w.beneficiary} party={voucher.beneficiary} />
        <Party label={w.payer} party={voucher.payer} />
        <Party label={w.issuer} party={voucher.issuer} />
      </dl>
      <dl class="facts">
        <Fact label={w.for}>
          <Memo of={voucher} />
        </Fact>
        <Fact label={w.issued} small={`${clock(issuedAt)} ${zone(issuedAt)}`}>
          {day(issuedAt)}
        </Fact>
        <Fact label={w.validUntil} small={`${clock(expiresAt)} ${zone(expiresAt)}`}>
          {day(expiresAt)}
        </Fact>
      </dl>
      <Rest voucher={voucher} />
      <Seal voucher={voucher} proof={proof} />
      <p class="printed">{w.printed(`${dayAndTime(now.value)} ${zone(now.value)}`)}</p>
    </article>
  );
}

function Party({ label, party }: { label: string; party: string }) {
  return (
    <Fact label={label} small={party}>
      <Name party={party} />
    </Fact>
  );
}

function Fact({ label, small, children }: { label: string; small?: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        {children}
        {small !== undefined && <small>{small}</small>}
      </dd>
    </div>
  );
}

/** What became of it: a stick that is cut away. Solid is paid, hatched waits, the accent remains. */
function Rest({ voucher }: { voucher: VoucherSnapshot }) {
  const w = words.value.voucher;
  const { amount, currency, honoured, pending, remaining, released, state, drawings } = voucher;
  const says =
    state === "accepted" && drawings.length > 0
      ? "drawn"
      : state === "honoured" && released > 0
        ? "paidInPart"
        : state;
  let at = 0;
  const bar = (kind: string, sum: number) => {
    const width = (sum / amount) * 680;
    const x = at;
    at += width;
    return width > 0 && <rect class={kind} x={x} y="0.5" width={Math.max(1, width - 2)} height="17" />;
  };
  const line = (kind: string, label: string, sum: number) => (
    <div class={kind === "left" ? "now" : ""}>
      <dt>
        <svg viewBox="0 0 10 10" aria-hidden="true">
          <rect class={kind} width="10" height="10" />
        </svg>
        {label}
      </dt>
      <dd>{formatAmount(sum, currency)}</dd>
    </div>
  );
  return (
    <section class="rest" aria-labelledby="rest">
      <h2 class="k" id="rest">
        {w.state[says]}
      </h2>
      <svg class="bar" viewBox="0 0 680 18" preserveAspectRatio="none" aria-hidden="true">
        <defs>
          <pattern
            id="hatch"
            width="6"
            height="6"
            patternUnits="userSpaceOnUse"
            patternTransform="rotate(45)"
          >
            <path d="M0 0v6" />
          </pattern>
        </defs>
        {bar("paid", honoured)}
        {bar("wait", pending)}
        {bar("left", remaining)}
        {bar("none", released)}
      </svg>
      <dl class="legend">
        {line("paid", w.honoured, honoured)}
        {line("wait", w.waits, pending)}
        {line("left", w.remains, remaining)}
        {line("none", w.released, released)}
      </dl>
      {drawings.length > 0 && <Drawings voucher={voucher} />}
    </section>
  );
}

/** The code holds a link to the document, not the document: whoever follows it sees what the hub says now. */
function Seal({ voucher, proof }: { voucher: VoucherSnapshot; proof: Proof }) {
  const w = words.value.voucher;
  const link = new URL(`terminal/${toVoucher(voucher.voucherId)}`, hubUrl).href;
  const signed = proof.is === "good" || proof.is === "unchecked" ? proof : undefined;
  const none = hasVoucherEnded(voucher.state) ? w.noSignature : w.noDocumentWhy;
  const [title, why] = {
    checking: [w.checking, w.proves],
    good: [w.signed, w.proves],
    unchecked: [w.signed, w.proves],
    none: [w.noDocument, none],
    mismatch: [w.mismatch, w.mismatchMoney],
  }[proof.is];
  return (
    <section class="seal" aria-labelledby="seal">
      <QrCode link={link} label={w.qr} />
      <div>
        <h2 id="seal">{title}</h2>
        <p>{why}</p>
        {signed && (
          <p class="tech">
            {w.tech(
              <span class="id">{signed.kid.slice(0, 12)}</span>,
              signed.version,
              <span class="id">{signed.digest}</span>,
            )}
            , {w.durability[signed.durability]}
          </p>
        )}
        <p class="link">
          <a href={link}>{link}</a>
        </p>
      </div>
    </section>
  );
}
