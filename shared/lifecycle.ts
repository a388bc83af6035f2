/**
 * Who may do what in which state, once and for all (design, section 2). The Lua scripts, the SDK, the
 * tests and the documentation take it from here.
 */

/** The states of an issuance. The last five are ends: nothing more happens to it. */
export const STATES = [
  "proposed",
  "agreed",
  "opened",
  "verified",
  "changing",
  "issued",
  "declined",
  "cancelled",
  "expired",
  "failed",
] as const;
export type State = (typeof STATES)[number];

export const END_STATES = ["issued", "declined", "cancelled", "expired", "failed"] as const satisfies State[];
export type EndState = (typeof END_STATES)[number];
export type OpenState = Exclude<State, EndState>;

/** True when nothing more can happen to an issuance in this state. */
export function hasEnded(state: State): state is EndState {
  return (END_STATES as readonly State[]).includes(state);
}

/** The two roles of an issuance. One party may have both (claims 2 and 7). */
export type Role = "issuer" | "payer";
/** Who caused an event: one of the roles, or the hub when a deadline passed. */
export type Actor = Role | "hub";

/** How accounts are reviewed; the issuer chooses with its request. */
export const REVIEWS = ["first", "every", "none"] as const;
export type Review = (typeof REVIEWS)[number];

/** Types of event, in the order in which a long negotiation may meet them. */
export const EVENT_TYPES = [
  "payer.requested",
  "payer.agreed",
  "payer.declined",
  "issuance.opened",
  "account.verified",
  "account.refused",
  "account.change_agreed",
  "account.kept",
  "voucher.issued",
  "issuance.cancelled",
  "issuance.expired",
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** What has to hold besides the state: a refused account came before, or a verified account stands. */
export type Guard = "account_refused_before" | "account_stands";

/** One row of the table. */
export interface Rule {
  /** The roles that may send the command. */
  readonly roles: readonly Role[];
  /** The states in which it is allowed, each with its guard or `true`. Empty: it makes the issuance. */
  readonly from: { readonly [S in OpenState]?: true | Guard };
  /** The states that it can lead to. */
  readonly to: readonly State[];
  /** The events that it can cause. */
  readonly events: readonly EventType[];
  /** Its sender is in the issuance's room from then on. */
  readonly joinsRoom?: true;
  /** A fence, which stops what goes forward, does not stop it. */
  readonly passesFence?: true;
}

/** The commands that change an issuance. */
export const RULES = {
  "payer:request": {
    roles: ["issuer"],
    from: {},
    to: ["proposed", "agreed"],
    events: ["payer.requested"],
    joinsRoom: true,
  },
  "payer:agree": {
    roles: ["payer"],
    from: { proposed: true },
    to: ["agreed"],
    events: ["payer.agreed"],
    joinsRoom: true,
  },
  "payer:decline": {
    roles: ["payer"],
    from: { proposed: true },
    to: ["declined"],
    events: ["payer.declined"],
    passesFence: true,
  },
  "issuance:open": {
    roles: ["issuer"],
    from: { agreed: true },
    to: ["opened"],
    events: ["issuance.opened"],
  },
  "account:submit": {
    roles: ["payer"],
    from: { opened: true, changing: true },
    to: ["verified", "issued", "opened", "changing", "failed"],
    events: ["account.verified", "account.refused", "voucher.issued"],
  },
  "account:change": {
    roles: ["issuer", "payer"],
    from: { opened: "account_refused_before", verified: true },
    to: ["changing"],
    events: ["account.change_agreed"],
  },
  "account:keep": {
    roles: ["payer"],
    from: { changing: "account_stands" },
    to: ["verified"],
    events: ["account.kept"],
  },
  "issuance:accept": {
    roles: ["issuer"],
    from: { verified: true },
    to: ["issued", "opened", "failed"],
    events: ["voucher.issued", "account.refused"],
  },
  "issuance:cancel": {
    roles: ["issuer", "payer"],
    from: { proposed: true, agreed: true, opened: true, verified: true, changing: true },
    to: ["cancelled"],
    events: ["issuance.cancelled"],
    passesFence: true,
  },
} as const satisfies Record<string, Rule>;

export type CommandName = keyof typeof RULES;
export const COMMAND_NAMES = /* @__PURE__ */ Object.keys(RULES) as CommandName[];

/** The rule of a command, with the table's literal types widened. */
export function ruleOf(command: CommandName): Rule {
  return RULES[command];
}

/** Who is told of an event: all terminals of both parties, or those that are in the issuance's room. */
export type Audience = "inboxes" | "room";

/**
 * Who is told of the event that leads out of a state: both parties of the answer to an invitation, its
 * withdrawal or its expiry; the room of what follows, but for the voucher. The sender has its event in its acknowledgement.
 */
const AUDIENCES: { readonly [S in OpenState]: Audience } = {
  proposed: "inboxes",
  agreed: "room",
  opened: "room",
  verified: "room",
  changing: "room",
};

/**
 * Who is told of the event that leads out of a state: of the first event, which leads out of none, and of the voucher, both
 * parties.
 *
 * @param to the state that it leads to; of an event to come it is not known.
 */
export function audienceOf(from: State | undefined, to?: State): Audience {
  if (from === undefined || to === "issued") return "inboxes";
  return AUDIENCES[from as OpenState] ?? "room";
}

/** The commands that a role may send, for types: an issuer is not offered `account:submit`. */
export type CommandOf<R extends Role> = {
  [C in CommandName]: R extends (typeof RULES)[C]["roles"][number] ? C : never;
}[CommandName];

/** No issuance has more events than this: with every refusal and every change that is allowed it has about half. */
export const MAX_VERSION = 64;
/** An issuance has failed after this many refused accounts. */
export const MAX_REFUSALS = 5;
/** At most this many changes of the account are agreed in one issuance. */
export const MAX_CHANGES = 5;
