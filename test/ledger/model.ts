/**
 * A small pure model of the ledger: what each command should come to, without a store, without scripts. It
 * knows the table of `shared/lifecycle.ts`; all else is written down a second time.
 */
import {
  type CommandName,
  type ErrorCode,
  type EventType,
  hasEnded,
  MAX_CHANGES,
  MAX_REFUSALS,
  type OpenState,
  type Review,
  type Role,
  ruleOf,
  type State,
} from "@tallystick/protocol";

export interface ModelAccount {
  kind: "funds" | "credit";
  currency: string;
  holder: string;
  total: number;
  frozen: number;
  status: "active" | "blocked";
  /** Answers to adjustments, by reference. */
  references: Map<string, { amount: number; total: number; frozen: number }>;
}

export interface ModelIssuance {
  issuer: string;
  payer: string;
  amount: number;
  currency: string;
  review: Review;
  state: State;
  version: number;
  refusals: number;
  changes: number;
  /** The account that passed verification and stands. */
  standing?: { number: string; holder: string; kind: "funds" | "credit" };
  /** The digest of each event, which the ledger chooses. */
  digests: string[];
  /** Its deadline has passed, and nobody has written so yet. */
  isDue: boolean;
  /** What was asked by each commandId, one namespace a role; and the code that it was answered with. */
  asked: Map<string, { content: string }>;
}

/** What a command on an issuance comes to. */
export type Expected =
  | { result: "done"; type: EventType; by: Role | "hub" }
  /** Refused by the verification: the issuance moves on by one version. */
  | { result: ErrorCode; isEvent: true }
  | { result: ErrorCode; isEvent: false; detail?: string | number | undefined }
  /** Answered as it was before. */
  | { result: "again" };

export interface Act {
  command: Exclude<CommandName, "payer:request">;
  party: string;
  commandId: string;
  ifVersion?: number | undefined;
  seen?: { version: number; digest: string } | undefined;
  account?: { number: string; holder: string } | undefined;
}

export class Model {
  readonly accounts = new Map<string, ModelAccount>();
  readonly issuances: ModelIssuance[] = [];
  readonly #requests = new Map<string, { content: string; index: number }>();

  /** `payer:request`; answers which issuance it is about, unless it is a conflict. */
  request(
    offer: Pick<ModelIssuance, "issuer" | "payer" | "amount" | "currency" | "review">,
    commandId: string,
  ): { expected: Expected; index?: number } {
    const { issuer, payer } = offer;
    const content = JSON.stringify(["payer:request", offer]);
    const before = this.#requests.get(`${issuer} ${commandId}`);
    if (before && before.content !== content) return { expected: conflict("commandId") };
    if (before) return { expected: { result: "again" }, index: before.index };
    const index = this.issuances.length;
    this.issuances.push({
      ...offer,
      state: issuer === payer ? "agreed" : "proposed",
      version: 1,
      refusals: 0,
      changes: 0,
      digests: [],
      isDue: false,
      asked: new Map([[`issuer ${commandId}`, { content }]]),
    });
    this.#requests.set(`${issuer} ${commandId}`, { content, index });
    return { expected: { result: "done", type: "payer.requested", by: "issuer" }, index };
  }

  /** Any other command, in the contract's order of checks. */
  act(issuance: ModelIssuance, act: Act): Expected {
    const { command, party, commandId, ifVersion, seen } = act;
    const roles = rolesOf(issuance, party);
    if (roles.length === 0) return { result: "not_found", isEvent: false };
    const content = JSON.stringify([command, act.account]);
    const memory = `${roles[0]} ${commandId}`;
    const before = issuance.asked.get(memory);
    if (before) return before.content === content ? { result: "again" } : conflict("commandId");
    const role = roles.find((one) => ruleOf(command).roles.includes(one));
    if (!role) return { result: "forbidden", isEvent: false, detail: ruleOf(command).roles[0] };
    if (seen && issuance.digests[seen.version - 1] !== seen.digest)
      return { result: "rolled_back", isEvent: false, detail: issuance.version };
    if (issuance.isDue) return { result: "wrong_state", isEvent: false, detail: "expired" };
    if (!isAllowed(issuance, command))
      return { result: "wrong_state", isEvent: false, detail: issuance.state };
    if (ifVersion !== undefined && ifVersion !== issuance.version) return conflict(issuance.version);
    if (command === "account:change" && issuance.changes >= MAX_CHANGES) {
      return { result: "change_not_allowed", isEvent: false };
    }
    // From here on the answer has changed something, and is remembered.
    issuance.asked.set(memory, { content });
    issuance.version += 1;
    return this.#effect(issuance, act, role);
  }

  /** The deadline of the present wait passes. */
  passDeadline(issuance: ModelIssuance): void {
    if (!hasEnded(issuance.state)) issuance.isDue = true;
  }

  /** The hub's own command. */
  expire(issuance: ModelIssuance): Expected {
    if (!issuance.isDue) return { result: "wrong_state", isEvent: false, detail: issuance.state };
    issuance.isDue = false;
    issuance.version += 1;
    issuance.state = "expired";
    return { result: "done", type: "issuance.expired", by: "hub" };
  }

