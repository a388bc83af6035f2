/** A voucher is the sum of its events: hub and SDK keep their snapshots with the same function. */
import type { VoucherEvent, VoucherEventOf } from "./voucher-events.ts";
import { hasVoucherEnded } from "./voucher-lifecycle.ts";
import type { Drawing, VoucherSnapshot } from "./voucher-snapshot.ts";

/** The snapshot after `event`, the next after `before`; the first event, `voucher.issued`, needs none. */
export function foldVoucher(before: VoucherSnapshot | undefined, event: VoucherEvent): VoucherSnapshot {
  const after = event.type === "voucher.issued" ? begin(event) : { ...need(before, event) };
  after.version = event.version;
  after.state = event.state;
  after.digest = event.digest;
  switch (event.type) {
    case "drawing.presented":
      after.pending += event.amount;
      after.remaining -= event.amount;
      after.drawings = [...after.drawings, drawingOf(event)];
      break;
    case "drawing.honoured":
      honour(after, event);
      break;
    case "drawing.refused":
      after.pending -= event.amount;
      after.remaining += event.amount;
      unfreeze(after, event.released ?? 0);
      after.drawings = change(after, event.drawingId, ({ deadline: _, ...drawing }) => ({
        ...drawing,
        state: "refused",
        reason: event.reason,
      }));
      break;
    case "drawing.settled":
      after.drawings = change(after, event.drawingId, (drawing) => ({ ...drawing, settlement: "settled" }));
      break;
    case "drawing.settlement_failed":
      after.drawings = change(after, event.drawingId, (drawing) => ({ ...drawing, settlement: "failed" }));
      break;
    case "voucher.released":
      unfreeze(after, event.amount);
      break;
    case "voucher.rejected":
    case "voucher.withdrawn":
    case "voucher.expired":
      unfreeze(after, after.remaining);
      break;
    case "voucher.voided":
      voidAll(after, event.reason);
      break;
  }
  return after;
}

/** The snapshot after all of `events`, which start with the voucher's first. */
export function foldVoucherEvents(events: readonly VoucherEvent[]): VoucherSnapshot | undefined {
  return events.reduce<VoucherSnapshot | undefined>(foldVoucher, undefined);
}

/** A drawing that waited is honoured, or one is honoured at once. */
function honour(after: VoucherSnapshot, event: VoucherEventOf<"drawing.honoured">): void {
  const waited = after.drawings.some(({ drawingId }) => drawingId === event.drawingId);
  if (waited) after.pending -= event.amount;
  else after.remaining -= event.amount;
  after.honoured += event.amount;
  unfreeze(after, event.released ?? 0);
  after.drawings = waited
    ? change(after, event.drawingId, ({ deadline: _, ...drawing }) => ({
        ...drawing,
        state: "honoured",
        settlement: "open",
      }))
    : [...after.drawings, drawingOf(event)];
}

function drawingOf(event: VoucherEventOf<"drawing.presented" | "drawing.honoured">): Drawing {
  const { drawingId, amount, at, to, final } = event;
  return {
    drawingId,
    amount,
    state: event.type === "drawing.presented" ? "presented" : "honoured",
    at,
    ...(event.type === "drawing.presented" ? { deadline: event.deadline } : { settlement: "open" as const }),
    ...(final && { final }),
    ...(to && { to }),
  };
}

function change(
  { drawings }: VoucherSnapshot,
  drawingId: string,
  to: (drawing: Drawing) => Drawing,
): Drawing[] {
  return drawings.map((drawing) => (drawing.drawingId === drawingId ? to(drawing) : drawing));
}

/** Whatever is unfrozen counts as released. */
function unfreeze(after: VoucherSnapshot, amount: number): void {
  after.remaining -= amount;
  after.released += amount;
}

/** Drawings that wait are refused, and all that was frozen is unfrozen. */
function voidAll(after: VoucherSnapshot, reason: string): void {
  after.drawings = after.drawings.map(({ deadline, ...drawing }) =>
    drawing.state === "presented" ? { ...drawing, state: "refused", reason } : { ...drawing },
  );
  after.remaining += after.pending;
  after.pending = 0;
  unfreeze(after, after.remaining);
}

function begin(event: VoucherEventOf<"voucher.issued">): VoucherSnapshot {
  const { type: _type, by: _by, at: issuedAt, ...issued } = event;
  return { ...issued, issuedAt, honoured: 0, released: 0, pending: 0, remaining: event.amount, drawings: [] };
}

function need(before: VoucherSnapshot | undefined, event: VoucherEvent): VoucherSnapshot {
  if (before && before.version === event.version - 1) return before;
  throw new RangeError(
    `${event.type} is version ${event.version}, but what came before is ${before?.version ?? "missing"}`,
  );
}

/** True when nothing more is to come of it: it has ended, and all that was honoured is paid out. */
export function isVoucherSettled({ state, drawings }: VoucherSnapshot): boolean {
  return (
    hasVoucherEnded(state) &&
    drawings.every(({ settlement }) => settlement === undefined || settlement === "settled")
  );
}
