/** The archive as the hub has it: a thread that writes it, and that answers what is asked of it. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { UnavailableError } from "../redis/errors.ts";
import type { Difference } from "./compare-partition.ts";
import type { ArchiveStatus, FromThread, ThreadSetup, ToThread } from "./messages.ts";
import type { Answer, Question, QuestionName } from "./questions.ts";
import type { Retired } from "./retirer.ts";

/** The archive does not answer, or there is none. */
export class ArchiveAwayError extends UnavailableError {
  override name = "ArchiveAwayError";
}

/** It can't be used with these settings. */
export class ArchiveRefusedError extends Error {
  override name = "ArchiveRefusedError";
}

export interface ArchiveOptions extends ThreadSetup {
  /** Fences what the store has lost, and tells of it. */
  fence: (differences: readonly Difference[]) => Promise<void>;
  say: (level: "info" | "warn" | "error", fields: object, message: string) => void;
}

/** What asks the archive. */
export interface AsksArchive {
  /** False of a book without one: nothing leaves its store but what is over for good. */
  readonly isThere: boolean;
  /** @throws ArchiveAwayError when it does not answer, or there is none. */
  ask<N extends QuestionName>(name: N, question: Question<N>): Promise<Answer<N>>;
}

/** A book without an archive: only what is in the store can be asked for. */
export const NO_ARCHIVE: AsksArchive = {
  isThere: false,
  ask: () => Promise.reject(new ArchiveAwayError("this hub has no archive: ARCHIVE_URL is none")),
};

/** A thread that has died is started again after this time, milliseconds. */
const RESTART_MS = 1_000;
/** How long a question may take, milliseconds. */
const ANSWER_WITHIN_MS = 10_000;
/** How long the thread may take to end what it has in hand, milliseconds. */
const CLOSE_WITHIN_MS = 5_000;

interface Waiting {
  resolve: (answer: unknown) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout;
}

/** What has to be asked before the archive is opened, which needs others that ask. */
export class LateArchive implements AsksArchive {
  #archive: AsksArchive = NO_ARCHIVE;

  get isThere(): boolean {
    return this.#archive.isThere;
  }

  opened(archive: AsksArchive): void {
    this.#archive = archive;
  }

  ask<N extends QuestionName>(name: N, question: Question<N>): Promise<Answer<N>> {
    return this.#archive.ask(name, question);
  }
}

export class Archive implements AsksArchive {
  readonly isThere = true;
  readonly #options: ArchiveOptions;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker;
  #asked = 0;
  #isClosing = false;
  #status: ArchiveStatus = { isUp: false, isFollowing: false, holes: 0 };
  #caughtUpAt = Date.now();
  #journalEntries = 0;
  readonly #retired = { issuances: 0, vouchers: 0, entries: 0 };
  #restart: NodeJS.Timeout | undefined;

  private constructor(options: ArchiveOptions) {
    this.#options = options;
    this.#worker = this.#start();
  }

  /**
   * Starts the archive's thread. An archive that is away only holds up history: the hub starts all the same.
   *
   * @throws ArchiveRefusedError when it is another book's, is damaged, or can't be opened with these settings.
   */
  static async open(options: ArchiveOptions): Promise<Archive> {
    const archive = new Archive(options);
    const worker = archive.#worker;
    await new Promise<void>((resolve, reject) => {
      worker.on("message", (message: FromThread) => {
        if (message.kind === "refused") reject(new ArchiveRefusedError(message.message));
        if (message.kind === "opened" || message.kind === "status") resolve();
      });
      worker.once("error", reject);
      worker.once("exit", () => reject(new ArchiveRefusedError("the archive's thread has ended")));
    }).catch(async (error: unknown) => {
      await archive.close();
      throw error;
    });
    return archive;
  }

  get status(): ArchiveStatus {
    return this.#status;
  }

