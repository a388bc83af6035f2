/** What vouchers, drawings and settlements do, as a pure model: no store, no time but what a step says. */
import {
  type Approver,
  type ErrorCode,
  hasVoucherEnded,
  VOUCHER_ROLES,
  type VoucherCommandName,
  type VoucherRole,
  type VoucherState,
  voucherRuleOf,
} from "@tallystick/protocol";

export interface ModelAccount {
  kind: "funds" | "credit";
  total: number;
  used: number;
  frozen: number;
}

export interface ModelDrawing {
  id: number;
  amount: number;
  final: boolean;
  state: "presented" | "honoured" | "refused";
}

export interface ModelVoucher {
  issuer: string;
  payer: string;
  beneficiary: string;
  approver: Approver | undefined;
  amount: number;
  version: number;
  state: VoucherState;
  honoured: number;
  released: number;
  pending: number;
  remaining: number;
  drawings: ModelDrawing[];
  isFinal: boolean;
  hasExpired: boolean;
  isExpiring: boolean;
  /** What each party has asked, by its commandId. */
  asked: Map<string, string>;
}

export interface ModelSettlement {
  voucher: ModelVoucher;
  /** The version of the event that honoured the drawing. */
  version: number;
  amount: number;
  state: "open" | "settled" | "failed";
  attempt: number;
  /** Why it failed. */
  note: string;
  /** The account to be paid. */
  to: string;
  /** What came of each attempt. */
  marks: Map<number, "done" | ErrorCode>;
}

export interface Act {
  command: VoucherCommandName;
  party: string;
  commandId: string;
  /** What makes it the same intent again. */
  content: string;
  ifVersion: number | undefined;
  isSeenWrong: boolean;
  amount: number | undefined;
  drawingId: number;
  final: boolean;
}

/** What a command has to come to: an event's type, `again`, or a refusal's code. */
export type Expected = string;

export class VoucherModel {
  readonly accounts = new Map<string, ModelAccount>();
  readonly vouchers: ModelVoucher[] = [];
  readonly settlements: ModelSettlement[] = [];
  /** What operators have put into funds accounts, less what was paid outside. */
  put = 0;

  account(name: string): ModelAccount {
    return this.accounts.get(name) as ModelAccount;
  }

  setAccount(name: string, kind: ModelAccount["kind"], total: number): void {
    const before = this.accounts.get(name);
    if (before?.kind === "funds") this.put -= before.total;
    if (kind === "funds") this.put += total;
    this.accounts.set(name, { kind, total, used: 0, frozen: 0 });
  }

  canIssue(payer: string, amount: number): boolean {
    const { total, used, frozen } = this.account(`${payer}/FROM`);
    return total - used - frozen >= amount;
  }

  issue(offer: Pick<ModelVoucher, "issuer" | "payer" | "beneficiary" | "approver" | "amount">): void {
    this.account(`${offer.payer}/FROM`).frozen += offer.amount;
    this.vouchers.push({
      ...offer,
      version: 1,
      state: "issued",
      honoured: 0,
      released: 0,
      pending: 0,
      remaining: offer.amount,
      drawings: [],
      isFinal: false,
      hasExpired: false,
      isExpiring: false,
      asked: new Map(),
    });
  }

  /** Any command of a party's, in the contract's order of checks. */
  act(voucher: ModelVoucher, act: Act): Expected {
    const { command, party, commandId, content } = act;
    const rule = voucherRuleOf(command);
    const roles = VOUCHER_ROLES.filter((role) => voucher[role] === party);
    if (roles.length === 0) return "not_found";
    const memory = `${party} ${commandId}`;
    const before = voucher.asked.get(memory);
    if (before !== undefined) return before === content ? "again" : "conflict";
    const mayApprove = (role: VoucherRole) => rule.roles.includes("approver") && voucher.approver === role;
    if (!roles.some((role) => rule.roles.includes(role) || mayApprove(role))) return "forbidden";
    if (rule.forAnother && voucher.issuer === voucher.beneficiary) return "forbidden";
    if (act.isSeenWrong) return "rolled_back";
    if (!this.#isAllowed(voucher, act)) return "wrong_state";
    if (act.ifVersion !== undefined && act.ifVersion !== voucher.version) return "conflict";
    const expected = this.#effect(voucher, act);
    if (expected.includes(".")) voucher.asked.set(memory, content);
    return expected;
  }

  #isAllowed(voucher: ModelVoucher, { command, drawingId }: Act): boolean {
    const guard = voucherRuleOf(command).from[voucher.state as "issued"];
    if (guard === "not_expired") return !voucher.hasExpired;
    if (guard === "drawing_waits")
      return voucher.drawings.some(({ id, state }) => id === drawingId && state === "presented");
    return guard === true;
  }

