/**
 * What terminals show of a store that went back in time: what it has lost is fenced, counted and logged, and the
 * other side is told.
 */
import type { Claim, Fences } from "../ledger/fences.ts";
import type { Logger } from "../log.ts";
import type { TellFenced } from "./broadcast.ts";

export interface RollbacksOptions {
  fences: Fences;
  tellFenced: TellFenced;
  metrics: RollbackMetrics;
  log: Logger;
}

export interface RollbackMetrics {
  /** An issuance was fenced. */
  rolledBack(): void;
}

/** How often the log says that parties have more fences than are listed, milliseconds. */
const OVER_QUOTA_EVERY_MS = 60_000;

export class Rollbacks {
  readonly #options: RollbacksOptions;
  #overQuotaLoggedAt = Number.NEGATIVE_INFINITY;

  constructor(options: RollbacksOptions) {
    this.#options = options;
  }

  /** Fences an issuance of which a terminal knows more than the store; false when the store has it by now. */
  async fence(issuanceId: string, claim: Claim): Promise<boolean> {
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
