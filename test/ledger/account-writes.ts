/** Writes of accounts, in the model and in the real ledger, and what both then hold. */
import * as assert from "uvu/assert";
import {
  type AccountName,
  type AccountOutcome,
  accountTag,
  type WriteOptions,
} from "../../server/ledger/accounts.ts";
import { accountKeys } from "../../server/ledger/keys.ts";
import type { ModelIssuance } from "./model.ts";
import { CURRENCIES, HOLDERS, NUMBERS, pick, type Setting } from "./setting.ts";
import type { Step } from "./steps.ts";

type AccountStep = Extract<Step, { kind: "put" | "adjust" | "block" }>;

/** A write of an account, under the id of its intent. */
export interface AccountWrite {
  name: AccountName;
  step: AccountStep;
  options: WriteOptions;
  /** What it was answered when it changed something. */
  answer?: AccountOutcome;
}

export class AccountWrites {
  readonly #setting: Setting;

  constructor(setting: Setting) {
    this.#setting = setting;
  }

  /** The write that a step means. */
  of(step: AccountStep): AccountWrite {
    const { parties } = this.#setting;
    return {
      name: this.#accountOf(step),
      step,
      options: { writeId: `${parties[0]}-${this.#setting.fresh()}`.padEnd(22, "-") },
    };
  }

  /** Writes an account as it is at this moment; a repeat, whose condition has come untrue since, is answered as before. */
  async send(write: AccountWrite): Promise<void> {
    const { name, step } = write;
    const account = await this.#setting.book.accounts.get(name);
    const { writeId } = write.options;
    if (!write.answer) write.options = account ? { writeId, ifMatch: [accountTag(account)] } : { writeId };
    if (!account && step.kind === "put") write.options.ifNoneMatch = "*";
    const isNew = write.answer === undefined && !this.#isKnownReference(write);
    const expected = write.answer ? "done" : this.#expectWrite(write);
    const outcome = await this.#sendWrite(write);
    checkAccountAnswer(expected, outcome);
    if (write.answer) assert.equal(outcome, write.answer, "a repeat is answered as before");
    if (isNew && outcome.kind === "done") write.answer = outcome;
  }

  /** Any account, or one that stands in an issuance, so that an acceptance finds it changed. */
  #accountOf({ kind, party, number }: { kind: string; party: number; number: number }) {
    const verified = this.#setting.model.issuances.filter(({ state }) => state === "verified");
    const issuance = pick(verified, party);
    if (kind === "block" && number % 2 === 0 && issuance?.standing) {
      return { party: issuance.payer, number: issuance.standing.number };
    }
    return { party: this.#setting.party(party), number: pick(NUMBERS, number) };
  }

  /** Its answer is kept under the reference, and not under the write's id. */
  #isKnownReference({ name, step }: AccountWrite): boolean {
    const account = this.#setting.model.accounts.get(`${name.party}/${name.number}`);
    return step.kind === "adjust" && account?.references.has(`ref-${step.reference}`) === true;
  }

  #expectWrite({ name, step }: AccountWrite): string {
    const key = `${name.party}/${name.number}`;
    if (step.kind === "block")
      return this.#setting.model.setStatus(key, step.isBlocked ? "blocked" : "active");
    if (step.kind === "adjust") return this.#setting.model.adjust(key, step.amount, `ref-${step.reference}`);
    const { total } = step;
    const body = { currency: pick(CURRENCIES, step.currency), holder: pick(HOLDERS, step.name) };
    return this.#setting.model.put(key, { ...body, kind: step.funds ? "funds" : "credit", total });
  }

  #sendWrite({ name, step, options }: AccountWrite): Promise<AccountOutcome> {
    const { accounts } = this.#setting.book;
    if (step.kind === "block")
      return accounts.setStatus(name, step.isBlocked ? "blocked" : "active", options);
    if (step.kind === "adjust") {
      const { amount, reference } = step;
      return accounts.adjust(name, { amount, reference: `ref-${reference}` }, options);
    }
    const { total } = step;
    const body = { currency: pick(CURRENCIES, step.currency), holder: pick(HOLDERS, step.name) };
    return accounts.put(
      name,
      step.funds ? { ...body, kind: "funds", balance: total } : { ...body, kind: "credit", limit: total },
      options,
    );
  }

  /** Holds every account, and what is frozen in it, against the model. */
  async check(): Promise<void> {
    const { ledger, accounts, store } = this.#setting.book;
    const all = [...this.#setting.model.accounts].map(async ([key, model]) => {
      const [party = "", number = ""] = key.split("/");
      const account = await accounts.get({ party, number });
      const { kind, currency, holder, status, frozen, total } = model;
      const sum = kind === "funds" ? { balance: total } : { limit: total, used: 0 };
      const available = total - frozen;
      assert.equal(account, { party, number, holder, kind, currency, ...sum, frozen, available, status });
      assert.ok(frozen >= 0 && available >= 0);
      const keys = accountKeys({ partition: ledger.partitionOf(party), party, number });
      const freezes = (await store.hvals(keys.freezes)).map(Number);
      const inFreezes = freezes.reduce((before, amount) => before + amount, 0);
      assert.equal([inFreezes, freezes.length], [frozen, this.#freezesOf(key).length]);
    });
    await Promise.all(all);
  }

  /** The issuances that hold money of an account. */
  #freezesOf(account: string): ModelIssuance[] {
    return this.#setting.model.issuances.filter(
      ({ state, payer, standing }) => state === "issued" && `${payer}/${standing?.number}` === account,
    );
  }
}

function checkAccountAnswer(expected: string, outcome: AccountOutcome): void {
  assert.is(outcome.kind === "done" ? "done" : outcome.code, expected);
}
