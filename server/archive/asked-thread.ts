/** A thread that works on the archive's database, as the hub has it: asked, and started again when it dies. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { UnavailableError } from "../redis/errors.ts";

/** The archive does not answer, or there is none. */
export class ArchiveAwayError extends UnavailableError {
  override name = "ArchiveAwayError";
}

/** Who it is, for the log, that did not answer. */
export function nameOfAway(error: unknown): "the archive" | "the store" {
  return error instanceof ArchiveAwayError ? "the archive" : "the store";
}

/** What a thread says to a question. */
export type ThreadAnswer =
  | { kind: "answer"; id: number; answer: unknown }
  /** `isAway`: the archive can't be asked now; else the question was a mistake of ours. */
  | { kind: "failed"; id: number; message: string; isAway: boolean };

/** What each thread is told. */
export type ToAskedThread =
  | { kind: "ask"; id: number; name: string; question: unknown }
  /** It ends what it has in hand, and then itself. */
  | { kind: "close" };

export interface AskedThreadOptions<From> {
  /** Its module, see `threadBeside`. */
  module: URL;
  /** What it is started with. */
  setup: object;
  /** It says something else than an answer. */
  take: (message: From) => void;
  /** It failed. */
  failed: (error: unknown) => void;
  /** It has ended; unless it is closing, another is started. */
  ended?: () => void;
}

/** A thread that has died is started again after this time, milliseconds. */
const RESTART_MS = 1_000;
/** How long a question may take, milliseconds. */
const ANSWER_WITHIN_MS = 10_000;
/** How many questions may wait for it: what comes on top is refused at once, and not worked on when nobody waits for it any more. */
const MOST_WAITING = 1_000;
/** How long the thread may take to end what it has in hand, milliseconds. */
const CLOSE_WITHIN_MS = 5_000;

interface Waiting {
  resolve: (answer: unknown) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout;
}

/** `From`: what the thread says beside answers; `To`: what it is told beside questions. */
export class AskedThread<From extends { kind: string }, To extends { kind: string } = never> {
  readonly #options: AskedThreadOptions<From>;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker;
  #asked = 0;
  #isClosing = false;
  #restart: NodeJS.Timeout | undefined;

  constructor(options: AskedThreadOptions<From>) {
    this.#options = options;
    this.#worker = this.#start();
  }

  /** The one that runs, or ran last. */
  get worker(): Worker {
    return this.#worker;
  }

  /** @throws ArchiveAwayError when it does not answer, or has too much to answer. */
  ask(name: string, question: unknown): Promise<unknown> {
    if (this.#waiting.size >= MOST_WAITING)
      return Promise.reject(new ArchiveAwayError(`${MOST_WAITING} questions wait for the archive already`));
    const id = this.#asked++;
    return new Promise((resolve, reject) => {
      const late = () => this.#settle(id)?.reject(new ArchiveAwayError("the archive did not answer in time"));
      this.#waiting.set(id, { resolve, reject, timer: setTimeout(late, ANSWER_WITHIN_MS) });
      this.#post({ kind: "ask", id, name, question });
    });
  }

  tell(message: To): void {
    this.#post(message);
  }

  /** Ends after what it has in hand. */
  async close(): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#restart);
    const worker = this.#worker;
    const gone = once(worker, "exit");
    this.#post({ kind: "close" });
    const late = setTimeout(() => void worker.terminate(), CLOSE_WITHIN_MS);
    if (worker.threadId !== -1) await gone;
    clearTimeout(late);
    this.#rejectAll();
  }

  #start(): Worker {
    const { module, setup, failed } = this.#options;
    const worker = new Worker(module, { workerData: setup });
    worker.on("message", (message: From | ThreadAnswer) => this.#take(message));
    worker.on("error", failed);
    worker.once("exit", () => this.#startAgain());
    return worker;
  }

  #startAgain(): void {
    this.#rejectAll();
    this.#options.ended?.();
    if (this.#isClosing) return;
    this.#restart = setTimeout(() => {
      this.#worker = this.#start();
    }, RESTART_MS);
  }

  #take(message: From | ThreadAnswer): void {
    if (isFailure(message)) {
      const { isAway, message: why } = message;
      this.#settle(message.id)?.reject(isAway ? new ArchiveAwayError(why) : new Error(why));
    } else if (isAnswer(message)) this.#settle(message.id)?.resolve(message.answer);
    else this.#options.take(message as From);
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

  #post(message: To | ToAskedThread): void {
    this.#worker.postMessage(message);
  }
}

const isFailure = (message: { kind: string }): message is Extract<ThreadAnswer, { kind: "failed" }> =>
  message.kind === "failed";
const isAnswer = (message: { kind: string }): message is Extract<ThreadAnswer, { kind: "answer" }> =>
  message.kind === "answer";

/** The module of a thread beside another module: what is built, or the source where that runs. */
export function threadBeside(url: string): URL {
  return new URL(url.endsWith(".ts") ? "./thread-from-source.mjs" : "./thread.js", url);
}
