/** Whose tokens an operator has revoked, and when: of the whole book, since any hub may be shown one of them. */
import type { LedgerContext } from "./context.ts";
import { bookKey, partitionKeys, REVOKED_KEY, writeKey } from "./keys.ts";
import { runInBook } from "./run-in-book.ts";
import { freshWriteId, writeDigest } from "./write-ids.ts";

/** The tokens of a party that were made until then are good no more. */
export interface RevokedTokens {
  party: string;
  /** By the store's clock, milliseconds. */
  until: number;
}

export type RevokeOutcome = { kind: "done"; revoked: RevokedTokens } | { kind: "refused"; code: "conflict" };

export class RevocationList {
  readonly #context: LedgerContext;

  constructor(context: LedgerContext) {
    this.#context = context;
  }

  /**
   * Revokes what a party has now; the same write again does not touch what was made since.
   *
   * @throws NotServedError when the partition that has the list is not this book's.
   */
  async revoke(party: string, writeId = freshWriteId(this.#context.author)): Promise<RevokeOutcome> {
    const keys = [REVOKED_KEY, bookKey(0), writeKey(0, writeId), partitionKeys.journal(0)];
    const args = [this.#context.book.id, party, writeDigest("revoke", party)];
    const [kind, until] = await runInBook(this.#context, "revoke-party", keys, args);
    if (kind === "rejected") return { kind: "refused", code: "conflict" };
    return { kind: "done", revoked: { party, until: Number(until) } };
  }

  /** Until when the tokens of a party are good no more; 0 when none were revoked. */
  async until(party: string): Promise<number> {
    const [, until = ""] = await this.#context.scripts.run("read-revoked", [REVOKED_KEY], [party]);
    return Number(until);
  }

  /** What was revoked from a time on, the first ones first; a page of it. */
  async since(ms: number): Promise<RevokedTokens[]> {
    const [, ...values] = await this.#context.scripts.run("read-revoked-since", [REVOKED_KEY], [ms]);
    return values.flatMap((party, index) =>
      index % 2 === 0 ? [{ party, until: Number(values[index + 1]) }] : [],
    );
  }
}
