/**
 * The store's side of retiring: what has ended, and is in the archive, leaves the store. Each script checks once more, and each
 * can be sent twice. What a voucher or an issuance has in other partitions goes after it, so that nothing points at it.
 */
import { issuanceIdOf } from "@tallystick/protocol";
import type { Store } from "../redis/connect.ts";
import { UnavailableError } from "../redis/errors.ts";
import { groupBy } from "./group-by.ts";
import {
  bookKey,
  issuanceKeys,
  marksKey,
  openMember,
  pairMember,
  partitionKeys,
  partitionOf,
  partitionOfIssuance,
  requestKey,
  retiredKey,
  voucherKey,
} from "./keys.ts";
import { ScriptRunner } from "./script-runner.ts";

export interface RetiringOptions {
  store: Store;
  bookId: string;
  partitions: number;
  /** How long what has ended stays, milliseconds. */
  retireAfterMs: number;
  /** How long `commandId`s are remembered after that, milliseconds. */
  rememberMs: number;
}

/** How the archive has an issuance or a voucher. */
export interface ArchivedHead {
  id: string;
  /** Digest of its first event. */
  first: string;
  version: number;
  digest: string;
  /** When it ended, milliseconds. */
  endedAt: number;
}

/** An issuance that has left, and what its issuer's partition has of it. */
export interface RetiredRequest {
  issuanceId: string;
  issuer: string;
  /** When the issuer's index was written. */
  indexedAt: string;
}

/** A voucher that has left, and whose indexes name it. */
export interface RetiredVoucher {
  voucherId: string;
  issuer: string;
  payer: string;
  beneficiary: string;
  issuedAt: number;
}

/** What came of an attempt to pay a drawing into an account of a partition. */
export interface CreditMark {
  partition: number;
  settlementId: string;
  attempt: number;
  /** Of the event that honoured the drawing. */
  digest: string;
}

/** How many entries one script changes, so that it stays short. */
const AT_ONCE = 100;

export class Retiring {
  readonly #options: RetiringOptions;
  readonly #scripts: ScriptRunner;

  constructor(options: RetiringOptions) {
    this.#options = options;
    this.#scripts = new ScriptRunner(options);
  }

  /** Takes out an issuance that ended without a voucher. @returns false where it has to stay. */
  issuance({ id, first, version, digest, endedAt }: ArchivedHead): Promise<boolean> {
    const { bookId, retireAfterMs, rememberMs } = this.#options;
    const [issuance, deadlines] = issuanceKeys(id);
    const partition = partitionOfIssuance(id);
    const keys = [issuance, deadlines, partitionKeys.fences(partition), retiredKey(id), bookKey(partition)];
    const args = [id, first, version, digest, endedAt, retireAfterMs, rememberMs, bookId];
    return this.#isDone("retire-issuance", keys, args);
  }

  /** Takes out a voucher that is paid out, with its issuance. @returns false where they have to stay. */
  voucher(
    { id, first, version, digest, endedAt }: ArchivedHead,
    issuance: Pick<ArchivedHead, "version" | "digest">,
  ): Promise<boolean> {
    const { bookId, retireAfterMs, rememberMs } = this.#options;
    const issuanceId = issuanceIdOf(id);
    const partition = partitionOfIssuance(issuanceId);
    const [record, deadlines] = issuanceKeys(issuanceId);
    const { liveVouchers, endedVouchers, undone, fences } = partitionKeys;
    const lists = [liveVouchers, endedVouchers, undone, fences].map((keyOf) => keyOf(partition));
    const keys = [voucherKey(issuanceId), record, deadlines, ...lists];
    keys.push(retiredKey(issuanceId), bookKey(partition));
    const of = [issuance.version, issuance.digest];
    const args = [id, first, version, digest, ...of, endedAt, retireAfterMs, rememberMs, bookId];
    return this.#isDone("retire-voucher", keys, args);
  }

