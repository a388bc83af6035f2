/** The time that is left of a wait: seen each second, spoken at five minutes, at one, and when it is over. */
import { useSignal, useSignalEffect } from "@preact/signals";
import { now } from "../model/clock.ts";
import { words } from "../words/languages.ts";

const MINUTE = 60_000;
const SPOKEN = [5 * MINUTE, MINUTE, 0];

export function Countdown({ until }: { until: number }) {
  const w = words.value;
  const left = until - now.value;
  const spoken = useSignal("");
  useSignalEffect(() => {
    const ms = until - now.value;
    if (SPOKEN.some((mark) => ms <= mark && ms > mark - 1000)) spoken.value = words.value.leftInWords(ms);
  });
  return (
    <>
      <span class="time" role="timer" aria-label={w.leftInWords(left)} aria-live="off">
        {w.left(left)}
      </span>
      <span class="visually-hidden" role="status">
        {spoken}
      </span>
    </>
  );
}

/** How much of a wait is left, as a line that grows shorter. Words stand beside it. */
export function Drain({ from, until, mine }: { from: number; until: number; mine: boolean }) {
  const share = Math.min(1, Math.max(0, (until - now.value) / Math.max(1, until - from)));
  return (
    <div class={`drain ${mine ? "" : "other"}`} aria-hidden="true">
      <i style={{ width: `${share * 100}%` }} />
    </div>
  );
}
