/** The public keys of whoever issues tokens, read from where `JWKS_URL` says (RFC 7517). */
import {
  type CryptoKey,
  createLocalJWKSet,
  errors,
  type FlattenedJWSInput,
  flattenedVerify,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
} from "jose";

/** So many keys of a set are tried for a token that does not say which is its own. */
const MOST_TRIED = 8;
/** A set that is older is read anew, so that a key that was taken out of it is trusted no longer, milliseconds. */
export const FRESH_MS = 10 * 60_000;
/** While the set can't be read, the keys that are known go on for so long after they were read, milliseconds. */
export const KNOWN_MS = 60 * 60_000;
/** One reading in so many milliseconds, and a few at once: whoever sends tokens of unknown keys causes no more of them. */
export const PAUSE_MS = 5000;
export const AT_ONCE = 3;
/** How long one reading may take, milliseconds. */
const READ_WITHIN_MS = 5000;
/** A set has a few keys of some hundred bytes each. */
const LARGEST_SET_BYTES = 256 * 1024;
const MOST_KEYS = 100;

/** The key of a token is not known, and the set can't be asked just now; nothing is said of the token by that. */
export class KeySetError extends Error {
  override name = "KeySetError";
  /** When the same token can be tried again, milliseconds from now. */
  readonly retryAfter: number;

  constructor(retryAfter: number) {
    super("The key set that tokens are checked with can't be read now.");
    this.retryAfter = retryAfter;
  }
}

export interface KeySetOptions {
  url: URL;
  /** Called when the set can't be read, with why, and with nothing when it can be again; once for each change. */
  onChange?: (failure: string | undefined) => void;
  /** Milliseconds, of a clock that is never set. */
  now?: () => number;
}

/** A set as it was read. */
interface Known {
  find: JWTVerifyGetKey;
  /** When its reading began. */
  since: number;
}

export class KeySet {
  readonly #options: KeySetOptions;
  readonly #now: () => number;
  #known: Known | undefined;
  /** Readings that may be made now, as of `#countedAt`. */
  #readings = AT_ONCE;
  #countedAt = 0;
  #reading: Promise<void> | undefined;
  #isFailing = false;

  constructor(options: KeySetOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /**
   * The key of a token.
   *
   * @throws KeySetError when nobody can say now; jose's own error when the set has no such key.
   */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    const askedAt = this.#now();
    if (!this.#isYoungerThan(FRESH_MS)) {
      const reading = this.#read();
      // A server that does not answer must not make everybody wait, each time that it is asked again.
      if (!this.#isFailing || !this.#isYoungerThan(KNOWN_MS)) await reading;
    }
    const known = this.#isYoungerThan(KNOWN_MS) ? this.#known : undefined;
    if (!known) throw this.#notNow();
    try {
      return await known.find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
    }
    // The key may have been added since the set was read: only a reading that began later knows that it was not.
    if (known.since < askedAt) await this.#read();
    const latest = this.#known as Known;
    try {
      return await latest.find(header, token);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey && latest.since < askedAt) throw this.#notNow();
      throw error;
    }
  };

  #isYoungerThan(ms: number): boolean {
    return this.#known !== undefined && this.#now() - this.#known.since < ms;
  }

  #notNow(): KeySetError {
    return new KeySetError(Math.max(1, Math.ceil((1 - this.#readings) * PAUSE_MS)));
  }

  /** Reads the set, unless that was done too often; what is being read already is waited for. */
  async #read(): Promise<void> {
    const now = this.#now();
    this.#readings = Math.min(AT_ONCE, this.#readings + (now - this.#countedAt) / PAUSE_MS);
    this.#countedAt = now;
    if (!this.#reading && this.#readings >= 1) {
      this.#readings -= 1;
      this.#reading = this.#readFrom(now).finally(() => {
        this.#reading = undefined;
      });
    }
    await this.#reading;
  }

  async #readFrom(since: number): Promise<void> {
    try {
      this.#known = { find: findIn(await readSet(this.#options.url)), since };
      this.#tell(undefined);
    } catch (error) {
      this.#tell(error instanceof Error ? error.message : String(error));
    }
  }

  #tell(failure: string | undefined): void {
    const isFailing = failure !== undefined;
    if (isFailing === this.#isFailing) return;
    this.#isFailing = isFailing;
    this.#options.onChange?.(failure);
  }
}

/**
 * Finds a token's key in a set. A token need not name its key, and two keys may have one name (RFC 7517, section 4.5):
 * of those that it can be, its key is the one that has signed it. One that none of them has signed has no key here.
 */
function findIn(set: JSONWebKeySet): JWTVerifyGetKey {
  const find = createLocalJWKSet(set);
  return async (header, token) => {
    const candidates = await Promise.resolve(find(header, token)).catch((error: unknown) => {
      if (error instanceof errors.JWKSMultipleMatchingKeys) return error;
      throw error;
    });
    if (!(candidates instanceof Error)) {
      if (header.kid !== undefined || (await hasSigned(candidates, token))) return candidates;
      throw new errors.JWKSNoMatchingKey();
    }
    let tried = 0;
    for await (const key of candidates) {
      if (await hasSigned(key, token)) return key;
      // Whoever forges tokens would have the hub try a hundred keys for each.
      if (++tried === MOST_TRIED) break;
    }
    throw new errors.JWKSNoMatchingKey();
  };
}

/** A key that is too weak to be taken has signed nothing. */
function hasSigned(key: CryptoKey, token: FlattenedJWSInput): Promise<boolean> {
  return flattenedVerify(token, key).then(
    () => true,
    () => false,
  );
}

/** @throws Error when there is no set of public keys, in time and of a size that one has. */
async function readSet(url: URL): Promise<JSONWebKeySet> {
  const response = await fetch(url, {
    headers: { Accept: "application/jwk-set+json, application/json" },
    // Whoever can make the address lead elsewhere must not choose the keys.
    redirect: "manual",
    signal: AbortSignal.timeout(READ_WITHIN_MS),
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`it was answered with the status ${response.status}`);
  }
  const set: { keys?: unknown } | null = JSON.parse(await readText(response));
  const keys = set?.keys;
  if (!Array.isArray(keys)) throw new Error("what was answered is no key set");
  if (keys.length > MOST_KEYS) throw new Error(`the set has more than ${MOST_KEYS} keys`);
  return { keys: keys.filter(isPublic) };
}

async function readText(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    length += part.length;
    if (length > LARGEST_SET_BYTES) throw new Error(`the set has more than ${LARGEST_SET_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

/** A secret that everybody can read proves nothing: not a symmetric key, nor a private one. */
function isPublic(key: unknown): boolean {
  return typeof key === "object" && key !== null && !("k" in key) && !("d" in key);
}
