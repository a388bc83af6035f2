/**
 * What terminals show of a store that went back in time: what it has lost is fenced, counted and logged, and the
 * other side is told.
 */
import { isVoucherId } from "@tallystick/protocol";
import type { AsksArchive } from "../archive/archive.ts";
import type { KnownEvent } from "../archive/known.ts";
import type { Claim } from "../ledger/claim.ts";
import type { Fences } from "../ledger/fences.ts";
import { partsOf } from "../ledger/settlements.ts";
import type { Logger } from "../log.ts";
import type { TellFenced } from "./broadcast.ts";

export interface RollbacksOptions {
  fences: Fences;
  /** What has left the store. */
  archive: AsksArchive;
  tellFenced: TellFenced;
  metrics: RollbackMetrics;
  log: Logger;
}

export interface RollbackMetrics {
  /** An issuance was fenced. */
  rolledBack(): void;
  /** An issuance that a terminal was told of is not in the store at all. */
  missing(): void;
  /** A voucher was fenced. */
  voucherFenced(): void;
  /** A voucher that a terminal was told of is not in the store at all. */
  voucherMissing(): void;
}

/** How often the log says that parties have more fences than are listed, milliseconds. */
const OVER_QUOTA_EVERY_MS = 60_000;

export class Rollbacks {
  readonly #options: RollbacksOptions;
  #overQuotaLoggedAt = Number.NEGATIVE_INFINITY;

  constructor(options: RollbacksOptions) {
    this.#options = options;
  }

  /**
   * Fences an issuance, or stops a party's commands on a voucher, of which a terminal knows more than the store; false
   * when the store has it by now.
   */
  async fence(issuanceId: string, claim: Claim): Promise<boolean> {
    if (isVoucherId(issuanceId)) return this.#fenceVoucher(issuanceId, claim);
    const { fences, tellFenced, metrics, log } = this.#options;
    const fenced = await fences.fence(issuanceId, claim);
    if (fenced.kind !== "new") return fenced.kind === "known";
    metrics.rolledBack();
    const { party, version: known } = claim;
    const { isListed, stored, other } = fenced;
    if (isListed)
      log.error({ issuanceId, party, known, stored }, "the store went back in time: an issuance is fenced");
    else this.#logOverQuota(party);
    if (other !== undefined) tellFenced(other, issuanceId);
    return true;
  }

