/**
 * Pays drawings out, and tells beneficiaries of their vouchers: what the scripts have entered in their partition's queue
 * of things undone, since a hub can die between any two steps. A hub does each at once, the sweep does what is left;
 * every step can be done twice without harm.
 */
import type { Snapshot, VoucherEvent, VoucherSnapshot } from "@tallystick/protocol";
import { voucherIdOf } from "@tallystick/protocol";
import type { AsksArchive } from "../archive/archive.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Barrier } from "../ledger/replication-barrier.ts";
import { confirmSettlement, partsOf } from "../ledger/settlements.ts";
import { recordOf } from "../ledger/voucher-record.ts";
import type { Logger } from "../log.ts";
import type { BroadcastVoucher } from "./broadcast.ts";
import { paidBefore } from "./paid-before.ts";
import { partiesOf, toldTo } from "./view.ts";
import type { VoucherMetrics } from "./voucher-metrics.ts";

export interface SettlerOptions {
  ledger: Pick<Ledger, "settlements" | "voucherIndex" | "vouchers">;
  /** What has left the store. */
  archive: AsksArchive;
  broadcast: BroadcastVoucher;
  /** With MIN_REPLICAS. */
  barrier: Barrier | undefined;
  /** A drawing was paid for another past of its voucher. */
  fencePaid: (settlementId: string, digest: string) => Promise<void>;
  metrics: VoucherMetrics;
  log: Logger;
}

export class Settler {
  readonly #options: SettlerOptions;
  /** What is under way, by what it is about: nothing is begun again before it has ended. */
  readonly #underWay = new Map<string, Promise<void>>();

  constructor(options: SettlerOptions) {
    this.#options = options;
  }

  /**
   * Does what an entry of the queue of things undone says: a settlement's id, or a voucher's. What fails is logged, and
   * tried again by the sweep.
   *
   * @param isFresh the drawing was honoured just now, so that nobody can have paid it before.
   */
  do(entry: string, { isFresh = false } = {}): Promise<void> {
    const before = this.#underWay.get(entry);
    if (before) return before;
    const work = (partsOf(entry).version !== "" ? this.#settle(entry, isFresh) : this.#tellBeneficiary(entry))
      .catch((error: unknown) => this.#leave(entry, error))
      .finally(() => this.#underWay.delete(entry));
    this.#underWay.set(entry, work);
    return work;
  }

  /** A voucher was issued: a beneficiary that took no part in its issuance is told. */
  async welcome({ issuanceId, issuer, payer, beneficiary }: Snapshot): Promise<void> {
    if (beneficiary !== issuer && beneficiary !== payer) await this.do(voucherIdOf(issuanceId));
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay.values());
  }

  async #settle(settlementId: string, isFresh: boolean): Promise<void> {
    const { ledger, archive, barrier } = this.#options;
    const { settlements } = ledger;
    const settlement = await settlements.find(settlementId);
    if (settlement?.state !== "open" || settlement.mode !== "book") {
      await settlements.drop(settlementId);
      return;
    }
    // It waits for an operator, whatever it comes to.
    if (settlement.isFenced) return settlements.postpone(settlementId);
    // Nothing is paid that a failover could still make undone.
    await confirmSettlement(barrier, settlement);
    const before = isFresh ? undefined : await paidBefore({ archive, settlements }, settlement);
    const credited = before ?? (await settlements.credit(settlement));
    if (credited.kind === "away") return settlements.postpone(settlementId);
    if ("mark" in credited) await barrier?.confirm(credited.mark);
    const refused =
      credited.kind === "refused" ? credited.code : credited.kind === "conflict" ? "conflict" : undefined;
    // Before it is closed, since nobody would come to it again.
    if (credited.kind === "conflict") await this.#options.fencePaid(settlementId, settlement.digest);
    const closed = await settlements.close(settlement, refused);
    if (closed.kind === "refused") {
      // The drawing was lost between: it is paid, and nothing has left the voucher for it.
      const isLost = closed.code === "not_found" || closed.code === "conflict";
      if (isLost && credited.kind === "done") await this.#options.fencePaid(settlementId, settlement.digest);
      return;
    }
    if (!closed.event) return;
    // Where replicas don't have it in time, the parties hear of it when they ask, which waits for them too.
    await barrier?.confirm(recordOf(closed.event));
    this.announce(closed.event, closed.snapshot, { repeated: closed.repeated });
  }

  /** Tells all parties of an event that no terminal has caused; a repeated one is told again, and not counted. */
  announce(event: VoucherEvent, snapshot: VoucherSnapshot, { repeated = false } = {}): void {
    const { broadcast, metrics } = this.#options;
    if (!repeated) metrics.happened(event, snapshot);
    broadcast({ told: toldTo(partiesOf(snapshot), event, snapshot) });
  }

  /** The beneficiary learns of a voucher by its first event. */
  async #tellBeneficiary(voucherId: string): Promise<void> {
    const { ledger, barrier, broadcast } = this.#options;
    const reading = await ledger.vouchers.read(voucherId);
    if (reading.kind === "found") {
      const { snapshot, events } = reading;
      const { beneficiary } = snapshot;
      const [first] = events as [VoucherEvent];
      await barrier?.confirm(recordOf(first));
      await ledger.voucherIndex.enter(snapshot);
      broadcast({ told: toldTo([beneficiary], first, snapshot) });
    }
    await ledger.settlements.drop(voucherId);
  }

  async #leave(entry: string, error: unknown): Promise<void> {
    const { ledger, log } = this.#options;
    log.warn({ entry, error: String(error) }, "a settlement, or the telling of a voucher, is tried again");
    // It goes to the end of the queue, and holds up nothing that can be done.
    await ledger.settlements.postpone(entry).catch(() => undefined);
  }
}
