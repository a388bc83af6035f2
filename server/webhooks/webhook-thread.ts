/** The webhooks' thread as the hub has it: started again when it dies, and asked. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { ArchiveAwayError } from "../archive/archive.ts";
import type { Answered, Asked, CallName, CallsWebhooks } from "./calls.ts";
import type { Standing } from "./deliverer.ts";
import type { FromWebhooks, ToWebhooks, WebhookSetup } from "./messages.ts";
import type { Outcome } from "./record.ts";

/** A thread that has died is started again after this time, milliseconds. */
const RESTART_MS = 1_000;
/** How long a question may take, milliseconds. */
const ANSWER_WITHIN_MS = 10_000;
/** How long the thread may take to end what it has in hand, milliseconds. */
const CLOSE_WITHIN_MS = 5_000;

export interface WebhookThreadOptions extends WebhookSetup {
  say: (level: "info" | "warn" | "error", fields: object, message: string) => void;
  attempted: (outcome: Outcome) => void;
  counted: (standing: Standing) => void;
}

interface Waiting {
  resolve: (answer: unknown) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout;
}

export class WebhookThread implements CallsWebhooks {
  readonly #options: WebhookThreadOptions;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker;
  #asked = 0;
  #isClosing = false;
  #restart: NodeJS.Timeout | undefined;

  constructor(options: WebhookThreadOptions) {
    this.#options = options;
    this.#worker = this.#start();
  }

  call<N extends CallName>(name: N, question: Asked<N>): Promise<Answered<N>> {
    const id = this.#asked++;
    return new Promise<unknown>((resolve, reject) => {
      const late = () => this.#settle(id)?.reject(new ArchiveAwayError("the archive did not answer in time"));
      this.#waiting.set(id, { resolve, reject, timer: setTimeout(late, ANSWER_WITHIN_MS) });
      this.#tell({ kind: "call", id, name, question });
    }) as Promise<Answered<N>>;
  }

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
    const { archiveUrl, bookId, network, say } = this.#options;
    const isSource = import.meta.url.endsWith(".ts");
    const file = new URL(isSource ? "./thread-from-source.mjs" : "./thread.js", import.meta.url);
    const setup: WebhookSetup = { archiveUrl, bookId, network };
    const worker = new Worker(file, { workerData: setup });
    worker.on("message", (message: FromWebhooks) => this.#take(message));
    worker.on("error", (error) => say("error", { error: String(error) }, "the webhooks' thread failed"));
    worker.once("exit", () => {
      this.#rejectAll();
      if (this.#isClosing) return;
      this.#restart = setTimeout(() => {
        this.#worker = this.#start();
      }, RESTART_MS);
    });
    return worker;
  }

  #take(message: FromWebhooks): void {
    switch (message.kind) {
      case "attempted":
        this.#options.attempted(message.outcome);
        return;
      case "counted":
        this.#options.counted(message.standing);
        return;
      case "say":
        this.#options.say(message.level, message.fields, message.message);
        return;
      case "answer":
        this.#settle(message.id)?.resolve(message.answer);
        return;
      case "failed": {
        const { isAway, message: why } = message;
        this.#settle(message.id)?.reject(isAway ? new ArchiveAwayError(why) : new Error(why));
      }
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
      this.#settle(id)?.reject(new ArchiveAwayError("the webhooks' thread has ended"));
  }

  #tell(message: ToWebhooks): void {
    this.#worker.postMessage(message);
  }
}
