/** A voucher on the screen. */
import type { BeneficiaryVoucher, IssuerVoucher, PayerVoucher } from "@tallystick/client";
import {
  formatAmount,
  hasVoucherEnded,
  isApprover,
  VOUCHER_ROLES,
  type VoucherEvent,
  type VoucherRole,
  type VoucherSnapshot,
  waitingDrawing,
} from "@tallystick/protocol";
import { glimpse, money, quoted } from "../event-details.ts";
import {
  type Action,
  type CommandInput,
  Entry,
  type EntryCommand,
  type Intent,
  type LogLine,
  type Tone,
  type Waiting,
} from "./entry.ts";
import { dateAndTime, left } from "./time.ts";
import { voucherActions } from "./voucher-actions.ts";
import { voucherSentence } from "./voucher-sentences.ts";

/** The side of a voucher that its party has. */
export type VoucherSide = BeneficiaryVoucher | IssuerVoucher | PayerVoucher;

const BAD: ReadonlySet<VoucherEvent["type"]> = new Set<VoucherEvent["type"]>([
  "voucher.rejected",
  "voucher.withdrawn",
  "voucher.voided",
  "drawing.refused",
  "drawing.settlement_failed",
]);
const GOOD: ReadonlySet<VoucherEvent["type"]> = new Set<VoucherEvent["type"]>([
  "voucher.issued",
  "drawing.settled",
]);

export class VoucherEntry extends Entry<VoucherEvent> {
  readonly voucher: VoucherSide;
  readonly #party: string;

  /** @param before what happened to its issuance, its issue included. */
  constructor(voucher: VoucherSide, party: string, before?: LogLine[]) {
    super(voucher, before, before ? 2 : 1);
    this.voucher = voucher;
    this.#party = party;
  }

  get snapshot(): VoucherSnapshot {
    return this.voucher.snapshot;
  }

  get ended(): boolean {
    return hasVoucherEnded(this.snapshot.state);
  }

  get roles(): VoucherRole[] {
    return VOUCHER_ROLES.filter((role) => this.snapshot[role] === this.#party);
  }

  /** Whom the money comes from, or goes to. */
  get other(): string {
    const { payer, issuer, beneficiary } = this.snapshot;
    return payer === this.#party ? (beneficiary === payer ? issuer : beneficiary) : payer;
  }

  get waiting(): Waiting | undefined {
    if (this.ended) return undefined;
    const { snapshot, roles } = this;
    const drawing = waitingDrawing(snapshot);
    if (drawing && isApprover(snapshot, roles)) return { forMe: true, until: drawing.deadline };
    if (snapshot.state === "issued" && roles.includes("beneficiary"))
      return { forMe: true, until: snapshot.expiresAt };
    return { forMe: false };
  }

  get rest(): string {
    return `${formatAmount(this.snapshot.remaining, this.snapshot.currency)} remain`;
  }

  heads(now: number): string[] {
    const { voucherId, state, issuer, payer, beneficiary, amount, currency, memo, account, expiresAt } =
      this.snapshot;
    const sum = (minor: number) => formatAmount(minor, currency);
    const { remaining, pending, honoured, released, drawings } = this.snapshot;
    const others = issuer === beneficiary ? "" : `, by ${issuer}`;
    const on = account ? `, on ${glimpse(account)}` : "";
    const waits = drawings
      .filter((drawing) => drawing.state === "presented")
      .map(({ drawingId, amount: drawn, to, deadline = now, final }) => {
        const what = `drawing ${drawingId} waits: ${money(drawn, currency)}${final ? ", final" : ""}`;
        return `${what}${to ? `, to …${to.last4}` : ""}, ${left(deadline - now)} left`;
      });
    return [
      `${money(amount, currency)} for ${beneficiary} from ${payer}${others} ${quoted(memo)}`.trim(),
      `${voucherId}, ${state}${on}, valid until ${dateAndTime(expiresAt)}`,
      `${sum(remaining)} remain, ${sum(pending)} wait, ${sum(honoured)} paid, ${sum(released)} released`,
      ...waits,
    ];
  }

  protected get allowed(): Action[] {
    return voucherActions(this.snapshot, this.roles, Date.now());
  }

  async send(command: EntryCommand, input: CommandInput, intent: Intent): Promise<void> {
    const { voucher } = this;
    const beneficiary = voucher.role === "beneficiary" ? voucher : undefined;
    const { amount, reason } = input;
    switch (command) {
      case "voucher:accept":
        return void (await beneficiary?.accept(intent));
      case "voucher:reject":
        return void (await beneficiary?.reject(reason, intent));
      case "voucher:withdraw":
        return void (voucher.role === "issuer" && (await voucher.withdraw(reason, intent)));
      case "voucher:draw":
        if (!input.account || amount === undefined) return;
        return void (await beneficiary?.draw(
          { amount, to: input.account, ...(input.final && { final: true }) },
          intent,
        ));
      case "voucher:release":
        return void (await beneficiary?.release(amount, intent));
      case "drawing:approve":
        return void (await this.#drawing(input)?.approve(intent));
      case "drawing:refuse":
        return void (await this.#drawing(input)?.refuse(reason ?? "", intent));
    }
  }

  /** An approver is not the beneficiary. */
  #drawing({ drawingId }: CommandInput) {
    const { voucher } = this;
    if (voucher.role === "beneficiary") return undefined;
    return voucher.drawings.find(({ id }) => id === drawingId);
  }

  protected hear(event: VoucherEvent): void {
    const text = voucherSentence(event, this.snapshot, this.#party);
    this.lines.push({ at: event.at, text, tone: this.#toneOf(event) });
  }

  #toneOf({ type, by }: VoucherEvent): Tone {
    if (BAD.has(type)) return "bad";
    if (GOOD.has(type)) return "good";
    return (this.roles as string[]).includes(by) ? "own" : "other";
  }
}
