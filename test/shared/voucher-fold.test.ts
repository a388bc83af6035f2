/** A voucher is the sum of its events: whatever happens to it, its money adds up. */
import {
  foldVoucher,
  foldVoucherEvents,
  hasVoucherEnded,
  isVoucherSettled,
  VoucherEvent,
  VoucherSnapshot,
} from "@tallystick/protocol";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { holds } from "../helpers/properties.ts";

const folding = suite("a voucher's fold");

const ID = "3-AAAAAAAAAAAAAAAA";
const DIGEST = "0123456789ab";

/** The first event of a voucher. */
function issued(amount: number): VoucherEvent {
  return {
    type: "voucher.issued",
    voucherId: `v${ID}`,
    version: 1,
    at: 1000,
    by: "issuer",
    state: "issued",
    digest: DIGEST,
    issuanceId: ID,
    issuer: "shop",
    payer: "acme",
    beneficiary: "nord",
    amount,
    currency: "CNY",
    expiresAt: 9000,
    account: { kind: "funds", last4: "2233" },
  };
}

/** Something that may happen next; numbers choose among what is possible. */
interface Choice {
  kind: "draw" | "present" | "honour" | "refuse" | "release" | "settle" | "fail" | "expire" | "void" | "tell";
  part: number;
  flag: boolean;
}
const choices: fc.Arbitrary<Choice[]> = fc.array(
  fc.record({
    kind: fc.constantFrom<Choice["kind"][]>(
      "draw",
      "present",
      "present",
      "honour",
      "refuse",
      "release",
      "settle",
      "fail",
      "expire",
      "void",
      "tell",
    ),
    part: fc.double({ min: 0, max: 1, noNaN: true }),
    flag: fc.boolean(),
  }),
  { maxLength: 40 },
);

/** The event that a choice comes to on a voucher as it stands; undefined when it is not possible. */
function eventFor(now: VoucherSnapshot, { kind, part, flag }: Choice): VoucherEvent | undefined {
  const version = now.version + 1;
  const base = { voucherId: now.voucherId, version, at: 2000 + version, digest: DIGEST } as const;
  const waiting = now.drawings.filter(({ state }) => state === "presented");
  const chosen = waiting[Math.floor(part * waiting.length)];
  const open = now.drawings.find(({ settlement }) => settlement === "open");
  const amount = Math.max(1, Math.round(part * now.remaining));
  if (kind === "settle" || kind === "fail") {
    if (!open) return undefined;
    const type = kind === "settle" ? ("drawing.settled" as const) : ("drawing.settlement_failed" as const);
    const { drawingId } = open;
    return { ...base, type, by: "hub", state: now.state, drawingId, amount: open.amount };
  }
  if (hasVoucherEnded(now.state)) return undefined;
  if (kind === "tell")
    return { ...base, type: "voucher.expiring", by: "hub", state: now.state, expiresAt: 9000, remaining: 0 };
  if (kind === "void")
    return {
      ...base,
      type: "voucher.voided",
      by: "operator",
      state: "voided",
      reason: "a court's order",
      released: now.remaining + now.pending,
    };
  if (kind === "expire")
    return now.pending > 0
      ? undefined
      : { ...base, type: "voucher.expired", by: "hub", state: "expired", released: now.remaining };
  if (kind === "honour" || kind === "refuse") {
    if (!chosen) return undefined;
    const { drawingId } = chosen;
    const released = flag && kind === "refuse" ? chosen.amount : flag ? now.remaining : 0;
    const state = "accepted" as const;
    const common = { ...base, state, drawingId, amount: chosen.amount, ...(released > 0 && { released }) };
    return kind === "honour"
      ? { ...common, type: "drawing.honoured", by: "payer" }
      : { ...common, type: "drawing.refused", by: "payer", reason: "not due" };
  }
  if (now.remaining === 0) return undefined;
  if (kind === "release")
    return { ...base, type: "voucher.released", by: "beneficiary", state: "accepted", amount };
  const drawing = { drawingId: String(version), amount, to: { last4: "1001" } };
  return kind === "present"
    ? {
        ...base,
        ...drawing,
        type: "drawing.presented",
        by: "beneficiary",
        state: "accepted",
        deadline: 5000,
        ...(flag && { final: true }),
      }
    : { ...base, ...drawing, type: "drawing.honoured", by: "beneficiary", state: "accepted" };
}

function checkSums(voucher: VoucherSnapshot): void {
  const { amount, honoured, released, pending, remaining, drawings } = voucher;
  assert.is(honoured + released + pending + remaining, amount);
  const sum = (state: string) =>
    drawings.filter((drawing) => drawing.state === state).reduce((all, drawing) => all + drawing.amount, 0);
  assert.is(sum("honoured"), honoured);
  assert.is(sum("presented"), pending);
  for (const drawing of drawings) {
    assert.is(drawing.settlement !== undefined, drawing.state === "honoured");
    assert.is(drawing.deadline !== undefined, drawing.state === "presented");
    if (drawing.state === "refused") assert.ok(drawing.reason);
  }
}

const seen = new Set<string>();

folding("amount = honoured + released + pending + remaining, after every event", () =>
  holds(
    fc.property(fc.integer({ min: 1, max: 2 ** 53 - 1 }), choices, (amount, list) => {
      const events = [VoucherEvent.parse(issued(amount))];
      let voucher = foldVoucher(undefined, events[0] as VoucherEvent);
      for (const choice of list) {
        const event = eventFor(voucher, choice);
        if (!event) continue;
        events.push(VoucherEvent.parse(event));
        const before = structuredClone(voucher);
        const after = foldVoucher(voucher, event);
        assert.equal(voucher, before, "what was before stays as it was");
        voucher = after;
        seen.add(event.type);
        checkSums(VoucherSnapshot.strict().parse(voucher));
      }
      assert.equal(foldVoucherEvents(events), voucher);
      const paid = voucher.drawings.every(({ state, settlement }) => (state === "honoured") === !!settlement);
      if (isVoucherSettled(voucher)) assert.ok(paid && hasVoucherEnded(voucher.state));
    }),
    { name: "voucher fold", runs: 400 },
  ),
);

folding("all that can happen after the issue has happened above", () => {
  if (process.env.FC_SEED || process.env.FC_RUNS) return;
  assert.equal([...seen].sort(), [
    "drawing.honoured",
    "drawing.presented",
    "drawing.refused",
    "drawing.settled",
    "drawing.settlement_failed",
    "voucher.expired",
    "voucher.expiring",
    "voucher.released",
    "voucher.voided",
  ]);
});

for (const type of ["voucher.rejected", "voucher.withdrawn"] as const) {
  folding(`${type} unfreezes all of it`, () => {
    const state = type === "voucher.rejected" ? "rejected" : "withdrawn";
    const by = type === "voucher.rejected" ? "beneficiary" : "issuer";
    const end = { type, voucherId: `v${ID}`, version: 2, at: 2, by, state, digest: DIGEST } as VoucherEvent;
    const voucher = foldVoucherEvents([issued(700), end]);
    assert.equal([voucher?.state, voucher?.released, voucher?.remaining], [state, 700, 0]);
  });
}

folding("an event that does not follow is refused", () => {
  const later = { ...issued(700), type: "voucher.accepted", version: 3, state: "accepted" } as VoucherEvent;
  assert.throws(() => foldVoucherEvents([issued(700), later]), /version 3, but what came before is 1/);
});

folding.run();