  put(
    key: string,
    body: Pick<ModelAccount, "kind" | "currency" | "holder" | "total"> & Partial<ModelAccount>,
  ): "done" | ErrorCode {
    const before = this.accounts.get(key);
    const frozen = before?.frozen ?? 0;
    if (before && frozen > 0 && (before.kind !== body.kind || before.currency !== body.currency))
      return "conflict";
    if (body.total < frozen) return "insufficient_funds";
    const status = body.status ?? before?.status ?? "active";
    this.accounts.set(key, { references: before?.references ?? new Map(), ...body, frozen, status });
    return "done";
  }

  adjust(key: string, amount: number, reference: string): "done" | ErrorCode {
    const account = this.accounts.get(key);
    if (!account) return "not_found";
    const before = account.references.get(reference);
    if (before) return before.amount === amount ? "done" : "conflict";
    if (account.total + amount < account.frozen) return "insufficient_funds";
    account.total += amount;
    account.references.set(reference, { amount, total: account.total, frozen: account.frozen });
    return "done";
  }

  setStatus(key: string, status: ModelAccount["status"]): "done" | ErrorCode {
    const account = this.accounts.get(key);
    if (!account) return "not_found";
    account.status = status;
    return "done";
  }

  #effect(issuance: ModelIssuance, { command, account }: Act, role: Role): Expected {
    const done = (type: EventType, state: State): Expected => {
      issuance.state = state;
      return { result: "done", type, by: role };
    };
    switch (command) {
      case "payer:agree":
        return done("payer.agreed", "agreed");
      case "payer:decline":
        return done("payer.declined", "declined");
      case "issuance:open":
        return done("issuance.opened", "opened");
      case "issuance:cancel":
        return done("issuance.cancelled", "cancelled");
      case "account:keep":
        return done("account.kept", "verified");
      case "account:change":
        issuance.changes += 1;
        return done("account.change_agreed", "changing");
      case "account:submit":
        return this.#submit(issuance, account as { number: string; holder: string }, done);
      case "issuance:accept":
        return this.#accept(issuance, done);
    }
  }

  #submit(
    issuance: ModelIssuance,
    sent: { number: string; holder: string },
    done: (type: EventType, state: State) => Expected,
  ): Expected {
    const code = this.#verify(issuance, sent);
    if (code) return refuse(issuance, code, issuance.state);
    const account = this.accounts.get(`${issuance.payer}/${sent.number}`) as ModelAccount;
    issuance.standing = { ...sent, kind: account.kind };
    const waits = issuance.review === "every" || (issuance.review === "first" && issuance.state === "opened");
    if (waits) return done("account.verified", "verified");
    account.frozen += issuance.amount;
    return done("voucher.issued", "issued");
  }

  #accept(issuance: ModelIssuance, done: (type: EventType, state: State) => Expected): Expected {
    const { standing, payer, amount } = issuance;
    if (!standing) throw new Error("the model has a verified issuance without an account");
    const code = this.#verify(issuance, standing);
    if (code) return refuse(issuance, issuance.issuer === payer ? code : "account_refused", "opened");
    const account = this.accounts.get(`${payer}/${standing.number}`) as ModelAccount;
    account.frozen += amount;
    standing.kind = account.kind;
    return done("voucher.issued", "issued");
  }

  /** Claim 3: the name, then the rest; equal passes. */
  #verify(
    { payer, currency, amount }: ModelIssuance,
    sent: { number: string; holder: string },
  ): ErrorCode | undefined {
    const account = this.accounts.get(`${payer}/${sent.number}`);
    if (account?.holder !== sent.holder) return "account_name_mismatch";
    if (account.status === "blocked") return "account_blocked";
    if (account.currency !== currency) return "currency_mismatch";
    if (account.total - account.frozen >= amount) return undefined;
    return account.kind === "funds" ? "insufficient_funds" : "insufficient_credit";
  }
}

function conflict(detail: string | number): Expected {
  return { result: "conflict", isEvent: false, detail };
}

function refuse(issuance: ModelIssuance, code: ErrorCode, state: State): Expected {
  issuance.refusals += 1;
  issuance.state = issuance.refusals < MAX_REFUSALS ? state : "failed";
  if (issuance.state !== "changing") delete issuance.standing;
  return { result: code, isEvent: true };
}

/** The roles of a party, the issuer's first. */
export function rolesOf({ issuer, payer }: Pick<ModelIssuance, "issuer" | "payer">, party: string): Role[] {
  return [...(party === issuer ? ["issuer" as const] : []), ...(party === payer ? ["payer" as const] : [])];
}

/** Whether the table and its guards allow the command in the issuance's state. */
export function isAllowed(issuance: ModelIssuance, command: CommandName): boolean {
  const guard = ruleOf(command).from[issuance.state as OpenState];
  if (guard === "account_refused_before") return issuance.refusals > 0;
  if (guard === "account_stands") return issuance.standing !== undefined;
  return guard === true;
}