  #effect(voucher: ModelVoucher, act: Act): Expected {
    const { command, amount = voucher.remaining, drawingId, final } = act;
    const waiting = voucher.drawings.find(({ id }) => id === drawingId) as ModelDrawing;
    switch (command) {
      case "voucher:accept":
        return this.#happen(voucher, "voucher.accepted", "accepted");
      case "voucher:reject":
        return this.#endAll(voucher, "voucher.rejected", "rejected");
      case "voucher:withdraw":
        return this.#endAll(voucher, "voucher.withdrawn", "withdrawn");
      case "voucher:release":
        if (amount > voucher.remaining || amount === 0) return "exceeds_remaining";
        this.#unfreeze(voucher, amount);
        return this.#happen(voucher, "voucher.released", this.#isOver(voucher) ? "released" : "accepted");
      case "voucher:draw": {
        if (amount > voucher.remaining || amount === 0) return "exceeds_remaining";
        if (this.account(`${voucher.beneficiary}/TO`).kind === "credit") return "account_not_payable";
        const drawing = { id: voucher.version + 1, amount, final, state: "presented" as const };
        voucher.drawings.push(drawing);
        voucher.remaining -= amount;
        voucher.pending += amount;
        if (voucher.approver) return this.#happen(voucher, "drawing.presented", "accepted");
        return this.#honour(voucher, drawing);
      }
      case "drawing:approve":
        return this.#honour(voucher, waiting);
      case "drawing:refuse":
        waiting.state = "refused";
        voucher.pending -= waiting.amount;
        voucher.remaining += waiting.amount;
        if (voucher.isFinal || voucher.hasExpired) this.#unfreeze(voucher, waiting.amount);
        return this.#happen(
          voucher,
          "drawing.refused",
          voucher.isFinal && this.#isOver(voucher) ? "honoured" : "accepted",
        );
    }
  }

  #honour(voucher: ModelVoucher, drawing: ModelDrawing): Expected {
    const { amount, final } = drawing;
    const account = this.account(`${voucher.payer}/FROM`);
    drawing.state = "honoured";
    voucher.pending -= amount;
    voucher.honoured += amount;
    account.frozen -= amount;
    if (account.kind === "credit") account.used += amount;
    else account.total -= amount;
    if (final) {
      voucher.isFinal = true;
      this.#unfreeze(voucher, voucher.remaining);
    }
    const event = this.#happen(voucher, "drawing.honoured", this.#isOver(voucher) ? "honoured" : "accepted");
    this.settlements.push({
      voucher,
      version: voucher.version,
      amount,
      state: "open",
      attempt: 1,
      note: "",
      to: `${voucher.beneficiary}/TO`,
      marks: new Map(),
    });
    return event;
  }

  void(voucher: ModelVoucher): Expected {
    if (hasVoucherEnded(voucher.state)) return "wrong_state";
    for (const drawing of voucher.drawings) if (drawing.state === "presented") drawing.state = "refused";
    voucher.remaining += voucher.pending;
    voucher.pending = 0;
    return this.#endAll(voucher, "voucher.voided", "voided");
  }

  /** Nobody has said a word about the drawings that wait. */
  passSilence(voucher: ModelVoucher): void {
    for (const drawing of voucher.drawings) if (drawing.state === "presented") this.#honour(voucher, drawing);
    this.expireIfDue(voucher);
  }

  passExpiry(voucher: ModelVoucher): void {
    if (hasVoucherEnded(voucher.state)) return;
    voucher.hasExpired = true;
    this.expireIfDue(voucher);
  }

  /** What an expiry that has passed brings about, as soon as it can. */
  expireIfDue(voucher: ModelVoucher): void {
    if (!voucher.hasExpired || hasVoucherEnded(voucher.state)) return;
    if (!voucher.isExpiring && voucher.remaining > 0) {
      voucher.isExpiring = true;
      this.#happen(voucher, "voucher.expiring", voucher.state);
    }
    if (voucher.pending === 0) this.#endAll(voucher, "voucher.expired", "expired");
  }

  /** An attempt is paid, or refused; once. */
  credit(settlement: ModelSettlement, attempt: number, to: string): "done" | ErrorCode {
    const before = settlement.marks.get(attempt);
    if (before) return before;
    const account = this.accounts.get(to);
    const found = !account
      ? "account_name_mismatch"
      : account.kind === "credit"
        ? "account_not_payable"
        : "done";
    settlement.marks.set(attempt, found);
    if (account && found === "done") account.total += settlement.amount;
    return found;
  }

  close(settlement: ModelSettlement, attempt: number): "done" | "again" | ErrorCode {
    const came = settlement.marks.get(attempt) as "done" | ErrorCode;
    const [state, note] = came === "done" ? (["settled", ""] as const) : (["failed", came] as const);
    if (settlement.attempt !== attempt) return "wrong_state";
    if (settlement.state !== "open")
      return settlement.state === state && settlement.note === note ? "again" : "wrong_state";
    settlement.state = state;
    settlement.note = note;
    if (state === "settled" || attempt === 1) settlement.voucher.version += 1;
    return "done";
  }

  redirect(settlement: ModelSettlement, to: string): "done" | ErrorCode {
    if (settlement.state !== "failed") return "wrong_state";
    Object.assign(settlement, { state: "open", attempt: settlement.attempt + 1, note: "", to });
    return "done";
  }

  report(settlement: ModelSettlement, reference: string): "done" | "again" | ErrorCode {
    if (settlement.state === "settled" && settlement.note === reference) return "again";
    if (settlement.state !== "failed") return "wrong_state";
    settlement.state = "settled";
    settlement.note = reference;
    settlement.voucher.version += 1;
    this.put -= settlement.amount;
    return "done";
  }

  /** What has left payers' accounts and is not paid out yet, as far as the payers' partitions know. */
  get clearing(): number {
    return sum(this.settlements.filter(({ state }) => state !== "settled").map(({ amount }) => amount));
  }

  /** Balances + clearing - used - credited but not yet closed: always what operators have put in. */
  get held(): number {
    const accounts = [...this.accounts.values()].map(({ kind, total, used }) =>
      kind === "funds" ? total : -used,
    );
    const early = this.settlements.filter(
      ({ state, marks, attempt }) => state === "open" && marks.get(attempt) === "done",
    );
    return sum(accounts) + this.clearing - sum(early.map(({ amount }) => amount));
  }

  #isOver({ remaining, pending }: ModelVoucher): boolean {
    return remaining === 0 && pending === 0;
  }

  #unfreeze(voucher: ModelVoucher, amount: number): void {
    voucher.remaining -= amount;
    voucher.released += amount;
    this.account(`${voucher.payer}/FROM`).frozen -= amount;
  }

  #endAll(voucher: ModelVoucher, type: string, state: VoucherState): Expected {
    this.#unfreeze(voucher, voucher.remaining);
    return this.#happen(voucher, type, state);
  }

  #happen(voucher: ModelVoucher, type: string, state: VoucherState): Expected {
    voucher.version += 1;
    voucher.state = state;
    return type;
  }
}

export function sum(amounts: readonly number[]): number {
  return amounts.reduce((all, amount) => all + amount, 0);
}
