/**
 * The timeline, a T account: the issuer's steps on the left, the payer's on the right, and between them the tally, a
 * stick split in two. Each step cuts a notch: a side's in its own half, the hub's through both.
 */
import type { Role } from "@tallystick/client";
import { waitsFor } from "@tallystick/protocol/next-steps";
import { now } from "../model/clock.ts";
import type { IssuanceItem } from "../model/issuance-item.ts";
import { toVoucher } from "../model/place.ts";
import { type Step, stepsOf } from "../model/steps.ts";
import { clock, day } from "../words/format.ts";
import { words } from "../words/languages.ts";
import { Name, Text } from "./values.tsx";

export function Tally({ item }: { item: IssuanceItem }) {
  const w = words.value;
  const { issuer, payer, issuanceId, version } = item.snapshot.value;
  const steps = stepsOf(item.events.value, { issuer, payer });
  const newest = steps.filter(({ what }) => what).at(-1);
  return (
    <section class="tally" aria-label={w.happened}>
      <div class="heads">
        <Head item={item} side="issuer" />
        <Head item={item} side="payer" />
      </div>
      <ol>
        {steps.map((step) => (
          <Line key={step.key} step={step} item={item} />
        ))}
        <Waiting item={item} />
      </ol>
      <p class="visually-hidden" role="status">
        {newest && <Said step={newest} item={item} />}
      </p>
      <p class="ref">{w.reference(<span class="id">{issuanceId}</span>, version)}</p>
    </section>
  );
}

function Head({ item, side }: { item: IssuanceItem; side: Role }) {
  const w = words.value;
  const isMine = item.roles.value.includes(side);
  const here = item.here.value;
  return (
    <div>
      <h2>
        <Name party={item.snapshot.value[side]} />
      </h2>
      <p>{w.roles[side]}</p>
      {isMine ? (
        <p class="you">{w.you}</p>
      ) : (
        !item.ended.value &&
        here !== undefined && <p class={here ? "here" : "away"}>{here ? w.here : w.away}</p>
      )}
    </div>
  );
}

/** Who does what, in a sentence. */
function Said({ step, item }: { step: Step; item: IssuanceItem }) {
  const w = words.value;
  const { payer } = item.snapshot.value;
  return (
    <>
      <span class="by">{step.by === "hub" ? w.hub : <Name party={item.snapshot.value[step.by]} />}</span>{" "}
      <span class="did">{step.what && w.step(step.what, <Name party={payer} />)}</span>
    </>
  );
}

function Line({ step, item }: { step: Step; item: IssuanceItem }) {
  const w = words.value;
  const { end } = step;
  const kind = end ? (end.how === "joined" ? "joined" : "cut-off") : step.by;
  const isJust = item.unseen.value.has(step.version);
  return (
    <li class={`stepping ${kind} ${step.side === "issuer" ? "on-left" : "on-right"}`}>
      <i class="cut" />
      <div class={`say ${isJust ? "just" : ""}`}>
        <time dateTime={new Date(step.at).toISOString()}>
          {day(step.at) === day(now.value) ? clock(step.at) : `${day(step.at)} ${clock(step.at)}`}
        </time>
        {end ? (
          <>
            <strong>{end.how === "joined" ? w.joined : w.ends[end.why][0]}</strong>
            {end.how === "joined" ? (
              <a href={toVoucher(end.voucherId)}>{w.openVoucher}</a>
            ) : (
              <p class="muted">{w.ends[end.why][1]}</p>
            )}
          </>
        ) : (
          <Said step={step} item={item} />
        )}
        {step.quote !== undefined && (
          <q>
            <Text text={step.quote} />
          </q>
        )}
      </div>
    </li>
  );
}

/** The half that is not yet cut: somebody's turn. */
function Waiting({ item }: { item: IssuanceItem }) {
  const w = words.value;
  const role = waitsFor(item.snapshot.value.state);
  if (!role) return null;
  const isMine = item.turn.value === "mine";
  return (
    <li class={`stepping ${isMine ? "waiting" : "theirs-now"} ${role === "issuer" ? "on-left" : "on-right"}`}>
      <i class="cut" />
      <div class="say">
        <time>{w.now}</time>
        <strong>{isMine ? w.yourAnswer : w.theirAnswer}</strong>
      </div>
    </li>
  );
}
