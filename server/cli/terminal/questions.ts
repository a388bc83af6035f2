/** Asks a person for a text, at the foot of the screen, while the rest of it goes on. */
import { EventEmitter } from "node:events";
import type { Key } from "node:readline";
import { PassThrough, Writable } from "node:stream";
import { isCancel, TextPrompt } from "@clack/core";

/** A question as the screen shows it. */
export interface ShownQuestion {
  title: string;
  message: string;
  /** What was typed. */
  typed: string;
  /** Where the cursor is in it. */
  cursor: number;
  /** Why what was typed can't be taken. */
  error: string;
}

export interface Question {
  message: string;
  /** Stands there to begin with. */
  initial?: string | undefined;
  /** Says why a text can't be taken; undefined when it can. */
  check?: (text: string) => string | undefined;
}

/** Answers, by the names of the questions; undefined when the person went back. */
export type Answers<Name extends string> = Record<Name, string> | undefined;

/**
 * Asks one question after the other. Keys are given by `press`; those that come between two questions wait
 * for the second, so that nothing typed quickly is taken for a command.
 */
export class Questions extends EventEmitter<{ changed: [] }> {
  readonly #title: string;
  readonly #waiting: { text: string | undefined; key: Key }[] = [];
  readonly #stop = new AbortController();
  #input: PassThrough | undefined;
  #shown: ShownQuestion | undefined;

  constructor(title: string) {
    super();
    this.#title = title;
  }

  get shown(): ShownQuestion | undefined {
    return this.#shown;
  }

  /** A key of the person's. */
  press(text: string | undefined, key: Key): void {
    if (this.#input) this.#input.emit("keypress", text, key);
    else this.#waiting.push({ text, key });
  }

  /** Goes back as the person would. */
  stop(): void {
    this.#stop.abort();
  }

  /** Asks one question; undefined when the person goes back. */
  async ask({ message, initial, check }: Question): Promise<string | undefined> {
    const input = new PassThrough();
    const show = (shown: Omit<ShownQuestion, "title" | "message">) => {
      this.#shown = { title: this.#title, message, ...shown };
      this.emit("changed");
    };
    const prompt = new TextPrompt({
      input,
      // The screen is drawn as a whole, so what the prompt itself would write goes nowhere.
      output: new Writable({ write: (_chunk, _encoding, done) => done() }),
      signal: this.#stop.signal,
      ...(initial !== undefined && { initialValue: initial }),
      validate: (value) => check?.((value ?? "").trim()),
      render() {
        if (this.state !== "submit" && this.state !== "cancel") {
          const { userInput: typed, cursor } = this;
          show({ typed, cursor, error: this.state === "error" ? this.error : "" });
        }
        return "";
      },
    });
    const asked = prompt.prompt();
    this.#input = input;
    prompt.on("finalize", () => {
      this.#input = undefined;
    });
    while (this.#input) {
      const next = this.#waiting.shift();
      if (!next) break;
      this.press(next.text, next.key);
    }
    const answer = await asked;
    this.#input = undefined;
    input.destroy();
    return isCancel(answer) || answer === undefined ? undefined : answer.trim();
  }
}
