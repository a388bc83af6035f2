/**
 * A store that went back in time has less of a voucher than terminals were told. What one party says stops that party's
 * own commands alone, since a claim is not a stop of payment; what a second party, or a payment that was made, bears out
 * fences the voucher, until an operator decides.
 */
import type { Fence, VoucherActor, VoucherSnapshot } from "@tallystick/protocol";
import type { Claim, Compared } from "./claim.ts";
import type { LedgerContext } from "./context.ts";
import type { FenceQuota } from "./fence-quota.ts";
import { missingKey, partitionKeys, voucherKeys, writeKey } from "./keys.ts";
import { readMissing } from "./missing.ts";
import { readShown, type ShownEvent } from "./refusal.ts";
import { partitionOfVoucher } from "./settlements.ts";
import { readStoredVoucher } from "./voucher-record.ts";
import { freshWriteId, writeDigest } from "./write-ids.ts";

/** What came of a claim. */
export type VoucherFenced =
  /** The party that said so is stopped now. */
  | { kind: "stopped"; stored: number; isListed: boolean }
  /** It is borne out: nothing goes on. `parties`: all of the voucher's. */
  | { kind: "fenced"; stored: number; isListed: boolean; parties: string[] }
  /** It was so before, or an operator has decided about it. */
  | { kind: "known" }
  | { kind: "not_ahead" };

/** What an operator's decision came to. */
export type VoucherResumed =
  | { kind: "done"; snapshot: VoucherSnapshot }
  /** The case of one that is missing is closed. */
  | { kind: "missing" }
  | { kind: "refused"; code: "not_found" | "wrong_state" | "conflict"; state: string; shown?: ShownEvent };

export class VoucherFences {
  readonly #context: LedgerContext;
  readonly #quota: FenceQuota;

  constructor(context: LedgerContext, quota: FenceQuota) {
    this.#context = context;
    this.#quota = quota;
  }

  /** Stops a party whose terminal knows more than the store, and fences what is borne out. */
  async fence(voucherId: string, { party, version, digest = "" }: Claim): Promise<VoucherFenced> {
    const reserved = await this.#quota.reserve(party, voucherId);
    const isListed = reserved !== "full";
    const [kind, stored, state, ...parties] = await this.#run("fence-voucher", voucherId, [
      party,
      version,
      digest,
      isListed ? 1 : "",
    ]);
    const isKept = kind === "done" && state !== "decided";
    if (reserved === "new" && !isKept) await this.#quota.release(party, voucherId);
    if (kind !== "done") return { kind: "not_ahead" };
    if (state === "stopped") return { kind: state, stored: Number(stored), isListed };
    if (state === "fenced")
      return { kind: state, stored: Number(stored), isListed, parties: [...new Set(parties)] };
    return { kind: "known" };
  }

  /** A payment was made for another past of the voucher: it is fenced, whoever knows of it. */
  async fenceForPayment(voucherId: string, version: string, digest: string): Promise<VoucherFenced> {
    const [, stored, state, ...parties] = await this.#run("fence-voucher", voucherId, [
      "",
      version,
      digest,
      1,
    ]);
    if (state !== "fenced") return { kind: "known" };
    return { kind: state, stored: Number(stored), isListed: true, parties: [...new Set(parties)] };
  }

  /** What the store has of a voucher, against what a terminal was told of it. */
  async compare(voucherId: string, { party, version, digest = "" }: Claim): Promise<Compared> {
    if (partitionOfVoucher(voucherId) >= this.#context.partitions) return "not_found";
    const { voucher } = voucherKeys(voucherId);
    const reply = await this.#context.scripts.run("check-known-voucher", [voucher], [party, version, digest]);
    return reply[0] === "rejected" ? "not_found" : (reply[0] as Compared);
  }

  /**
   * Lets a voucher go on from what the store has.
   *
   * @param writeId the intent's id: what was done under it is not done again for 24 hours, and answered with the voucher as
   *   it stands then. Under another id there is nothing left to resume.
   */
  async resume(voucherId: string, writeId = freshWriteId(this.#context.author)): Promise<VoucherResumed> {
    const { voucher, deadlines, journal, undone } = voucherKeys(voucherId);
    const partition = partitionOfVoucher(voucherId);
    const { retentionMs, scripts } = this.#context;
    const [kind = "", first = "", ...more] = await scripts.run(
      "resume-voucher",
      [
        voucher,
        deadlines,
        journal,
        partitionKeys.fences(partition),
        missingKey(voucherId),
        writeKey(partition, writeId),
        undone,
      ],
      [voucherId, retentionMs, writeDigest("resume", voucherId)],
    );
    if (kind === "rejected") {
      const code = first as "not_found" | "wrong_state" | "conflict";
      const [state = "", shown = ""] = more;
      return { kind: "refused", code, state, ...(shown !== "" && { shown: readShown(shown) }) };
    }
    for (const party of [first, ...more].filter(Boolean)) await this.#quota.release(party, voucherId);
    if (kind === "missing") return { kind };
    const snapshot = await this.#read(voucherId);
    return snapshot ? { kind: "done", snapshot } : { kind: "refused", code: "not_found", state: "" };
  }

  /** What stops a voucher, listed or not, or that it is missing; undefined when nothing waits for an operator. */
  async find(voucherId: string): Promise<Fence | undefined> {
    const { store } = this.#context;
    const snapshot = await this.#read(voucherId);
    const claim = snapshot && (await this.#claimOn(snapshot));
    // One that was missing may be back, and waits for an operator all the same.
    if (!claim) return readMissing(voucherId, await store.get(missingKey(voucherId)));
    const [version, digest, by, at] = claim.split("|");
    return {
      voucherId,
      by: by as VoucherActor,
      version: Number(version),
      ...(digest && { digest }),
      at: Number(at),
      voucher: snapshot,
    };
  }

  /** What fences it, or else what stops a party's commands. */
  async #claimOn({ voucherId, issuer, payer, beneficiary }: VoucherSnapshot): Promise<string | undefined> {
    const { voucher } = voucherKeys(voucherId);
    const fields = ["q", `k:${issuer}`, `k:${payer}`, `k:${beneficiary}`];
    const claims = await this.#context.store.hmget(voucher, ...fields);
    return claims.map((text) => text?.replace(/^fenced\|/, "")).find((text) => text);
  }

  async #read(voucherId: string): Promise<VoucherSnapshot | undefined> {
    const { voucher } = voucherKeys(voucherId);
    const reply = await this.#context.scripts.run("read-voucher", [voucher], ["", "", ""]);
    return reply[0] === "done" ? readStoredVoucher(voucherId, reply, 2).snapshot : undefined;
  }

  #run(script: string, voucherId: string, args: (string | number)[]): Promise<string[]> {
    const { voucher, deadlines, journal } = voucherKeys(voucherId);
    const fences = partitionKeys.fences(partitionOfVoucher(voucherId));
    return this.#context.scripts.run(script, [voucher, deadlines, journal, fences], [voucherId, ...args]);
  }
}
