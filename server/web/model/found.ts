/** What of the history was found: asked for a piece at a time, as it is looked at. */
import { signal } from "@preact/signals";
import type { Snapshot, Terminal, VoucherSnapshot } from "@tallystick/client";
import { addressOf, questionOf, type Search } from "./search.ts";

/** How many are shown more at a time. */
const PIECE = 25;
/** So long the hub is asked before that is said to fail, milliseconds. */
const ASK_MS = 5000;

export type Hit =
  | { kind: "issuance"; id: string; at: number; snapshot: Snapshot }
  | { kind: "voucher"; id: string; at: number; snapshot: VoucherSnapshot };

export class Found {
  readonly search: Search;
  readonly key: string;
  readonly hits = signal<readonly Hit[]>([]);
  readonly state = signal<"asking" | "more" | "all" | "failed">("more");
  readonly error = signal<unknown>(undefined);
  readonly #terminal: Terminal;
  #source: AsyncGenerator<Hit, void>;

  constructor(terminal: Terminal, search: Search) {
    this.search = search;
    this.key = addressOf(search);
    this.#terminal = terminal;
    this.#source = this.#begin();
  }

  /** Shows some more. After a failure it goes on from there. */
  async more(): Promise<void> {
    if (this.state.value === "asking" || this.state.value === "all") return;
    this.state.value = "asking";
    try {
      const piece = await this.#take(PIECE);
      this.hits.value = [...this.hits.value, ...piece];
      this.state.value = piece.length < PIECE ? "all" : "more";
    } catch (error) {
      this.error.value = error;
      this.state.value = "failed";
      // What has thrown yields no more. What is shown already is passed over.
      this.#source = this.#begin();
    }
  }

  /** Puts what stands anew among the first in its place, such as after one of them was looked at. */
  async refresh(): Promise<void> {
    const again = new Found(this.#terminal, this.search);
    await again.more();
    const anew = new Map(again.hits.value.map((hit) => [hit.id, hit]));
    const known = new Set(this.hits.value.map(({ id }) => id));
    const fresh = again.hits.value.filter(({ id }) => !known.has(id));
    if (again.state.value !== "failed")
      this.hits.value = [...fresh, ...this.hits.value.map((hit) => anew.get(hit.id) ?? hit)];
  }

  async #take(count: number): Promise<Hit[]> {
    const known = new Set(this.hits.value.map(({ id }) => id));
    const piece: Hit[] = [];
    while (piece.length < count) {
      const { value, done } = await this.#source.next();
      if (done) break;
      if (value && !known.has(value.id)) piece.push(value);
    }
    return piece;
  }

  async *#begin(): AsyncGenerator<Hit, void> {
    const question = questionOf(this.search);
    const options = { timeoutMs: ASK_MS };
    if (this.search.of === "issuances")
      for await (const snapshot of this.#terminal.findIssuances(question, options))
        yield { kind: "issuance", id: snapshot.issuanceId, at: snapshot.createdAt, snapshot };
    else
      for await (const snapshot of this.#terminal.findVouchers(question, options))
        yield { kind: "voucher", id: snapshot.voucherId, at: snapshot.issuedAt, snapshot };
  }
}