  async #isDone(script: string, keys: string[], args: (string | number)[]): Promise<boolean> {
    const [kind] = await this.#scripts.run(script, keys, args);
    return kind === "done";
  }

  /** What issuers' partitions remember of requests is forgotten after a while, and their indexes name them no more. */
  async forgetRequests(requests: readonly RetiredRequest[]): Promise<void> {
    const { bookId, rememberMs } = this.#options;
    await this.#inBatches(
      requests,
      ({ issuer }) => this.#homeOf(issuer),
      async (partition, batch) => {
        const { open, requested, liveVouchers, endedVouchers } = partitionKeys;
        const indexes = [open, requested, liveVouchers, endedVouchers].map((keyOf) => keyOf(partition));
        const keys = [...indexes, bookKey(partition)];
        keys.push(...batch.map(({ issuanceId }) => requestKey(partition, issuanceId)));
        const rows = batch.flatMap(({ issuer: party, ...of }) => [
          openMember({ party, ...of }),
          rememberMs,
          "",
          "",
          party,
        ]);
        await this.#run("prune-requests", keys, [bookId, ...rows]);
      },
    );
  }

  /** The indexes of their parties name vouchers no more. */
  async unlist(vouchers: readonly RetiredVoucher[]): Promise<void> {
    const entries = vouchers.flatMap(({ voucherId, issuer, payer, beneficiary, issuedAt }) =>
      [...new Set([issuer, payer, beneficiary])].map((party) => ({ party, voucherId, issuedAt })),
    );
    await this.#dropUntouched(vouchers);
    await this.#inBatches(
      entries,
      ({ party }) => this.#homeOf(party),
      async (partition, batch) => {
        const { liveVouchers, endedVouchers, untouched } = partitionKeys;
        const keys = [liveVouchers, endedVouchers, untouched].map((keyOf) => keyOf(partition));
        keys.push(bookKey(partition));
        // Should the store have gone back since, what is there counts.
        const own = [...new Set(batch.map(({ voucherId }) => voucherId))].filter(
          (id) => partitionOfIssuance(issuanceIdOf(id)) === partition,
        );
        keys.push(...own.map((id) => voucherKey(issuanceIdOf(id))));
        const rows = batch.flatMap(({ party, voucherId, issuedAt }) => {
          const place = own.indexOf(voucherId);
          const member = openMember({ party, indexedAt: issuedAt, issuanceId: voucherId });
          return [member, "gone", place < 0 ? "" : place + 1, ""];
        });
        await this.#run("index-vouchers", keys, [this.#options.bookId, ...rows]);
      },
    );
  }

  /** Whatever counts against their issuers as untouched (UNTOUCHED_PER_PAIR). */
  async #dropUntouched(vouchers: readonly RetiredVoucher[]): Promise<void> {
    await this.#inBatches(
      vouchers,
      ({ beneficiary }) => this.#homeOf(beneficiary),
      async (partition, batch) => {
        const members = batch.map(({ beneficiary: of, issuer: by, voucherId: id }) =>
          pairMember({ of, by, id }),
        );
        await this.#options.store.zrem(partitionKeys.untouched(partition), ...members);
      },
    );
  }

  /** The marks of what drawings were paid into. */
  async dropMarks(marks: readonly CreditMark[]): Promise<void> {
    await this.#inBatches(
      marks,
      ({ partition }) => partition,
      async (partition, batch) => {
        const keys = [
          bookKey(partition),
          ...batch.map(({ settlementId }) => marksKey(partition, settlementId)),
        ];
        const rows = batch.flatMap(({ attempt, digest }) => [attempt, digest]);
        await this.#run("retire-marks", keys, [this.#options.bookId, ...rows]);
      },
    );
  }

  /** Takes entries out of a partition's journal, so that it begins with this one. @returns how many are gone. */
  async trim(partition: number, first: string): Promise<number> {
    const keys = [partitionKeys.journal(partition), bookKey(partition)];
    const [kind, gone] = await this.#scripts.run("trim-journal", keys, [first, this.#options.bookId]);
    return kind === "done" ? Number(gone) : 0;
  }

  #homeOf(party: string): number {
    return partitionOf(party, this.#options.partitions);
  }

  async #inBatches<T>(
    all: readonly T[],
    homeOf: (one: T) => number,
    run: (partition: number, batch: readonly T[]) => Promise<void>,
  ): Promise<void> {
    const batches = [...groupBy(all, homeOf)].flatMap(([partition, some]) =>
      Array.from({ length: Math.ceil(some.length / AT_ONCE) }, (_, index) =>
        run(partition, some.slice(index * AT_ONCE, (index + 1) * AT_ONCE)),
      ),
    );
    await Promise.all(batches);
  }

  /** @throws Error when it was not done: what it is part of is not done then either, and is tried again. */
  async #run(script: string, keys: string[], args: (string | number)[]): Promise<void> {
    const [kind, code] = await this.#scripts.run(script, keys, args);
    if (kind !== "done") throw new NotRetiredError(`${script} was refused: ${code}`);
  }
}

/** The partition is not this book's just now. */
export class NotRetiredError extends UnavailableError {
  override name = "NotRetiredError";
}
