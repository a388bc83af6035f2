/** The archive as the hub has it: a thread that writes it, and that answers what is asked of it. */
import { ArchiveAwayError, AskedThread, threadBeside } from "./asked-thread.ts";
import type { Difference } from "./compare-partition.ts";
import type { ArchiveStatus, FromThread, ThreadSetup, ToThread } from "./messages.ts";
import type { Answer, Question, QuestionName } from "./questions.ts";
import type { Retired } from "./retirer.ts";

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
  readonly #thread: AskedThread<FromThread, ToThread>;
  #status: ArchiveStatus = { isUp: false, isFollowing: false, holes: 0 };
  /** Until then the archive had all that the store had, as far as this hub knows. */
  #caughtUpAt = Date.now();
  /** Why it can't be used, as it was said last. */
  #refusedSince = "";
  #journalEntries = 0;
  readonly #retired = { issuances: 0, vouchers: 0, entries: 0 };

  private constructor(options: ArchiveOptions) {
    this.#options = options;
    const { fence: _fence, say, ...setup } = options;
    this.#thread = new AskedThread({
      module: threadBeside(import.meta.url),
      setup: setup satisfies ThreadSetup,
      take: (message) => this.#take(message),
      failed: (error) => say("error", { error: String(error) }, "the archive's thread failed"),
      ended: () => this.#stand({ isUp: false, isFollowing: false, holes: this.#status.holes }),
    });
  }

  /**
   * Starts the archive's thread. An archive that is away only holds up history: the hub starts all the same.
   *
   * @throws ArchiveRefusedError when it is another book's, is damaged, or can't be opened with these settings.
   */
  static async open(options: ArchiveOptions): Promise<Archive> {
    const archive = new Archive(options);
    const { worker } = archive.#thread;
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

  /** How far the archive is behind the store, seconds; 0 while another hub writes it. */
  get lagSeconds(): number {
    if (this.#isAnothers) return 0;
    return Math.max(0, Date.now() - this.#caughtUpAt) / 1000;
  }

  /** It answers, and another hub writes it. */
  get #isAnothers(): boolean {
    return this.#status.isUp && !this.#status.isFollowing;
  }

  ask<N extends QuestionName>(name: N, question: Question<N>): Promise<Answer<N>> {
    return this.#thread.ask(name, question) as Promise<Answer<N>>;
  }

  /** Ends after what is being written. */
  close(): Promise<void> {
    return this.#thread.close();
  }

  #take(message: FromThread): void {
    switch (message.kind) {
      case "status":
        this.#stand(message.status);
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
        // At start this ends the hub; later its thread is started again and again until an operator has seen to it.
        if (message.message !== this.#refusedSince) this.#options.say("error", {}, message.message);
        this.#refusedSince = message.message;
        break;
      case "fence":
        void this.#fence(message);
        break;
    }
  }

  #stand(status: ArchiveStatus): void {
    // What another hub has written until now, nobody has to write any more.
    if (this.#isAnothers) this.#caughtUpAt = Date.now();
    this.#status = status;
    if (status.isUp) this.#refusedSince = "";
  }

  async #fence({ id, differences }: Extract<FromThread, { kind: "fence" }>): Promise<void> {
    try {
      await this.#options.fence(differences);
      this.#thread.tell({ kind: "fenced", id });
    } catch (error) {
      this.#thread.tell({ kind: "fenced", id, error: String(error) });
    }
  }
}
