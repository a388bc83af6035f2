/**
 * The certificate of the hub's own port, for where no proxy has it. It is renewed under a hub that runs, by whatever
 * renews it, so the files are looked at now and then.
 */
import { readFile } from "node:fs/promises";
import { createSecureContext, type SecureContextOptions, type Server as TlsServer } from "node:tls";
import type { Logger } from "./log.ts";

/** How often the files are read again, milliseconds. */
const READ_EVERY_MS = 30_000;

export interface TlsPaths {
  /** The certificate, and those between it and its authority, in PEM. */
  cert: string;
  /** Its private key, in PEM. */
  key: string;
}

type Pair = Pick<SecureContextOptions, "cert" | "key"> & { cert: string; key: string };

export class TlsFiles {
  readonly #paths: TlsPaths;
  readonly #log: Logger;
  #pair: Pair;
  /** The files that were refused last, so that it is said once. */
  #refused = "";
  #timer: NodeJS.Timeout | undefined;

  private constructor(paths: TlsPaths, log: Logger, pair: Pair) {
    this.#paths = paths;
    this.#log = log;
    this.#pair = pair;
  }

  /** @throws Error that names the setting, when the files can't be read or don't belong together. */
  static async open(paths: TlsPaths, log: Logger): Promise<TlsFiles> {
    return new TlsFiles(paths, log, await readPair(paths));
  }

  /** What a server is made with. */
  get pair(): Pair {
    return this.#pair;
  }

  /** New connections get the newest certificate from now on; those that are open stay as they are. */
  follow(server: Pick<TlsServer, "setSecureContext">, everyMs = READ_EVERY_MS): void {
    this.#timer = setInterval(() => void this.#readAgain(server), everyMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** While one file is new and the other is not yet, the pair that serves goes on. */
  async #readAgain(server: Pick<TlsServer, "setSecureContext">): Promise<void> {
    try {
      const pair = await readPair(this.#paths);
      this.#refused = "";
      if (pair.cert === this.#pair.cert && pair.key === this.#pair.key) return;
      server.setSecureContext(pair);
      this.#pair = pair;
      this.#log.info("TLS: new connections get the new certificate");
    } catch (error) {
      const { message } = error as Error;
      if (message === this.#refused) return;
      this.#refused = message;
      this.#log.error(`${message}; the certificate that was read before goes on`);
    }
  }
}

async function readPair({ cert, key }: TlsPaths): Promise<Pair> {
  const pair = { cert: await readNamed("TLS_CERT", cert), key: await readNamed("TLS_KEY", key) };
  try {
    createSecureContext(pair);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`TLS_CERT, TLS_KEY: no certificate and its key in PEM (${why})`);
  }
  return pair;
}

async function readNamed(setting: string, path: string): Promise<string> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${setting}: ${path} can't be read (${error.code})`);
  });
  // OpenSSL takes it for no certificate at all and serves nobody. A file that is being written is empty for a moment.
  if (text === "") throw new Error(`${setting}: ${path} is empty`);
  return text;
}
