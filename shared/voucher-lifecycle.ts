/**
 * Who may do what with a voucher in which state (design, section 7): the life that begins when an issuance is
 * `issued`. The Lua scripts, the SDK, the tests and the documentation take it from here.
 */

/** The states of a voucher. The last six are ends: nothing more happens to it but settlements of what was honoured. */
export const VOUCHER_STATES = [
  "issued",
  "accepted",
  "honoured",
  "released",
  "rejected",
  "withdrawn",
  "expired",
  "voided",
] as const;
export type VoucherState = (typeof VOUCHER_STATES)[number];

export const VOUCHER_END_STATES = [
  "honoured",
  "released",
  "rejected",
  "withdrawn",
  "expired",
  "voided",
] as const satisfies VoucherState[];
export type VoucherEndState = (typeof VOUCHER_END_STATES)[number];
export type LiveVoucherState = Exclude<VoucherState, VoucherEndState>;

/** True when nothing more can be drawn, released or decided. */
export function hasVoucherEnded(state: VoucherState): state is VoucherEndState {
  return (VOUCHER_END_STATES as readonly VoucherState[]).includes(state);
}

/**
 * The roles of a voucher. A party may have several: it acts in the first of these, in this order, that may do what
 * it asks.
 */
export const VOUCHER_ROLES = ["beneficiary", "payer", "issuer"] as const;
export type VoucherRole = (typeof VOUCHER_ROLES)[number];
/** Who caused an event of a voucher. */
export type VoucherActor = VoucherRole | "operator" | "hub";

/** Whose word drawings wait for, where the offer says that they wait. */
export const APPROVERS = ["issuer", "payer"] as const satisfies VoucherRole[];
export type Approver = (typeof APPROVERS)[number];

/** The states of a drawing. */
export const DRAWING_STATES = ["presented", "honoured", "refused"] as const;
export type DrawingState = (typeof DRAWING_STATES)[number];
/** The states of the settlement that pays a drawing out. */
export const SETTLEMENT_STATES = ["open", "settled", "failed"] as const;
export type SettlementState = (typeof SETTLEMENT_STATES)[number];

/** Types of event, in the order in which a long life may meet them. */
export const VOUCHER_EVENT_TYPES = [
  "voucher.issued",
  "voucher.accepted",
  "voucher.rejected",
  "voucher.withdrawn",
  "drawing.presented",
  "drawing.honoured",
  "drawing.refused",
  "drawing.settled",
  "drawing.settlement_failed",
  "voucher.released",
  "voucher.expiring",
  "voucher.expired",
  "voucher.voided",
] as const;
export type VoucherEventType = (typeof VOUCHER_EVENT_TYPES)[number];

/** What has to hold besides the state: the voucher has not expired; the drawing that is named waits for a word. */
export type VoucherGuard = "not_expired" | "drawing_waits";

/** One row of the table. */
export interface VoucherRule {
  /** The roles that may send the command; `approver` is whichever the offer names. */
  readonly roles: readonly (VoucherRole | "approver" | "operator" | "hub")[];
  /** The states in which it is allowed, each with its guard or `true`. */
  readonly from: { readonly [S in LiveVoucherState]?: true | VoucherGuard };
  /** The states that it can lead to; empty where the state stays as it is. */
  readonly to: readonly VoucherState[];
  /** The events that it can cause. */
  readonly events: readonly VoucherEventType[];
  /** Refused as `forbidden` where the issuer is itself the beneficiary. */
  readonly forAnother?: true;
}

