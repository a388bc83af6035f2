import {
  hasVoucherEnded,
  type LiveVoucherState,
  SETTLEMENT_EVENTS,
  VOUCHER_COMMAND_NAMES,
  VOUCHER_COMMANDS,
  VOUCHER_END_STATES,
  VOUCHER_EVENT_TYPES,
  VOUCHER_OTHER_RULES,
  VOUCHER_STATES,
  type VoucherCommandName,
  type VoucherCommandOf,
  type VoucherRule,
  type VoucherState,
  voucherRuleOf,
} from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const lifecycle = suite("a voucher's lifecycle");

const OTHERS: VoucherRule[] = Object.values(VOUCHER_OTHER_RULES);
const ALL: VoucherRule[] = [...VOUCHER_COMMAND_NAMES.map(voucherRuleOf), ...OTHERS];
const LIVE = VOUCHER_STATES.filter((state) => !hasVoucherEnded(state)) as LiveVoucherState[];

function next(state: VoucherState): VoucherState[] {
  return ALL.filter(({ from }) => from[state as LiveVoucherState] !== undefined).flatMap(({ to }) => [...to]);
}

function reachable(from: VoucherState): Set<VoucherState> {
  const seen = new Set([from]);
  for (const state of seen) for (const after of next(state)) seen.add(after);
  return seen;
}

lifecycle("every state can be reached from an issued voucher", () => {
  assert.equal([...reachable("issued")].sort(), [...VOUCHER_STATES].sort());
});

lifecycle("what was accepted can no longer be rejected or withdrawn, and comes to every other end", () => {
  const ends = VOUCHER_END_STATES.filter((end) => reachable("accepted").has(end));
  assert.equal(
    ends,
    VOUCHER_END_STATES.filter((end) => end !== "rejected" && end !== "withdrawn"),
  );
});

lifecycle("an end is an end: nothing leads out of it", () => {
  for (const end of VOUCHER_END_STATES) assert.equal(next(end), []);
});

lifecycle("time alone ends each voucher that lives", () => {
  for (const state of LIVE) assert.ok(state in VOUCHER_OTHER_RULES.expiry.from, state);
});

lifecycle("each event but the first and those of settlements has a cause, and each row has an event", () => {
  const caused = new Set(ALL.flatMap(({ events }) => [...events]));
  assert.equal(
    VOUCHER_EVENT_TYPES.filter((type) => !caused.has(type)),
    ["voucher.issued", ...SETTLEMENT_EVENTS],
  );
  for (const { events } of ALL) assert.ok(events.length > 0);
});

lifecycle("each command has a schema, in the same order", () => {
  assert.equal(Object.keys(VOUCHER_COMMANDS), VOUCHER_COMMAND_NAMES);
});

// `npm run types` refuses these tables when VoucherCommandOf and the rules' roles part ways.
const OFFERED: { [R in "beneficiary" | "issuer" | "approver"]: Record<VoucherCommandOf<R>, true> } = {
  beneficiary: {
    "voucher:accept": true,
    "voucher:reject": true,
    "voucher:draw": true,
    "voucher:release": true,
  },
  issuer: { "voucher:withdraw": true },
  approver: { "drawing:approve": true, "drawing:refuse": true },
};
for (const role of ["beneficiary", "issuer", "approver"] as const) {
  lifecycle(`the types offer the ${role} just the commands of the ${role}`, () => {
    const allowed = VOUCHER_COMMAND_NAMES.filter((command: VoucherCommandName) =>
      voucherRuleOf(command).roles.includes(role),
    );
    assert.equal(Object.keys(OFFERED[role]), allowed);
  });
}

lifecycle.run();
