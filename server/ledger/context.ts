/** What the ledger's parts share: the store, the scripts in it, and what the operator has set. */
import type { SettlementMode } from "@tallystick/protocol";
import type { Store } from "../redis/connect.ts";
import { partitionOf } from "./keys.ts";
import type { LedgerBarrier } from "./replication-barrier.ts";
import type { ScriptRunner } from "./script-runner.ts";
import type { ServedBook } from "./served-book.ts";

export interface LedgerContext {
  readonly store: Store;
  readonly scripts: ScriptRunner;
  /** Whose book it is, and which of its partitions are served. */
  readonly book: ServedBook;
  /** The partitions may be on different servers, and no script can touch two of those. */
  readonly isSpread: boolean;
  /** With MIN_REPLICAS: what waits until they have what is told. */
  readonly barrier?: LedgerBarrier | undefined;
  /** Into how many partitions the book is cut. */
  readonly partitions: number;
  /** How long a payer has to answer a request unless the issuer says less, milliseconds. */
  readonly respondWithinMs: number;
  /** How long every other wait may take, milliseconds. */
  readonly waitMs: number;
  /** How long what ended without a voucher stays where there is no archive, milliseconds. */
  readonly retentionMs: number;
  /** The book has an archive, and nothing that has ended leaves the store before that has it. */
  readonly isArchived?: boolean;
  /** How long a voucher can be drawn on at most, seconds from its issue. */
  readonly maxValidFor: number;
  /** Where drawings are paid out. */
  readonly settle: SettlementMode;
  /** From how long on the absence of all hubs puts silence off, milliseconds; see `outageAfter`. */
  readonly outageMs: number;
  /** Who writes here, where no operator's own id says so. */
  readonly author?: string | undefined;
  /** How many fences that one party has caused are listed. */
  readonly fencesPerParty: number;
  readonly limits: CountedLimits;
}

/** How much one issuer may have open at once. */
export interface CountedLimits {
  /** Requests that wait for one payer's answer. */
  readonly openPerPair: number;
  /** Issuances in all. */
  readonly openPerIssuer: number;
  /** Vouchers that one other beneficiary has not touched: with so many, no more is requested for it. */
  readonly untouchedPerPair: number;
  /** Verifications with one payer within an hour that have led to no voucher. */
  readonly probesPerPair: number;
}

/** Their names as settings. */
type LimitSettings = Readonly<
  Record<"OPEN_PER_PAIR" | "OPEN_PER_ISSUER" | "UNTOUCHED_PER_PAIR" | "PROBES_PER_PAIR", number>
>;

/** More than any book has. */
const ANY = Number.MAX_SAFE_INTEGER;
export const NO_LIMITS: CountedLimits = {
  openPerPair: ANY,
  openPerIssuer: ANY,
  untouchedPerPair: ANY,
  probesPerPair: ANY,
};

/** The limits that the operator's settings say. */
export function countedLimits(settings: LimitSettings): CountedLimits {
  return {
    openPerPair: settings.OPEN_PER_PAIR,
    openPerIssuer: settings.OPEN_PER_ISSUER,
    untouchedPerPair: settings.UNTOUCHED_PER_PAIR,
    probesPerPair: settings.PROBES_PER_PAIR,
  };
}

/** Where a party's accounts live, and the issuances that it pays for. */
export function homeOf({ partitions }: Pick<LedgerContext, "partitions">, party: string): number {
  return partitionOf(party, partitions);
}

/** When what has ended without a voucher leaves the store by itself, milliseconds; empty where its archive retires it. */
export function leavesAfter({ isArchived, retentionMs }: LedgerContext): number | "" {
  return isArchived ? "" : retentionMs;
}
