/** A voucher on the page, as its party has it. */

import { computed, signal } from "@preact/signals";
import type {
  BeneficiaryVoucher,
  IssuerVoucher,
  PayerVoucher,
  VoucherEvent,
  VoucherRole,
  VoucherSnapshot,
} from "@tallystick/client";
import { isApprover, voucherCommandsNow, waitingDrawing } from "@tallystick/protocol/next-steps";
import {
  hasVoucherEnded,
  VOUCHER_ROLES,
  type VoucherCommandName,
} from "@tallystick/protocol/voucher-lifecycle";
import { now } from "./clock.ts";
import { type Input, type Intent, Item, type Turn } from "./item.ts";

export type VoucherSide = BeneficiaryVoucher | IssuerVoucher | PayerVoucher;

export class VoucherItem extends Item<VoucherEvent> {
  readonly kind = "voucher";
  readonly voucher: VoucherSide;
  readonly party: string;
  readonly snapshot = signal<VoucherSnapshot>(undefined as unknown as VoucherSnapshot);

  constructor(voucher: VoucherSide, party: string, isSeen: (at: number) => boolean) {
    super(voucher.id, voucher.snapshot.version, isSeen);
    this.voucher = voucher;
    this.party = party;
    this.snapshot.value = voucher.snapshot;
  }

  async follow(): Promise<void> {
    const forget = this.voucher.on((_event, snapshot) => {
      this.snapshot.value = snapshot;
    });
    this.snapshot.value = this.voucher.snapshot;
    await this.hearAll(this.voucher.events({ from: 1 }));
    this.snapshot.value = this.voucher.snapshot;
    forget();
  }

  readonly roles = computed<readonly VoucherRole[]>(() =>
    VOUCHER_ROLES.filter((role) => this.snapshot.value[role] === this.party),
  );

  /** Whom the money comes from, or goes to. */
  readonly other = computed(() => {
    const { payer, issuer, beneficiary } = this.snapshot.value;
    if (payer !== this.party) return payer;
    return beneficiary === payer ? issuer : beneficiary;
  });

  readonly ended = computed(() => hasVoucherEnded(this.snapshot.value.state));

  /** The drawing that waits for this party's word. */
  readonly decision = computed(() =>
    isApprover(this.snapshot.value, this.roles.value) ? waitingDrawing(this.snapshot.value) : undefined,
  );

  readonly turn = computed<Turn>(() => {
    const { state } = this.snapshot.value;
    if (this.ended.value) return "nobody";
    // Nothing goes on before the operator has decided.
    if (this.fenced.value) return "theirs";
    if (this.decision.value) return "mine";
    return state === "issued" && this.roles.value.includes("beneficiary") ? "mine" : "theirs";
  });

  readonly until = computed(() => this.decision.value?.deadline ?? this.snapshot.value.expiresAt);

  readonly commands = computed<readonly VoucherCommandName[]>(() =>
    this.fenced.value ? [] : voucherCommandsNow(this.snapshot.value, this.roles.value, now.value),
  );

  protected get version(): number {
    return this.voucher.snapshot.version;
  }

  protected dispatch(command: VoucherCommandName, input: Input, intent: Intent): Promise<unknown> {
    const { voucher } = this;
    const { amount, reason, account, final } = input;
    const beneficiary = () => (voucher.role === "beneficiary" ? voucher : voucher.asBeneficiary());
    // What is decided is the very drawing that was shown, whatever else has happened to the voucher meanwhile.
    const { commandId } = intent;
    switch (command) {
      case "voucher:accept":
        return beneficiary().accept(intent);
      case "voucher:reject":
        return beneficiary().reject(reason, intent);
      case "voucher:withdraw":
        return (voucher as IssuerVoucher).withdraw(reason, intent);
      case "voucher:draw": {
        const to = account as NonNullable<Input["account"]>;
        return beneficiary().draw({ amount, to, ...(final && { final }) }, intent);
      }
      case "voucher:release":
        return beneficiary().release(amount, intent);
      case "drawing:approve":
        return this.#drawing(input).approve({ commandId });
      case "drawing:refuse":
        return this.#drawing(input).refuse(reason ?? "", { commandId });
    }
  }

  #drawing({ drawingId }: Input) {
    const { voucher } = this;
    // An approver is not the beneficiary.
    const drawings = voucher.role === "beneficiary" ? [] : voucher.drawings;
    const drawing = drawings.find(({ id }) => id === drawingId);
    if (!drawing) throw new Error(`${this.id} has no drawing ${drawingId} that waits for this party`);
    return drawing;
  }
}