  /** A claim on a voucher stops its own party; what a second party bears out is fenced, and all parties are told. */
  async #fenceVoucher(voucherId: string, claim: Claim): Promise<boolean> {
    const { fences, metrics, log } = this.#options;
    const fenced = await fences.vouchers.fence(voucherId, claim);
    if (fenced.kind === "not_ahead" || fenced.kind === "known") return fenced.kind === "known";
    const { party, version: known } = claim;
    const { stored, isListed } = fenced;
    const says =
      fenced.kind === "fenced" ? "a voucher is fenced" : "a party's commands on a voucher are stopped";
    if (fenced.kind === "fenced") metrics.voucherFenced();
    if (isListed) log.error({ voucherId, party, known, stored }, `the store went back in time: ${says}`);
    else this.#logOverQuota(party);
    if (fenced.kind === "fenced") this.#tellAll(fenced.parties, voucherId);
    return true;
  }

  /** A drawing was paid for another past of its voucher. */
  async fencePaid(settlementId: string, digest: string): Promise<void> {
    const { fences, metrics, log } = this.#options;
    const { voucherId, version } = partsOf(settlementId);
    const fenced = await fences.vouchers.fenceForPayment(voucherId, version, digest);
    log.error(
      { settlementId },
      "the store went back in time: a drawing was paid for another past of its voucher",
    );
    if (fenced.kind !== "fenced") return;
    metrics.voucherFenced();
    this.#tellAll(fenced.parties, voucherId);
  }

  /**
   * The archive has more of an issuance or a voucher than the store, or something else. It was written when the store had it,
   * so that this needs nobody else to bear it out.
   */
  async fenceArchived(lost: Claim & { id: string; isGone: boolean }): Promise<void> {
    const { fences, metrics, log } = this.#options;
    const { id, party, version, digest = "", isGone } = lost;
    if (isGone) return this.noteMissing(id, { party, version, digest });
    if (!isVoucherId(id)) {
      await this.fence(id, { party, version, digest });
      return;
    }
    const fenced = await fences.vouchers.fenceForPayment(id, String(version), digest);
    if (fenced.kind !== "fenced") return;
    metrics.voucherFenced();
    const { stored } = fenced;
    log.error({ voucherId: id, known: version, stored }, "the store went back in time: a voucher is fenced");
    this.#tellAll(fenced.parties, id);
  }

  #tellAll(parties: readonly string[], voucherId: string): void {
    for (const party of parties) this.#options.tellFenced(party, voucherId);
  }

  /** A sync has found neither in the store nor in the archive what a terminal was told of, or not all of it. */
  async noteUnlessFound(
    id: string,
    claim: Claim,
    found: { kind: "found" | "behind" | "not_found"; isGone?: boolean },
  ): Promise<void> {
    if (found.kind === "behind") return this.noteMissing(id, claim);
    // Without a digest nobody was told anything.
    if (found.kind === "found" || claim.version === 0 || claim.digest === undefined) return;
    await (found.isGone ? this.noteMissing(id, claim) : this.seemMissing(id, claim));
  }

  /** What a terminal shows is another's: as much is done as about what is missing, and nobody is told of it. */
  seemMissing(id: string, claim: Pick<Claim, "party">): Promise<void> {
    return this.#options.fences.seemMissing(id, claim);
  }

  /** Of an issuance or a voucher that a terminal was told of, the store has nothing at all. */
  async noteMissing(issuanceId: string, claim: Claim): Promise<void> {
    const { fences, metrics, log } = this.#options;
    const { party, version: known } = claim;
    const noted = await fences.noteMissing(issuanceId, claim);
    if (noted === "full") this.#logOverQuota(party);
    if (noted !== "new") return;
    if (isVoucherId(issuanceId)) {
      metrics.voucherMissing();
      log.error({ voucherId: issuanceId, party, known }, "the store went back in time: a voucher is missing");
      return;
    }
    metrics.missing();
    log.error({ issuanceId, party, known }, "the store went back in time: an issuance is missing");
  }

  /**
   * Holds what a terminal was told of issuances and vouchers against the store, and against the archive what is not there.
   *
   * @returns the ids of those of which they have less, or something else, or nothing that is the party's.
   * @throws the client's error when one can't be compared now, since the answer would say that it is there; all others
   * have been compared by then, and fenced.
   */
  async check(party: string, known: readonly KnownEvent[]): Promise<string[]> {
    const { fences, archive } = this.#options;
    const behind = new Set<string>();
    const elsewhere: (KnownEvent & { isGone: boolean })[] = [];
    const compared = await Promise.allSettled(
      known.map(async ({ id, ...event }) => {
        const claim = { ...event, party };
        const found = await fences.compare(id, claim);
        if (found === "ahead" && (await this.fence(id, claim))) behind.add(id);
        if (found === "gone" || found === "not_found")
          elsewhere.push({ id, ...event, isGone: found === "gone" });
      }),
    );
    const standings =
      elsewhere.length > 0 && archive.isThere
        ? await archive.ask("compareKnown", { party, known: elsewhere })
        : [];
    for (const [index, { id, isGone, ...event }] of elsewhere.entries()) {
      const standing = standings[index] ?? "gone";
      if (standing === "known") continue;
      // Of what is another's nothing is told.
      const isMissing = isGone && standing !== "not_found";
      await (isMissing ? this.noteMissing(id, { ...event, party }) : this.seemMissing(id, { party }));
      behind.add(id);
    }
    for (const result of compared) if (result.status === "rejected") throw result.reason;
    return known.map(({ id }) => id).filter((id) => behind.has(id));
  }

  #logOverQuota(party: string): void {
    const now = performance.now();
    if (now - this.#overQuotaLoggedAt < OVER_QUOTA_EVERY_MS) return;
    this.#overQuotaLoggedAt = now;
    this.#options.log.error(
      { party },
      "a party has more fences than FENCES_PER_PARTY: the others are not listed",
    );
  }
}
