/** The statement of an account: all that changed it, the oldest first, read a page at a time. */
import { signal } from "@preact/signals";
import type { StatementEntry, StatementPage } from "@tallystick/protocol";
import { HttpError, read, save } from "./http.ts";

/** How many are shown more at a time, and how many are read at a time for a file. */
const PIECE = 50;
const MOST = 1000;

export interface Own {
  party: string;
  number: string;
  /** The party's token; undefined where none can be had now. */
  token: () => Promise<string | undefined>;
}

export class Statement {
  readonly number: string;
  readonly entries = signal<readonly StatementEntry[]>([]);
  readonly state = signal<"asking" | "more" | "all" | "failed">("more");
  /** The hub has no statement of this account, or it is another's. */
  readonly isNone = signal(false);
  readonly isSaving = signal(false);
  readonly #own: Own;
  readonly #path: string;
  #next: string | undefined;

  constructor(own: Own) {
    this.#own = own;
    this.number = own.number;
    this.#path = `v1/parties/${own.party}/accounts/${own.number}/entries`;
  }

  async more(): Promise<void> {
    if (this.state.value === "asking" || this.state.value === "all") return;
    this.state.value = "asking";
    try {
      const response = await this.#page(PIECE, this.#next);
      const { entries, next } = (await response.json()) as StatementPage;
      this.entries.value = [...this.entries.value, ...entries];
      this.#next = next;
      this.state.value = next === undefined ? "all" : "more";
    } catch (error) {
      this.isNone.value = error instanceof HttpError && error.status === 404;
      this.state.value = this.isNone.value ? "all" : "failed";
    }
  }

  /** All of it as a file of CSV, read anew from its beginning: a part of a statement would look like the whole. */
  async save(): Promise<void> {
    if (this.isSaving.value) return;
    this.isSaving.value = true;
    try {
      save(`${this.number}.csv`, await this.#csv(), "text/csv");
    } catch {
      this.state.value = "failed";
    } finally {
      this.isSaving.value = false;
    }
  }

  async #csv(): Promise<string> {
    let text = "";
    let next: string | undefined;
    do {
      const response = await this.#page(MOST, next, "text/csv");
      const page = await response.text();
      // Each page begins with the columns' names.
      text += text === "" ? page : page.slice(page.indexOf("\n") + 1);
      next = /[?&]after=(\d+)/.exec(response.headers.get("link") ?? "")?.[1];
    } while (next !== undefined);
    return text;
  }

  async #page(limit: number, after: string | undefined, accept?: string): Promise<Response> {
    const token = await this.#own.token();
    if (token === undefined) throw new Error("there is no token now");
    const query = new URLSearchParams({ limit: String(limit), ...(after !== undefined && { after }) });
    return read(`${this.#path}?${query}`, token, { ...(accept && { accept }) });
  }
}
