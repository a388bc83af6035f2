/** Audits that operators ask a hub for, one at a time; the last one is remembered for as long as the hub runs. */
import { type AuditReport, MOST_FINDINGS } from "@tallystick/protocol";
import { audit } from "./audit.ts";
import type { AuditedBook } from "./findings.ts";

export class AuditDesk {
  readonly #book: AuditedBook;
  #last: AuditReport | undefined;

  constructor(book: AuditedBook) {
    this.#book = book;
  }

  /** The one under way, or the last one. */
  get last(): AuditReport | undefined {
    return this.#last;
  }

  /** Begins one, unless one is under way; answers it. */
  begin(by: string): AuditReport {
    if (this.#last?.state === "running") return this.#last;
    const begun: AuditReport = { state: "running", by, startedAt: Date.now(), progress: 0 };
    this.#last = begun;
    void this.#run(begun);
    return begun;
  }

  async #run(begun: AuditReport): Promise<void> {
    const onProgress = (looked: number, all: number) => {
      this.#last = { ...begun, progress: all === 0 ? 1 : Math.min(1, looked / all) };
    };
    const end = (ended: Partial<AuditReport>) => {
      this.#last = { ...begun, ...ended, endedAt: Date.now() };
    };
    try {
      const { findings, accounts, freezes, issuances, vouchers, forgotten } = await audit(this.#book, {
        onProgress,
      });
      const counts = { accounts, freezes, issuances, vouchers, forgotten, findingCount: findings.length };
      const told = findings
        .slice(0, MOST_FINDINGS)
        .map(({ subject, problem, rule }) => ({ subject, problem, rule }));
      end({ state: findings.length === 0 ? "holds" : "found", progress: 1, ...counts, findings: told });
    } catch (error) {
      end({ state: "failed", progress: this.#last?.progress ?? 0, failure: String(error) });
    }
  }
}
