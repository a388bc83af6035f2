/** What an operator looks at first: the numbers that matter, what waits, the flow, money, pace, hubs and store. */
import { to } from "../../model/console-place.ts";
import { LIVE_EVERY_MS } from "../../model/live-constants.ts";
import { live, slices } from "../../model/operator.ts";
import { said } from "../../words/console.ts";
import { clock, dayAndTime } from "../../words/format.ts";
import { Chart, type ChartProps, round } from "./chart.tsx";
import { DecisionList } from "./decisions.tsx";
import { Flow, passedIn } from "./flow.tsx";
import { House } from "./house.tsx";
import { Column, Section } from "./parts.tsx";

/** Two seconds are too short for a rate: so many slices make one. */
const SMOOTH = 5;
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

/** Issues a second at each slice, over the ten seconds before it. */
function rates(): number[] {
  const issued = slices.value.map(({ steps }) => steps.issued ?? 0);
  return issued.map((_, place) => {
    const some = issued.slice(Math.max(0, place - SMOOTH + 1), place + 1);
    return sum(some) / ((some.length * LIVE_EVERY_MS) / 1000);
  });
}

export function Overview() {
  return (
    <>
      <h1 class="visually-hidden" tabIndex={-1}>
        {said.value.title}
      </h1>
      <Figures />
      <DecisionList isShort />
      <div class="two wide">
        <Flow />
        <Money />
      </div>
      <div class="two">
        <Pace />
        <Latency />
      </div>
      <House />
    </>
  );
}

function Figure({
  label,
  value,
  unit,
  sub,
  mine,
  href,
}: {
  label: string;
  value: string;
  unit?: string;
  sub: string;
  mine?: boolean;
  href?: string;
}) {
  return (
    <div class={mine ? "mine" : ""}>
      <dt>{href ? <a href={href}>{label}</a> : label}</dt>
      <dd>
        {value}
        {unit && <span class="unit">{unit}</span>}
      </dd>
      <dd>{sub}</dd>
    </div>
  );
}

function Figures() {
  const w = said.value;
  const f = w.figures;
  const { book, waiting, audit } = live.value ?? {};
  const waits = waiting ? waiting.fences + waiting.settlementsFailed : 0;
  const counted = (counts: Record<string, number | undefined> | undefined) =>
    counts ? w.count(sum(Object.values(counts).map((one) => one ?? 0))) : "–";
  const latest = slices.value.findLast(({ p99Ms }) => p99Ms !== undefined)?.p99Ms;
  const since = book ? f.openSub(clock(book.at)) : f.notYet;
  return (
    <dl class="figures">
      <Figure
        label={f.decisions}
        value={waiting ? w.count(waits) : "–"}
        sub={waiting ? f.decisionsSub(waiting.fences, waiting.settlementsFailed) : f.notYet}
        mine={waits > 0}
        href={to("decisions")}
      />
      <Figure label={f.open} value={counted(book?.issuances)} sub={since} href={to("issuances")} />
      <Figure
        label={f.vouchers}
        value={counted(book?.vouchers)}
        sub={waiting ? f.vouchersSub(waiting.settlementsOpen) : f.notYet}
        href={to("vouchers")}
      />
      <Figure label={f.rate} value={round(rates().at(-1) ?? 0)} sub={f.rateSub(passedIn("issued"))} />
      <Figure
        label={f.within}
        value={latest === undefined ? "–" : round(latest)}
        {...(latest !== undefined && { unit: "ms" })}
        sub={f.withinSub}
      />
      <Figure
        label={f.audit}
        value={w.audits[audit?.state ?? "none"]}
        sub={audit ? dayAndTime(audit.endedAt ?? audit.startedAt) : w.audit.run}
        mine={audit?.state === "found"}
        href={to("audit")}
      />
    </dl>
  );
}

function Money() {
  const w = said.value;
  const { frozen = {}, clearing = {} } = live.value?.book ?? {};
  const paid: Record<string, number> = {};
  for (const slice of slices.value)
    for (const [currency, amount = 0] of Object.entries(slice.paid))
      paid[currency] = (paid[currency] ?? 0) + amount;
  const currencies = [...new Set([frozen, clearing, paid].flatMap((sums) => Object.keys(sums)))].sort();
  const cells = [
    [w.frozen, frozen],
    [w.clearing, clearing],
    [w.paid, paid],
  ] as const;
  return (
    <Section title={w.money} aside={<p>{w.byCurrency}</p>}>
      {currencies.length === 0 ? (
        <p class="nothing">{w.noMoney}</p>
      ) : (
        <table class="plain stack">
          <thead>
            <tr>
              <th scope="col">
                <span class="visually-hidden">{w.currency}</span>
              </th>
              {cells.map(([label]) => (
                <th key={label} scope="col" class="r">
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {currencies.map((currency) => (
              <tr key={currency}>
                <th scope="row">{currency}</th>
                {cells.map(([label, sums]) => (
                  <td key={label} class="r col" data-k={label}>
                    <Column amount={(sums as Record<string, number>)[currency] ?? 0} currency={currency} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Section>
  );
}

const times = () => slices.value.map(({ at }) => at / 1000);

/** A chart, once there is anything to draw. */
function OverTime({ label, lines }: Pick<ChartProps, "label" | "lines">) {
  if (slices.value.length === 0) return <p class="nothing">{said.value.figures.notYet}</p>;
  return <Chart label={label} times={times()} lines={lines} />;
}

function Pace() {
  const w = said.value;
  const line = rates();
  const label = w.rateLabel(round(line.at(-1) ?? 0), round(Math.max(0, ...line)));
  return (
    <Section title={w.rate} aside={<p>{w.rateSub}</p>}>
      <OverTime label={label} lines={[line]} />
    </Section>
  );
}

function Latency() {
  const w = said.value;
  const half = slices.value.map(({ p50Ms }) => p50Ms ?? null);
  const most = slices.value.map(({ p99Ms }) => p99Ms ?? null);
  const last = (line: readonly (number | null)[]) => round(line.findLast((one) => one !== null) ?? 0);
  return (
    <Section title={w.latency} aside={<p>{w.latencySub}</p>}>
      <OverTime label={w.latencyLabel(last(half), last(most))} lines={[half, most]} />
    </Section>
  );
}
