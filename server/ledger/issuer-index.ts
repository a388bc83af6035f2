/**
 * What an issuer's partition has of its requests: the entry of the index of open issuances, and what is remembered
 * under the `commandId`. The issuance itself may be on another server, so the two are kept in step from here.
 */
import { voucherIdOf } from "@tallystick/protocol";
import { homeOf, type LedgerContext, leavesAfter } from "./context.ts";
import { groupBy } from "./group-by.ts";
import { bookKey, openMember, partitionKeys, requestKey } from "./keys.ts";
import type { IssuanceRecord } from "./record.ts";
import type { Confirmable } from "./replication-barrier.ts";
import { runInBook } from "./run-in-book.ts";

/** An entry without an issuance is pruned only when no request can be on its way to make it any more. */
const ORPHAN_AFTER_MS = 24 * 3600 * 1000;
/** How many entries one script changes, so that it stays short. */
const AT_ONCE = 100;

/** What names an issuance in its issuer's index. */
export type Indexed = Pick<IssuanceRecord, "issuanceId" | "issuer" | "indexedAt">;

/**
 * Why an entry is pruned: its issuance has ended, was refused just now, is not there though the entry is old, or names
 * another entry.
 */
export type Reason = "issued" | "ended" | "refused" | "missing" | "stray";
export type Pruned = Indexed & {
  reason: Reason;
  /** The entry is its payer's, who is another party, and so not counted among what its party has requested. */
  isPayers?: boolean;
  /** When it was issued, ms; its voucher is then in the issuer's index of vouchers. */
  issuedAt?: string;
  /** The event by which it was issued: without its entry the issuer sees that it has ended. */
  issued?: Confirmable;
};

export class IssuerIndex {
  readonly #context: LedgerContext;

  constructor(context: LedgerContext) {
    this.#context = context;
  }

  /** Takes entries out of their index. What is remembered of a request lives as long as its issuance's data. */
  async prune(entries: readonly Pruned[], failed: (batch: Pruned[], error: unknown) => void): Promise<void> {
    const { book, retentionMs } = this.#context;
    const leaves = leavesAfter(this.#context);
    const rules: { [R in Reason]: [knownMs: number | "", leastAgeMs: number | ""] } = {
      issued: ["", ""],
      ended: [leaves, ""],
      refused: [0, 0],
      missing: [retentionMs, ORPHAN_AFTER_MS],
      stray: [0, 0],
    };
    await this.#inBatches(
      await this.#tellable(entries, failed),
      async (partition, requests, batch) => {
        const { open, requested, liveVouchers, endedVouchers } = partitionKeys;
        const indexes = [open, requested, liveVouchers, endedVouchers].map((keyOf) => keyOf(partition));
        const keys = [...indexes, bookKey(partition), ...requests];
        const rows = batch.flatMap((entry) => [
          memberOf(entry),
          ...rules[entry.reason],
          voucherMemberOf(entry),
          entry.isPayers ? "" : entry.issuer,
        ]);
        await runInBook(this.#context, "prune-requests", keys, [book.id, ...rows]);
      },
      failed,
    );
  }

  /** Those whose vouchers replicas have, as far as they are asked for (MIN_REPLICAS); `failed` is told of the others. */
  async #tellable(
    entries: readonly Pruned[],
    failed: (batch: Pruned[], error: unknown) => void,
  ): Promise<readonly Pruned[]> {
    const { barrier } = this.#context;
    if (!barrier) return entries;
    const confirmed = await Promise.allSettled(
      entries.map(({ issued }) => issued && barrier.confirm(issued)),
    );
    const held: Pruned[] = [];
    let reason: unknown;
    for (const [index, result] of confirmed.entries()) {
      if (result.status === "fulfilled") continue;
      held.push(entries[index] as Pruned);
      reason = result.reason;
    }
    if (held.length === 0) return entries;
    failed(held, reason);
    return entries.filter((_, index) => confirmed[index]?.status === "fulfilled");
  }

  /** Puts the entries of open issuances back where they are missing; answers how many were. */
  async restore(entries: readonly Indexed[], failed: (error: unknown) => void): Promise<number> {
    let restored = 0;
    await this.#inBatches(
      entries,
      async (partition, requests, batch) => {
        const { open, requested } = partitionKeys;
        const keys = [open(partition), requested(partition), bookKey(partition), ...requests];
        const args = [this.#context.book.id, ...batch.map(memberOf)];
        const [, count] = await runInBook(this.#context, "restore-requests", keys, args);
        restored += Number(count);
      },
      (_, error) => failed(error),
    );
    return restored;
  }

  /** One script for the entries of one partition: partitions fail apart from each other. */
  async #inBatches<E extends Indexed>(
    entries: readonly E[],
    run: (partition: number, requests: string[], batch: E[]) => Promise<void>,
    failed: (batch: E[], error: unknown) => void,
  ): Promise<void> {
    const byPartition = groupBy(entries, ({ issuer }) => homeOf(this.#context, issuer));
    const batches = [...byPartition].flatMap(([partition, all]) =>
      Array.from({ length: Math.ceil(all.length / AT_ONCE) }, async (_, index) => {
        const batch = all.slice(index * AT_ONCE, (index + 1) * AT_ONCE);
        const requests = batch.map(({ issuanceId }) => requestKey(partition, issuanceId));
        await run(partition, requests, batch).catch((error: unknown) => failed(batch, error));
      }),
    );
    await Promise.all(batches);
  }
}

function memberOf({ issuer, indexedAt, issuanceId }: Indexed): string {
  return openMember({ party: issuer, indexedAt, issuanceId });
}

/** The voucher's entry in its issuer's index of vouchers; empty where none was issued. */
function voucherMemberOf({ issuer, issuanceId, reason, issuedAt = "" }: Pruned): string {
  if (reason !== "issued") return "";
  return openMember({ party: issuer, indexedAt: issuedAt, issuanceId: voucherIdOf(issuanceId) });
}
