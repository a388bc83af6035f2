/** The table of a voucher's life, and the fold that makes a snapshot of its events. */
import {
  foldVoucher,
  hasVoucherEnded,
  VOUCHER_COMMAND_NAMES,
  VOUCHER_COMMANDS,
  VOUCHER_END_STATES,
  VOUCHER_EVENT_TYPES,
  VOUCHER_STATES,
  VoucherEvent,
  VoucherSnapshot,
  type VoucherState,
  voucherRuleOf,
} from "@tallystick/protocol";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const vouchers = suite("the life of a voucher");

vouchers("has a schema for each command of the table, and a rule for each schema", () => {
  assert.equal(Object.keys(VOUCHER_COMMANDS).sort(), [...VOUCHER_COMMAND_NAMES].sort());
});

vouchers("reaches by commands every state but those that a deadline or an operator brings", () => {
  const reached = new Set<VoucherState>(["issued"]);
  for (const _ of VOUCHER_STATES)
    for (const command of VOUCHER_COMMAND_NAMES) {
      const { from, to } = voucherRuleOf(command);
      if (Object.keys(from).some((state) => reached.has(state as VoucherState)))
        for (const state of to) reached.add(state);
    }
  assert.equal(
    VOUCHER_STATES.filter((state) => !reached.has(state)),
    ["expired", "voided"],
  );
});

vouchers("allows no command once it has ended", () => {
  for (const command of VOUCHER_COMMAND_NAMES)
    for (const state of Object.keys(voucherRuleOf(command).from))
      assert.not.ok((VOUCHER_END_STATES as readonly string[]).includes(state), `${command} in ${state}`);
});

vouchers("has a schema for each type of event", () => {
  const types = VoucherEvent.options.map((option) => option.shape.type.value);
  assert.equal([...types].sort(), [...VOUCHER_EVENT_TYPES].sort());
});

const AMOUNT = 1000;
const ID = "3-AAAAAAAAAAAAAAAA";
const digestOf = (version: number) => String(version).padStart(12, "0");

function issued(): VoucherSnapshot {
  return foldVoucher(undefined, {
    type: "voucher.issued",
    voucherId: `v${ID}`,
    issuanceId: ID,
    version: 1,
    at: 1,
    by: "issuer",
    state: "issued",
    digest: digestOf(1),
    issuer: "shop",
    payer: "acme",
    beneficiary: "nordlicht",
    amount: AMOUNT,
    currency: "CNY",
    expiresAt: 100,
  });
}

/** An event that may follow, chosen by a number; undefined when that choice is not possible now. */
function next(before: VoucherSnapshot, choice: number, share: number): VoucherEvent | undefined {
  const { voucherId, version, remaining, pending } = before;
  const base = { voucherId, version: version + 1, at: version + 1, digest: digestOf(version + 1) };
  const amount = Math.max(1, Math.floor(remaining * share));
  const waiting = before.drawings.find(({ state }) => state === "presented");
  const open = before.drawings.find(({ settlement }) => settlement === "open");
  const live = { ...base, state: "accepted" } as const;
  switch (choice) {
    case 0:
      return { type: "voucher.accepted", ...live, by: "beneficiary" };
    case 1:
      if (remaining === 0) return undefined;
      return {
        type: "drawing.presented",
        ...live,
        by: "beneficiary",
        drawingId: String(version + 1),
        amount,
        deadline: 50,
      };
    case 2:
      if (remaining === 0) return undefined;
      return {
        type: "drawing.honoured",
        ...live,
        by: "beneficiary",
        drawingId: String(version + 1),
        amount,
        ...(share > 0.5 && { final: true as const, released: remaining - amount }),
      };
    case 3:
      if (!waiting) return undefined;
      return { type: "drawing.honoured", ...live, by: "payer", ...keyOf(waiting) };
    case 4:
      if (!waiting) return undefined;
      return {
        type: "drawing.refused",
        ...live,
        by: "payer",
        ...keyOf(waiting),
        reason: "no",
        ...(share > 0.5 && { released: waiting.amount }),
      };
    case 5:
      if (!open) return undefined;
      return { type: "drawing.settled", ...live, by: "hub", ...keyOf(open) };
    case 6:
      if (remaining === 0) return undefined;
      return { type: "voucher.released", ...live, by: "beneficiary", amount };
    case 7:
      return {
        type: "voucher.voided",
        ...base,
        state: "voided",
        by: "operator",
        reason: "x",
        released: remaining + pending,
      };
    default:
      if (pending > 0) return undefined;
      return { type: "voucher.expired", ...base, state: "expired", by: "hub", released: remaining };
  }
}

function keyOf({ drawingId, amount }: { drawingId: string; amount: number }) {
  return { drawingId, amount };
}

vouchers("keeps amount = honoured + released + pending + remaining, whatever happens", () => {
  const steps = fc.array(
    fc.tuple(fc.integer({ min: 0, max: 8 }), fc.double({ min: 0.01, max: 1, noNaN: true })),
    {
      maxLength: 40,
    },
  );
  fc.assert(
    fc.property(steps, (choices) => {
      let voucher = issued();
      for (const [choice, share] of choices) {
        const event = next(voucher, choice, share);
        if (!event) continue;
        VoucherEvent.parse(event);
        voucher = VoucherSnapshot.parse(foldVoucher(voucher, event));
        const { honoured, released, pending, remaining, drawings } = voucher;
        assert.is(honoured + released + pending + remaining, AMOUNT);
        const sum = (state: string) =>
          drawings.filter((drawing) => drawing.state === state).reduce((all, { amount }) => all + amount, 0);
        assert.equal([sum("honoured"), sum("presented")], [honoured, pending]);
        if (hasVoucherEnded(voucher.state)) {
          assert.equal([pending, remaining], [0, 0]);
          return;
        }
      }
    }),
  );
});

vouchers("is not folded over a gap", () => {
  const event = next(issued(), 0, 1) as VoucherEvent;
  assert.throws(() => foldVoucher(issued(), { ...event, version: 3 }), /version 3/);
  assert.throws(() => foldVoucher(undefined, event), /missing/);
});

vouchers.run();
