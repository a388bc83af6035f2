/**
 * Signs the documents of vouchers, and publishes the keys that verify them. A key is published in the book before the
 * first document that it has signed is handed out, and until the last of them has expired.
 */
import type { DurabilityLevel, VoucherEndState, VoucherSnapshot } from "@tallystick/protocol";
import { DOCUMENT_ALG, hasVoucherEnded } from "@tallystick/protocol";
import type { PublishedKey } from "../ledger/published-keys.ts";
import type { Logger } from "../log.ts";
import { type KeySettings, KeySource, SigningKeyError } from "./key-source.ts";
import { signDocument } from "./sign-document.ts";
import { type PublicKey, publicKeyOf, type SigningKey } from "./signing-key.ts";

/** A key that nothing has been signed with yet is published for so long, milliseconds: verifiers may keep what they read. */
export const PUBLISHED_FOR_MS = 24 * 3600 * 1000;
/** How often a hub publishes its keys once more, should the store have lost them, milliseconds. */
const PUBLISH_EVERY_MS = 3600 * 1000;

/** A public key as a JWK (RFC 7517, RFC 8037). */
export interface PublicJwk {
  kty: "OKP";
  crv: "Ed25519";
  x: string;
  kid: string;
  use: "sig";
  alg: typeof DOCUMENT_ALG;
}

export interface DocumentsOptions {
  settings: KeySettings;
  /** The book's keys, and the store's clock. */
  ledger: {
    readonly publishedKeys: { publish(key: PublishedKey): Promise<void>; list(): Promise<PublishedKey[]> };
    now(): Promise<number>;
  };
  book: { readonly id: string };
  /** What a voucher survives at this moment. */
  durability: { readonly level: DurabilityLevel };
  log: Logger;
}

/** What becomes of the wish for a document. */
export type Signed =
  | { kind: "signed"; document: string }
  | { kind: "ended"; state: VoucherEndState }
  /** The hub has no key, and can't make one; its log says why. */
  | { kind: "no_key" };

export class Documents {
  readonly #options: DocumentsOptions;
  readonly #source: KeySource;
  /** Every key that this hub has used, and until when it is needed, milliseconds. */
  readonly #used = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #trouble = "";

  private constructor(options: DocumentsOptions) {
    this.#options = options;
    this.#source = new KeySource(options.settings, (error) => this.#tellTrouble(error));
  }

  /**
   * Checks the key, when there is one, and keeps it published. Where there is none yet, it is made with the first need.
   *
   * @throws SigningKeyError when the key can't be used.
   */
  static async open(options: DocumentsOptions): Promise<Documents> {
    const documents = new Documents(options);
    await documents.#source.existing();
    await documents.#publishAgain();
    documents.#timer = setInterval(() => void documents.#publishAgain(), PUBLISH_EVERY_MS);
    documents.#timer.unref();
    return documents;
  }

  /** Publishes no more. */
  close(): void {
    clearInterval(this.#timer);
  }

  /**
   * The document of a voucher that lives. One that has ended gets none: it would go on to look good until it expires.
   *
   * @param voucher as the store has it as durably as it promises.
   */
  async sign(voucher: VoucherSnapshot): Promise<Signed> {
    if (hasVoucherEnded(voucher.state)) return { kind: "ended", state: voucher.state };
    const { book, durability } = this.#options;
    const key = await this.#ownKey();
    if (!key) return { kind: "no_key" };
    const context = { bookId: book.id, durability: durability.level };
    const document = await signDocument(voucher, context, key);
    await this.#publish(key, voucher.expiresAt);
    return { kind: "signed", document };
  }

  /** The keys of all hubs, for whoever verifies a document. */
  async keySet(): Promise<{ keys: PublicJwk[] }> {
    const { ledger } = this.#options;
    const own = await this.#ownKey();
    let published = await ledger.publishedKeys.list();
    if (own && !published.some(({ x }) => x === own.publicKey.x)) {
      await this.#publish(own, (await ledger.now()) + PUBLISHED_FOR_MS);
      published = await ledger.publishedKeys.list();
    }
    const keys = await Promise.all(published.map(({ x }) => publicKeyOf(x)));
    return { keys: keys.map(toJwk) };
  }

  /** Undefined where it can't be made, which keeps nobody from the keys of others. */
  async #ownKey(): Promise<SigningKey | undefined> {
    try {
      return await this.#source.current();
    } catch (error) {
      if (!(error instanceof SigningKeyError)) throw error;
      this.#tellTrouble(error);
      return undefined;
    }
  }

  async #publish({ publicKey: { x } }: SigningKey, until: number): Promise<void> {
    const needed = Math.max(until, this.#used.get(x) ?? 0);
    this.#used.set(x, needed);
    await this.#options.ledger.publishedKeys.publish({ x, until: needed });
  }

  /** Publishes the key that is used now, and those before it that are still needed. */
  async #publishAgain(): Promise<void> {
    const { ledger, log } = this.#options;
    try {
      const key = await this.#source.existing();
      if (!key && this.#used.size === 0) return;
      const now = await ledger.now();
      if (key) await this.#publish(key, now + PUBLISHED_FOR_MS);
      for (const [x, until] of this.#used) {
        if (until <= now) this.#used.delete(x);
        else if (x !== key?.publicKey.x) await ledger.publishedKeys.publish({ x, until });
      }
    } catch (error) {
      log.warn({ error: String(error) }, "the signing keys could not be published; the hub tries again");
    }
  }

  /** Once for each trouble, not for each document. */
  #tellTrouble(error: SigningKeyError): void {
    if (this.#trouble === error.message) return;
    this.#trouble = error.message;
    this.#options.log.error(`the signing key: ${error.message}`);
  }
}

function toJwk({ kid, x }: PublicKey): PublicJwk {
  return { kty: "OKP", crv: "Ed25519", x, kid, use: "sig", alg: DOCUMENT_ALG };
}
