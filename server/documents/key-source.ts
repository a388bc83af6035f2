/**
 * Where a hub has its signing key from: the setting SIGNING_KEY, or a file in DATA_DIR that is made with the first
 * need. The file is looked at before each use, so that every hub and worker on it takes a key that was rotated.
 */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Settings } from "../config.ts";
import { makePrivateFile, readPrivateFile, replacePrivateFile } from "../private-file.ts";
import { makeSigningKey, readSigningKey, type SigningKey, toPem } from "./signing-key.ts";

/** Where in DATA_DIR the key is. */
export const KEY_FILE = "signing-key.pem";

export type KeySettings = Pick<Settings, "SIGNING_KEY" | "DATA_DIR">;

/** A key that can't be used. The message names where it is, and never what it is. */
export class SigningKeyError extends Error {
  override name = "SigningKeyError";
}

export class KeySource {
  readonly #settings: KeySettings;
  readonly #onTrouble: (error: SigningKeyError) => void;
  #key: SigningKey | undefined;
  /** Which file the key was read from, so that another in its place is seen. */
  #stamp: string | undefined;

  /** @param onTrouble is told that the key's file is gone or damaged while the hub goes on with the key it has. */
  constructor(settings: KeySettings, onTrouble: (error: SigningKeyError) => void = () => undefined) {
    this.#settings = settings;
    this.#onTrouble = onTrouble;
  }

  get file(): string {
    return join(this.#settings.DATA_DIR, KEY_FILE);
  }

  /** The key, unless it has yet to be made. @throws SigningKeyError when it can't be used. */
  async existing(): Promise<SigningKey | undefined> {
    const { SIGNING_KEY } = this.#settings;
    if (SIGNING_KEY !== undefined) this.#key ??= await readSigningKey(SIGNING_KEY);
    else await this.#readAgain();
    return this.#key;
  }

  /** The key, made when there is none. @throws SigningKeyError when it can't be used. */
  async current(): Promise<SigningKey> {
    const existing = await this.existing();
    if (existing) return existing;
    const made = toPem(await makeSigningKey());
    await makePrivateFile(this.file, made).catch((error: unknown) => {
      throw new SigningKeyError(`${this.file} can't be made: ${reasonOf(error)}`);
    });
    const key = await this.existing();
    if (!key) throw new SigningKeyError(`${this.file} is gone as soon as it was made`);
    return key;
  }

  /** Puts another key in the place of the one in DATA_DIR. */
  async replace(key: SigningKey): Promise<void> {
    await replacePrivateFile(this.file, toPem(key));
    await this.existing();
  }

  async #readAgain(): Promise<void> {
    try {
      const stamp = await this.#stampOf();
      if (stamp === this.#stamp) return;
      const key = stamp === undefined ? undefined : await this.#read();
      if (key) {
        this.#key = key;
        this.#stamp = stamp;
      } else if (this.#key) throw new SigningKeyError(`${this.file} is gone`);
    } catch (error) {
      const trouble =
        error instanceof SigningKeyError
          ? error
          : new SigningKeyError(`${this.file} can't be read: ${reasonOf(error)}`);
      if (!this.#key) throw trouble;
      this.#onTrouble(trouble);
    }
  }

  async #stampOf(): Promise<string | undefined> {
    try {
      const { ino, mtimeMs, ctimeMs, size, mode } = await stat(this.file);
      // Windows has no such modes.
      if (process.platform !== "win32" && (mode & 0o077) !== 0)
        throw new SigningKeyError(`${this.file} can be read by others: chmod 600 it, and rotate the key`);
      return [ino, mtimeMs, ctimeMs, size].join();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  async #read(): Promise<SigningKey | undefined> {
    const text = await readPrivateFile(this.file);
    if (text === undefined) return undefined;
    try {
      if (!text.startsWith("-----")) throw new Error("it is no PEM");
      return await readSigningKey(text);
    } catch {
      throw new SigningKeyError(
        `${this.file} does not hold an Ed25519 private key in PEM: put it back, or remove it to have a new one made`,
      );
    }
  }
}

function reasonOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
