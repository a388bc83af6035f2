/** The public keys of all hubs that sign documents of the book's vouchers, kept for as long as a document needs them. */
import { UnavailableError } from "../redis/errors.ts";
import type { LedgerContext } from "./context.ts";
import { bookKey, partitionKeys, SIGNING_KEYS_KEY } from "./keys.ts";

export interface PublishedKey {
  /** An Ed25519 public key: its 32 bytes in base64url. */
  x: string;
  /** Until when it is published, by the store's clock, milliseconds. */
  until: number;
}

export class PublishedKeys {
  readonly #context: LedgerContext;

  constructor(context: LedgerContext) {
    this.#context = context;
  }

  /**
   * Publishes a key, or goes on doing so: until this time at the least.
   *
   * @throws UnavailableError when the partition that has the keys is not the book's now.
   */
  async publish({ x, until }: PublishedKey): Promise<void> {
    const { scripts, book } = this.#context;
    const keys = [SIGNING_KEYS_KEY, bookKey(0), partitionKeys.journal(0)];
    const [answer] = await scripts.run("publish-signing-key", keys, [book.id, x, until]);
    if (answer !== "done") throw new UnavailableError("the partition of the signing keys is not the book's");
  }

  /** The keys that are published now, the one that is needed for the shortest time first. */
  async list(): Promise<PublishedKey[]> {
    const [, ...values] = await this.#context.scripts.run("read-signing-keys", [SIGNING_KEYS_KEY], []);
    return values.flatMap((x, index) => (index % 2 === 0 ? { x, until: Number(values[index + 1]) } : []));
  }
}
