/**
 * What an operator does has an id, one for each intent, which also says who does it: the journal has it. The script that
 * does a write of the account book, a decision about a fence or a redirection of a settlement keeps its answer under the
 * id for 24 hours, and gives it again when the write comes again: the store's client sends what was not answered a second
 * time after a reconnect, and by then others may have written.
 */
import { hash, randomBytes } from "node:crypto";
import { homeOf, type LedgerContext } from "./context.ts";
import { bookKey, claimKey } from "./keys.ts";
import { runInBook } from "./run-in-book.ts";

/** 22 characters, 128 bits. */
const LENGTH = 22;

/**
 * A fresh id, for a write that nobody but the store's client sends again.
 *
 * @param author the operator, who is in the id; absent where the hub writes by itself.
 */
export function freshWriteId(author?: string): string {
  return writeIdOf(randomBytes(17).toString("base64url").slice(0, LENGTH), author);
}

function writeIdOf(requestId: string, author: string | undefined): string {
  return author === undefined ? requestId : `${requestId}.${author}`;
}

/** Who wrote, and under which id whoever asked for it knows it. */
export function readWriteId(writeId: string): { requestId: string; author?: string } {
  const [requestId, author] = [writeId.slice(0, LENGTH), writeId.slice(LENGTH + 1)];
  return author === "" ? { requestId } : { requestId, author };
}

/** Tells a write that comes again from another under the same id. */
export function writeDigest(...content: readonly unknown[]): string {
  return digest(JSON.stringify(content));
}

/** What a key was claimed for: the id of the write to be done, or something else before. */
export type Claimed = { kind: "claimed"; writeId: string } | { kind: "conflict" };

/** An operator's key for one intent. */
export interface WriteKey {
  /** Whose key it is: keys of two parties never meet. */
  party: string;
  key: string;
}

/** The keys that operators send with their writes (`Idempotency-Key`). */
export class WriteKeys {
  readonly #context: LedgerContext;

  constructor(context: LedgerContext) {
    this.#context = context;
  }

  /**
   * Binds a key to a write, for 24 hours. It has a script of its own, since the write can be in any partition, and the
   * key could come again with a write in another.
   *
   * @throws NotServedError where the store does not hold the book: a claim there would be one in another's.
   */
  async claim({ party, key }: WriteKey, ...content: readonly unknown[]): Promise<Claimed> {
    const requestId = digest(`${party}\0${key}`);
    const home = homeOf(this.#context, party);
    const keys = [claimKey(home, requestId), bookKey(home)];
    const args = [writeDigest(...content), this.#context.book.id];
    const [answer] = await runInBook(this.#context, "claim-key", keys, args);
    return answer === "done"
      ? { kind: "claimed", writeId: writeIdOf(requestId, party) }
      : { kind: "conflict" };
  }

  /** Lets go of a key whose write was refused, since a refusal leaves nothing. */
  async release({ party, key }: WriteKey): Promise<void> {
    const requestId = digest(`${party}\0${key}`);
    await this.#context.store.del(claimKey(homeOf(this.#context, party), requestId));
  }
}

function digest(text: string): string {
  return hash("sha256", text, "base64url").slice(0, LENGTH);
}