  /** How many entries the store's journals have, where this hub writes the archive; else 0. */
  get journalEntries(): number {
    return this.#status.isFollowing ? this.#journalEntries : 0;
  }

  /** What this hub's reader has taken out of the store since it was started. */
  get retired(): Readonly<Omit<Retired, "hasMore">> {
    return this.#retired;
  }

  /** How far this hub's archive is behind the store, seconds; 0 where another hub writes it. */
  get lagSeconds(): number {
    return this.#status.isFollowing ? Math.max(0, Date.now() - this.#caughtUpAt) / 1000 : 0;
  }

  ask<N extends QuestionName>(name: N, question: Question<N>): Promise<Answer<N>> {
    const id = this.#asked++;
    return new Promise<unknown>((resolve, reject) => {
      const late = () => {
        this.#waiting.delete(id);
        reject(new ArchiveAwayError("the archive did not answer in time"));
      };
      this.#waiting.set(id, { resolve, reject, timer: setTimeout(late, ANSWER_WITHIN_MS) });
      this.#tell({ kind: "ask", id, name, question });
    }) as Promise<Answer<N>>;
  }

  /** Ends after what is being written. */
  async close(): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#restart);
    const worker = this.#worker;
    const gone = once(worker, "exit");
    this.#tell({ kind: "close" });
    const late = setTimeout(() => void worker.terminate(), CLOSE_WITHIN_MS);
    if (worker.threadId !== -1) await gone;
    clearTimeout(late);
    this.#rejectAll();
  }

  #start(): Worker {
    const { fence: _fence, say: _say, ...setup } = this.#options;
    const isSource = import.meta.url.endsWith(".ts");
    const file = new URL(isSource ? "./thread-from-source.mjs" : "./thread.js", import.meta.url);
    const worker = new Worker(file, { workerData: setup satisfies ThreadSetup });
    worker.on("message", (message: FromThread) => this.#take(message));
    worker.on("error", (error) =>
      this.#options.say("error", { error: String(error) }, "the archive's thread failed"),
    );
    worker.once("exit", () => this.#startAgain());
    return worker;
  }

  #startAgain(): void {
    this.#rejectAll();
    this.#status = { isUp: false, isFollowing: false, holes: this.#status.holes };
    if (this.#isClosing) return;
    this.#restart = setTimeout(() => {
      this.#worker = this.#start();
    }, RESTART_MS);
  }

  #take(message: FromThread): void {
    switch (message.kind) {
      case "status":
        this.#status = message.status;
        break;
      case "caught_up":
        this.#caughtUpAt = message.at;
        this.#journalEntries = message.journalEntries;
        break;
      case "retired":
        this.#retired.issuances += message.retired.issuances;
        this.#retired.vouchers += message.retired.vouchers;
        this.#retired.entries += message.retired.entries;
        break;
      case "say":
        this.#options.say(message.level, message.fields, message.message);
        break;
      case "refused":
        // At start this ends the hub; later the archive stays away until an operator has seen to it.
        this.#options.say("error", {}, message.message);
        break;
      case "fence":
        void this.#fence(message);
        break;
      case "answer":
        this.#settle(message.id)?.resolve(message.answer);
        break;
      case "failed": {
        const { isAway, message: why } = message;
        this.#settle(message.id)?.reject(isAway ? new ArchiveAwayError(why) : new Error(why));
        break;
      }
    }
  }

  async #fence({ id, differences }: Extract<FromThread, { kind: "fence" }>): Promise<void> {
    try {
      await this.#options.fence(differences);
      this.#tell({ kind: "fenced", id });
    } catch (error) {
      this.#tell({ kind: "fenced", id, error: String(error) });
    }
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    clearTimeout(waiting?.timer);
    return waiting;
  }

  #rejectAll(): void {
    for (const id of [...this.#waiting.keys()])
      this.#settle(id)?.reject(new ArchiveAwayError("the archive's thread has ended"));
  }

  #tell(message: ToThread): void {
    this.#worker.postMessage(message);
  }
}
