/** Vouchers that wait for their beneficiary, and drawings that wait for their approver. */
import { type ApproverVoucher, IssuerVoucher, PayerVoucher } from "./approver-voucher.ts";
import { BeneficiaryVoucher } from "./beneficiary-voucher.ts";
import type { ApproverDrawing } from "./drawing.ts";
import type { EventLog } from "./event-log.ts";
import type { EventOn, Noun } from "./kind.ts";
import { pagesOf } from "./pages.ts";
import { VOUCHER } from "./voucher-kind.ts";
import { Watch } from "./watch.ts";
import type { ListedVoucher, VoucherSnapshot } from "./wire.ts";

/** Takes a voucher that is made out to this party. */
export type VoucherHandler = (voucher: BeneficiaryVoucher) => void | Promise<void>;
/** Decides on a drawing. */
export type DrawingHandler = (drawing: ApproverDrawing) => void | Promise<void>;

/** The side of a voucher that can do all that the party may. */
export function sideOf(
  log: EventLog<"voucher">,
  party: string,
): BeneficiaryVoucher | IssuerVoucher | PayerVoucher {
  const { beneficiary, issuer } = log.snapshot;
  if (beneficiary === party) return new BeneficiaryVoucher(log);
  return issuer === party ? new IssuerVoucher(log) : new PayerVoucher(log);
}

/** So many vouchers are remembered as looked at. */
const LOOKED_AT = 100_000;

abstract class VoucherWatch<T> extends Watch<ListedVoucher, T> {
  protected override list(): AsyncIterable<ListedVoucher> {
    return pagesOf(this.session.outbox, "voucher:list");
  }

  /** An event that was told, of whatever it is. What fails is found by the list after the next interval. */
  onEvent(event: EventOn<Noun>): void {
    if (this.watched) void this.found(event)?.catch(() => undefined);
  }

  protected abstract found(event: EventOn<Noun>): Promise<void> | undefined;

  /** The log of a voucher that is as wanted. Others are not followed for having been looked at. */
  protected async find(
    voucherId: string,
    version: number,
    isWanted: (voucher: VoucherSnapshot) => boolean,
  ): Promise<EventLog<"voucher"> | undefined> {
    const { followed, outbox } = this.session;
    const known = followed.get(voucherId) as EventLog<"voucher"> | undefined;
    if (known?.version) {
      if (known.version < version) await known.sync();
      return isWanted(known.snapshot) ? known : undefined;
    }
    const { answer } = await outbox.ask(
      "voucher:sync",
      { voucherId, after: 0 },
      {},
      ({ voucher, events }) => {
        if (!isWanted(voucher)) return undefined;
        const log = followed.follow(VOUCHER, voucherId);
        for (const event of events) log.receive(event);
        return log;
      },
    );
    return answer;
  }
}

export class NewVouchers extends VoucherWatch<BeneficiaryVoucher> {
  protected override found(event: EventOn<Noun>): Promise<void> | undefined {
    if (event.type !== "voucher.issued") return undefined;
    // Issuer and payer hear of it by the issuance's own event, which does not say whose it is.
    if ("voucher" in event) return this.#take(event.voucher.voucherId);
    if (event.beneficiary !== this.session.party || !this.isNew(event.voucherId)) return undefined;
    const log = this.session.followed.follow(VOUCHER, event.voucherId);
    log.receive(event);
    return this.#take(event.voucherId);
  }

  protected override async look({ voucherId, role, state, version }: ListedVoucher): Promise<void> {
    if (role === "beneficiary" && state === "issued") await this.#take(voucherId, version);
  }

  async #take(voucherId: string, version = 1): Promise<void> {
    if (!this.isNew(voucherId)) return;
    const { party } = this.session;
    const isWanted = ({ beneficiary, state }: VoucherSnapshot) => beneficiary === party && state === "issued";
    const log = await this.find(voucherId, version, isWanted);
    if (log) this.hand(voucherId, voucherId, () => new BeneficiaryVoucher(log));
  }
}

export class WaitingDrawings extends VoucherWatch<ApproverDrawing> {
  /** The versions at which vouchers were looked at. */
  readonly #looked = new Map<string, number>();

  protected override found(event: EventOn<Noun>): Promise<void> | undefined {
    return event.type === "drawing.presented" ? this.#take(event.voucherId, event.version) : undefined;
  }

  protected override async look({ voucherId, role, state, version }: ListedVoucher): Promise<void> {
    if (role === "beneficiary" || state !== "accepted" || this.#looked.get(voucherId) === version) return;
    await this.#take(voucherId, version);
    if (this.#looked.size > LOOKED_AT) this.#looked.clear();
    this.#looked.set(voucherId, version);
  }

  async #take(voucherId: string, version: number): Promise<void> {
    const { party } = this.session;
    const log = await this.find(
      voucherId,
      version,
      ({ approval, drawings, ...parties }) =>
        approval !== undefined &&
        parties[approval.by] === party &&
        drawings.some(({ state }) => state === "presented"),
    );
    if (!log) return;
    // An approver is not the beneficiary.
    for (const drawing of (sideOf(log, party) as ApproverVoucher).drawings) {
      if (drawing.state === "presented") this.hand(`${log.id}.${drawing.id}`, log.id, () => drawing);
    }
  }
}