/** What terminals can do with a voucher. */
export const VOUCHER_RULES = {
  "voucher:accept": {
    roles: ["beneficiary"],
    from: { issued: true },
    to: ["accepted"],
    events: ["voucher.accepted"],
  },
  "voucher:reject": {
    roles: ["beneficiary"],
    from: { issued: true },
    to: ["rejected"],
    events: ["voucher.rejected"],
  },
  "voucher:withdraw": {
    roles: ["issuer"],
    from: { issued: true },
    to: ["withdrawn"],
    events: ["voucher.withdrawn"],
    forAnother: true,
  },
  "voucher:draw": {
    roles: ["beneficiary"],
    from: { issued: "not_expired", accepted: "not_expired" },
    to: ["accepted", "honoured"],
    events: ["drawing.honoured", "drawing.presented"],
  },
  "drawing:approve": {
    roles: ["approver"],
    from: { accepted: "drawing_waits" },
    to: ["accepted", "honoured"],
    events: ["drawing.honoured"],
  },
  "drawing:refuse": {
    roles: ["approver"],
    from: { accepted: "drawing_waits" },
    to: ["accepted", "honoured"],
    events: ["drawing.refused"],
  },
  "voucher:release": {
    roles: ["beneficiary"],
    from: { issued: true, accepted: true },
    to: ["accepted", "released"],
    events: ["voucher.released"],
  },
} as const satisfies Record<string, VoucherRule>;

/** What happens to a voucher without a terminal's command: time, and operators. */
export const VOUCHER_OTHER_RULES = {
  /** A drawing's deadline has passed: silence honours it. */
  silence: {
    roles: ["hub"],
    from: { accepted: "drawing_waits" },
    to: ["accepted", "honoured"],
    events: ["drawing.honoured"],
  },
  /** Its parties are told before it expires. */
  expiring: {
    roles: ["hub"],
    from: { issued: "not_expired", accepted: "not_expired" },
    to: [],
    events: ["voucher.expiring"],
  },
  /** It has expired, and no drawing waits. */
  expiry: {
    roles: ["hub"],
    from: { issued: true, accepted: true },
    to: ["expired"],
    events: ["voucher.expired"],
  },
  void: {
    roles: ["operator"],
    from: { issued: true, accepted: true },
    to: ["voided"],
    events: ["voucher.voided"],
  },
} as const satisfies Record<string, VoucherRule>;
export type VoucherOtherRuleName = keyof typeof VOUCHER_OTHER_RULES;

/** What the settlement of a drawing that was honoured comes to; the state of the voucher stays as it is. */
export const SETTLEMENT_EVENTS = [
  "drawing.settled",
  "drawing.settlement_failed",
] as const satisfies VoucherEventType[];

export type VoucherCommandName = keyof typeof VOUCHER_RULES;
export const VOUCHER_COMMAND_NAMES = /* @__PURE__ */ Object.keys(VOUCHER_RULES) as VoucherCommandName[];

/** The rule of a command, with the table's literal types widened. */
export function voucherRuleOf(command: VoucherCommandName): VoucherRule {
  return VOUCHER_RULES[command];
}

/** The commands that a role may send, for types; `approver` is whichever role the offer names. */
export type VoucherCommandOf<R extends VoucherRole | "approver"> = {
  [C in VoucherCommandName]: R extends (typeof VOUCHER_RULES)[C]["roles"][number] ? C : never;
}[VoucherCommandName];

/** At most this many drawings of a voucher, refused ones not counted. */
export const MAX_DRAWINGS = 50;
/** After so many events only deadlines, decisions and the release of all are carried out. */
export const MAX_VOUCHER_EVENTS = 500;
/** The largest version that a message may name: some room above the events for what ends and settles. */
export const MAX_VOUCHER_VERSION = 600;

/** How long a voucher is valid unless the offer says, seconds: 90 days. */
export const DEFAULT_VALID_FOR = 7_776_000;
/** The longest time that a message may name, seconds, a hundred years; a hub's own limit, a year unless set, is shorter. */
export const MAX_VALID_FOR = 3_162_240_000;
/** How long an approver can have at most, seconds: 30 days. */
export const MAX_APPROVAL_WITHIN = 2_592_000;
/** A voucher's parties are told this long before its expiry, or at its last tenth, whichever is later; milliseconds. */
export const EXPIRING_BEFORE_MS = 86_400_000;
