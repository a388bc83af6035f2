/** What operators see of settlements, and do about those that can't be paid out. */
import type {
  ErrorCode,
  ListedState,
  Settlement,
  SettlementDecide,
  SettlementPage,
} from "@tallystick/protocol";
import type { AsksArchive } from "../archive/archive.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { PageQuery } from "../ledger/merged-list.ts";
import type { Barrier } from "../ledger/replication-barrier.ts";
import { confirmSettlement, type FoundSettlement, partsOf } from "../ledger/settlements.ts";
import { recordOf } from "../ledger/voucher-record.ts";
import { RetiredVouchers } from "./retired-vouchers.ts";
import type { Settler } from "./settler.ts";

export interface SettlementsOptions {
  ledger: Pick<Ledger, "settlements">;
  settler: Pick<Settler, "do" | "announce">;
  /** What has left the store. */
  archive: AsksArchive;
  /** With MIN_REPLICAS. */
  barrier: Barrier | undefined;
}

export type SettlementDecided = { kind: "done"; settlement: Settlement } | Refused;
type Refused = { kind: "refused"; code: ErrorCode; details?: Record<string, unknown> };

export class Settlements {
  readonly #options: SettlementsOptions;
  readonly #retired: RetiredVouchers;

  constructor(options: SettlementsOptions) {
    this.#options = options;
    this.#retired = new RetiredVouchers(options.archive);
  }

  /** A settlement; undefined when there is none. */
  async find(settlementId: string): Promise<Settlement | undefined> {
    const found = (await this.#find(settlementId)) ?? (await this.#retired.settlement(settlementId));
    return found && showSettlement(found);
  }

  /** What is shown of a settlement replicas have. */
  async #find(settlementId: string): Promise<FoundSettlement | undefined> {
    const found = await this.#options.ledger.settlements.find(settlementId);
    if (found) await confirmSettlement(this.#options.barrier, found);
    return found;
  }

  /** A page of those that are not settled, the oldest first. */
  async list(query: PageQuery & { state: ListedState }): Promise<SettlementPage> {
    const { found, ...rest } = await this.#options.ledger.settlements.list(query, (id) => this.#find(id));
    return {
      settlements: found.map(({ at, ...settlement }) => ({ ...showSettlement(settlement), at })),
      ...rest,
    };
  }

  /**
   * An operator's word: the next attempt into another account, or what came of a payment outside. The same again is
   * answered the same.
   *
   * @param writeId the intent's id.
   */
  async decide(
    settlementId: string,
    decision: SettlementDecide,
    writeId?: string,
  ): Promise<SettlementDecided> {
    const { settlements } = this.#options.ledger;
    if ("redirect" in decision) {
      const refused = await settlements.redirect(settlementId, decision.redirect, writeId);
      if (refused) return this.#refuse(settlementId, refused, decision);
      void this.#options.settler.do(settlementId);
    } else {
      const outcome = await settlements.report(settlementId, decision.state, decision.reference, writeId);
      if (outcome.kind === "refused") return this.#refuse(settlementId, outcome, decision);
      const { event, snapshot, repeated } = outcome;
      if (event) {
        await this.#options.barrier?.confirm(recordOf(event));
        this.#options.settler.announce(event, snapshot, { repeated });
      }
    }
    const settlement = await this.find(settlementId);
    return settlement ? { kind: "done", settlement } : { kind: "refused", code: "not_found" };
  }

  /** A refusal too shows how the settlement stands: it is told when replicas have that. */
  async #refuse(
    settlementId: string,
    refused: Refused,
    decision: SettlementDecide,
  ): Promise<SettlementDecided> {
    await this.#find(settlementId);
    const retired = refused.code === "not_found" ? await this.#retired.settlement(settlementId) : undefined;
    if (!retired) return refused;
    // What has left the store is settled; the same word again is answered the same.
    const { state, note } = retired;
    const isRepeat = "state" in decision && decision.state === state && decision.reference === note;
    if (isRepeat) return { kind: "done", settlement: showSettlement(retired) };
    return { kind: "refused", code: "wrong_state", details: { state } };
  }
}

function showSettlement(found: FoundSettlement): Settlement {
  const { settlementId, terms, drawingId, state, mode, attempt, amount, party, number, holder, note } = found;
  return {
    settlementId,
    voucherId: partsOf(settlementId).voucherId,
    drawingId,
    state,
    mode,
    attempt,
    amount,
    currency: terms.currency,
    to: { party, number, ...(holder !== "" && { holder }) },
    ...(note !== "" && (state === "settled" ? { reference: note } : { reason: note })),
  };
}
