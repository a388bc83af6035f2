/** The webhooks' thread as the hub has it. */
import { AskedThread, threadBeside } from "../archive/asked-thread.ts";
import type { Answered, Asked, CallName, CallsWebhooks } from "./calls.ts";
import type { Standing } from "./deliverer.ts";
import type { FromWebhooks, WebhookSetup } from "./messages.ts";
import type { Outcome } from "./record.ts";

export interface WebhookThreadOptions extends WebhookSetup {
  say: (level: "info" | "warn" | "error", fields: object, message: string) => void;
  attempted: (outcome: Outcome) => void;
  counted: (standing: Standing) => void;
}

export class WebhookThread implements CallsWebhooks {
  readonly #options: WebhookThreadOptions;
  readonly #thread: AskedThread<FromWebhooks>;

  constructor(options: WebhookThreadOptions) {
    this.#options = options;
    const { archiveUrl, bookId, network, say } = options;
    this.#thread = new AskedThread({
      module: threadBeside(import.meta.url),
      setup: { archiveUrl, bookId, network } satisfies WebhookSetup,
      take: (message) => this.#take(message),
      failed: (error) => say("error", { error: String(error) }, "the webhooks' thread failed"),
    });
  }

  call<N extends CallName>(name: N, question: Asked<N>): Promise<Answered<N>> {
    return this.#thread.ask(name, question) as Promise<Answered<N>>;
  }

  close(): Promise<void> {
    return this.#thread.close();
  }

  #take(message: FromWebhooks): void {
    const { attempted, counted, say } = this.#options;
    if (message.kind === "attempted") attempted(message.outcome);
    else if (message.kind === "counted") counted(message.standing);
    else say(message.level, message.fields, message.message);
  }
}
