/** A voucher is the sum of its events: hub and SDK keep their snapshots with the same function. */
import { need } from "./fold.ts";
import type { VoucherEvent, VoucherEventOf } from "./voucher-events.ts";
import { hasVoucherEnded } from "./voucher-lifecycle.ts";
import type { Drawing, VoucherSnapshot } from "./voucher-snapshot.ts";

type Sum = "honoured" | "released" | "pending" | "remaining";

/** The snapshot after `event`, the next after `before`; the first event, `voucher.issued`, needs none. */
export function foldVoucher(before: VoucherSnapshot | undefined, event: VoucherEvent): VoucherSnapshot {
  const { version, state, digest } = event;
  const known = event.type === "voucher.issued" ? begin(event) : need(before, event);
  const after = { ...known, version, state, digest };
  const move = (from: Sum, to: Sum, amount: number) => {
    after[from] -= amount;
    after[to] += amount;
  };
  /** Changes the drawings that are meant. None of them waits any longer. */
  const change = (isMeant: (drawing: Drawing) => boolean, changes: Partial<Drawing>) => {
    after.drawings = after.drawings.map((drawing) => {
      if (!isMeant(drawing)) return drawing;
      const { deadline: _, ...rest } = drawing;
      return { ...rest, ...changes };
    });
  };
  const isNamed = ({ drawingId }: Drawing) => "drawingId" in event && drawingId === event.drawingId;
  switch (event.type) {
    case "drawing.presented":
      move("remaining", "pending", event.amount);
      add(after, event, { state: "presented", deadline: event.deadline });
      break;
    case "drawing.honoured": {
      const honoured = { state: "honoured", settlement: "open" } as const;
      const waited = after.drawings.some(isNamed);
      move(waited ? "pending" : "remaining", "honoured", event.amount);
      if (waited) change(isNamed, honoured);
      else add(after, event, honoured);
      break;
    }
    case "drawing.refused":
      move("pending", "remaining", event.amount);
      change(isNamed, { state: "refused", reason: event.reason });
      break;
    case "drawing.settled":
      change(isNamed, { settlement: "settled" });
      break;
    case "drawing.settlement_failed":
      change(isNamed, { settlement: "failed" });
      break;
    case "voucher.released":
      move("remaining", "released", event.amount);
      break;
    case "voucher.voided":
      move("pending", "remaining", after.pending);
      change((drawing) => drawing.state === "presented", { state: "refused", reason: event.reason });
      break;
  }
  // Whatever is unfrozen counts as released; of what has ended, nothing is frozen.
  const unfrozen = hasVoucherEnded(state) ? after.remaining : "released" in event ? event.released : 0;
  move("remaining", "released", unfrozen ?? 0);
  return after;
}

/** The snapshot after all of `events`, which start with the voucher's first. */
export function foldVoucherEvents(events: readonly VoucherEvent[]): VoucherSnapshot | undefined {
  return events.reduce<VoucherSnapshot | undefined>(foldVoucher, undefined);
}

/** Adds the drawing of an event, with what it is in. */
function add(
  after: VoucherSnapshot,
  { drawingId, amount, at, to, final }: VoucherEventOf<"drawing.presented" | "drawing.honoured">,
  standing: Pick<Drawing, "state" | "deadline" | "settlement">,
): void {
  const drawing = { drawingId, amount, at, ...standing, ...(final && { final }), ...(to && { to }) };
  after.drawings = [...after.drawings, drawing];
}

function begin(event: VoucherEventOf<"voucher.issued">): VoucherSnapshot {
  const { type: _type, by: _by, at: issuedAt, ...issued } = event;
  return { ...issued, issuedAt, honoured: 0, released: 0, pending: 0, remaining: event.amount, drawings: [] };
}

/** True when nothing more is to come of it: it has ended, and all that was honoured is paid out. */
export function isVoucherSettled({ state, drawings }: VoucherSnapshot): boolean {
  return (
    hasVoucherEnded(state) &&
    drawings.every(({ settlement }) => settlement === undefined || settlement === "settled")
  );
}
