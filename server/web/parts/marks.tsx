/** The small marks of the tally: whole, cut, halves that do not match, a stick that nobody has cut, and whose turn it is. */
import type { ComponentChildren } from "preact";
import type { Turn } from "../model/item.ts";

export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 28 16" aria-hidden="true">
      <path d="M0 1h5l2 3 2-3h3l2 3 2-3h12v6H0z" />
      <path d="M0 15h5l2-3 2 3h3l2-3 2 3h12V9H0z" />
    </svg>
  );
}

export function CutMark() {
  return (
    <svg class="mark" viewBox="0 0 28 16" aria-hidden="true">
      <path d="M0 1h5l2 3 2-3h3v6H0zM0 15h5l2-3 2 3h3V9H0zM20 1h8v6h-8zM20 15h8V9h-8z" />
    </svg>
  );
}

export function MismatchMark() {
  return (
    <svg class="mark" viewBox="0 0 28 16" aria-hidden="true">
      <path d="M0 1h5l2 3 2-3h3l2 3 2-3h12v6H0z" />
      <path d="M0 15h13l2-3 2 3h2l2-3 2 3h5V9H0z" />
    </svg>
  );
}

export function UncutMark() {
  return (
    <svg class="uncut" viewBox="0 0 120 28" aria-hidden="true">
      <path d="M8 3h112v9H8zM0 16h120v9H0z" />
    </svg>
  );
}

/** To look for something. */
export function GlassMark() {
  return (
    <svg aria-hidden="true" viewBox="0 0 16 16">
      <circle cx="6.5" cy="6.5" r="5" />
      <path d="m10.5 10.5 5 5" />
    </svg>
  );
}

/** The hairlines of what will come, at its own height. */
export function Loading({ says }: { says: string }) {
  return (
    <div class="load" aria-busy="true">
      {[1, 2, 3].map((row) => (
        <div key={row}>
          <i />
          <i />
          <i />
        </div>
      ))}
      <p>{says}</p>
    </div>
  );
}

/** Yours is the filled half, theirs the hollow one; the words stand beside it. */
export function TurnMark({ turn, children }: { turn: Turn; children: ComponentChildren }) {
  return (
    <span class={`turn ${turn === "mine" ? "yours" : "theirs"}`}>
      <svg viewBox="0 0 16 12" aria-hidden="true">
        <path class="other" d="M6.5 1v10L1 6z" />
        <path class="mine" d="M9.5 1v10L15 6z" />
      </svg>
      <span>{children}</span>
    </span>
  );
}
