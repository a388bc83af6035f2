/** Takes steps in the model and in the real ledger, and compares what each says. */
import { type CommandPayloads, foldAll, hasEnded, lastDigits, REVIEWS } from "@tallystick/protocol";
import * as assert from "uvu/assert";
import {
  type AccountName,
  type AccountOutcome,
  accountTag,
  type WriteOptions,
} from "../../server/ledger/accounts.ts";
import { accountKeys, partitionKeys } from "../../server/ledger/keys.ts";
import type { Outcome } from "../../server/ledger/outcome.ts";
import { readIssuance } from "../helpers/read-issuance.ts";
import { setDeadline } from "../helpers/set-deadline.ts";
import { type Act, type Expected, isAllowed, Model, type ModelIssuance, rolesOf } from "./model.ts";
import type { TestLedger } from "./start-ledger.ts";
import { ACTS, type Sight, type Step } from "./steps.ts";

const CURRENCIES = ["CNY", "CNY", "CNY", "USD"] as const;
const NUMBERS = ["6222020200112233", "AB-7"] as const;
const HOLDERS = ["北京贸易 ltd", "acme café"] as const;

type Sent = Extract<Step, { kind: "act" }>["sent"];
/** A command as it was sent, so that it can be sent again. */
type Command =
  | { offer: Pick<ModelIssuance, "issuer" | "payer" | "amount" | "currency" | "review">; commandId: string }
  | { index: number; act: Act }
  | AccountWrite;

/** A write of an account, under the id of its intent. */
interface AccountWrite {
  name: AccountName;
  step: Extract<Step, { kind: "put" | "adjust" | "block" }>;
  options: WriteOptions;
  /** What it was answered when it changed something. */
  answer?: AccountOutcome;
}

let worlds = 0;

export class World {
  readonly #book: TestLedger;
  readonly #model = new Model();
  /** Parties of this world alone, so that worlds can share a store. */
  readonly #parties: readonly string[];
  /** The ids of the model's issuances. */
  readonly #ids: string[] = [];
  readonly #sent: Command[] = [];
  /** First answers, by issuance and what it was asked with. */
  readonly #answers = new Map<string, unknown>();
  readonly #onAnswer: (answer: string) => void;
  #fresh = 0;

  /** `onAnswer` is told what each command came to. */
  constructor(book: TestLedger, onAnswer: (answer: string) => void) {
    this.#book = book;
    this.#onAnswer = onAnswer;
    worlds += 1;
    this.#parties = ["a", "b", "c"].map((letter) => `${letter}-${worlds}`);
  }

  /** Gives every party an account with some money, so that not all is refused. */
  async begin(): Promise<void> {
    for (const [party, funds] of [0, 1, 2].map((place) => [place, place !== 1] as const)) {
      await this.take({ kind: "put", party, number: 0, funds, currency: 0, total: 150, name: 0 });
      await this.take({ kind: "put", party, number: 1, funds: !funds, currency: party, total: 60, name: 1 });
    }
  }

  /** Takes a step, and checks everything that it could have touched. */
  async take(step: Step): Promise<void> {
    const touched = await this.#run(step);
    await this.#checkAccounts();
    if (touched !== undefined) await this.#checkIssuance(touched);
  }

  async #run(step: Step): Promise<number | undefined> {
    const { issuances } = this.#model;
    switch (step.kind) {
      case "put":
      case "adjust":
      case "block":
        this.#fresh += 1;
        await this.#write({
          name: this.#accountOf(step),
          step,
          options: { writeId: `${this.#parties[0]}-${this.#fresh}` },
        });
        return undefined;
      case "request": {
        const [issuer, payer] = [this.#party(step.issuer), this.#party(step.payer)];
        const { amount, review } = step;
        const offer = { issuer, payer, amount, currency: pick(CURRENCIES, step.currency), review };
        return this.#request({ offer, commandId: `r${step.commandId}` });
      }
      case "again": {
        const command = this.#sent.at(step.step % Math.max(1, this.#sent.length));
        if (!command) return undefined;
        if ("step" in command) {
          await this.#write(command);
          return undefined;
        }
        return "offer" in command ? this.#request(command) : this.#act(command);
      }
    }
    // Most steps are for issuances that can still go somewhere; where there is none, one is begun.
    const live = issuances.flatMap(({ state }, place) => (hasEnded(state) ? [] : [place]));
    if (step.kind === "advance" && live.length === 0) return this.#beginAnother(step);
    const index = pick(step.kind === "advance" ? live : [...issuances.keys()], step.issuance);
    const issuance = issuances[index];
    if (!issuance) return undefined;
    if (step.kind === "pass deadline") await this.#passDeadline(index, issuance);
    else if (step.kind === "expire") await this.#expire(index, issuance);
    else
      await this.#act({
        index,
        act: step.kind === "act" ? this.#anyAct(issuance, step) : this.#nextAct(issuance, step),
      });
    return index;
  }

  #beginAnother(step: Extract<Step, { kind: "advance" }>): Promise<number | undefined> {
    const { choice, issuance, sent } = step;
    const [issuer, payer] = [this.#party(choice), this.#party(issuance)];
    const review = pick(REVIEWS, choice + sent.number);
    this.#fresh += 1;
    return this.#request({
      offer: { issuer, payer, amount: 10 * (issuance + 1), currency: pick(CURRENCIES, sent.number), review },
      commandId: `f${this.#fresh}`,
    });
  }

  async #request(command: Extract<Command, { offer: object }>): Promise<number | undefined> {
    const { offer, commandId } = command;
    const { issuer, ...payload } = offer;
    const { expected, index } = this.#model.request(offer, commandId);
    const outcome = await this.#book.ledger.requestPayer({ party: issuer }, { commandId, ...payload });
    if (index === undefined) check(expected, outcome, undefined);
    else {
      if (outcome.kind === "done") this.#ids[index] = outcome.snapshot.issuanceId;
      this.#compare(expected, outcome, { index, memory: `issuer ${commandId}` });
    }
    this.#sent.push(command);
    return index;
  }

  async #act(command: Extract<Command, { act: Act }>): Promise<number> {
    const { index, act } = command;
    const { command: name, party, commandId, ifVersion, seen, account } = act;
    const payload = {
      commandId,
      issuanceId: this.#id(index),
      ...(ifVersion !== undefined && { ifVersion }),
      ...(seen && { seen }),
      // As people write names: another case and more white space are the same name.
      ...(account && { account: { ...account, holder: ` ${account.holder.toUpperCase()}\u3000` } }),
    } as CommandPayloads[typeof name];
    const issuance = this.#model.issuances[index] as ModelIssuance;
    const expected = this.#model.act(issuance, act);
    const outcome = await this.#book.ledger.execute(name, { party }, payload);
    this.#compare(expected, outcome, { index, memory: `${rolesOf(issuance, party)[0]} ${commandId}` });
    this.#sent.push(command);
    return index;
  }

  /** Checks an answer, and keeps it when it is one that has to be given again. */
  #compare(expected: Expected, outcome: Outcome, of: { index: number; memory: string }): void {
    const { repeated, isNewest: _, ...answer } = outcome;
    if ("ended" in answer) Reflect.deleteProperty(answer, "ended");
    const issuance = this.#model.issuances[of.index] as ModelIssuance;
    const name = `${of.index} ${of.memory}`;
    this.#onAnswer(expected.result === "done" ? expected.type : expected.result);
    assert.is(repeated, expected.result === "again");
    if (expected.result === "again") {
      assert.equal(answer, this.#answers.get(name), "a repeat is answered as before");
      return;
    }
    if (outcome.event) issuance.digests.push(outcome.event.digest);
    check(expected, outcome, issuance);
    if (issuance.asked.has(of.memory) && !this.#answers.has(name)) this.#answers.set(name, answer);
  }

  async #passDeadline(index: number, issuance: ModelIssuance): Promise<void> {
    this.#model.passDeadline(issuance);
    if (!hasEnded(issuance.state)) await setDeadline(this.#book.store, this.#id(index), 1);
  }

  async #expire(index: number, issuance: ModelIssuance): Promise<void> {
    const expected = this.#model.expire(issuance);
    const outcome = await this.#book.ledger.expire(this.#id(index));
    if (outcome.event) issuance.digests.push(outcome.event.digest);
    check(expected, outcome, issuance);
    if (expected.result === "done") this.#onAnswer(expected.type);
  }

  #anyAct(issuance: ModelIssuance, step: Extract<Step, { kind: "act" }>): Act {
    return {
      command: step.command,
      party: this.#party(step.party),
      commandId: `c${step.commandId % 4}`,
      ifVersion: versionFor(issuance, step.version),
      seen: seenOf(issuance, step.seen),
      ...(step.command === "account:submit" && { account: this.#sentAccount(issuance.payer, step.sent) }),
    };
  }

  /** What somebody could do now; seldom something that ends it in vain. */
  #nextAct(issuance: ModelIssuance, step: Extract<Step, { kind: "advance" }>): Act {
    const allowed = ACTS.filter((name) => isAllowed(issuance, name));
    const onwards = allowed.filter((name) => name !== "issuance:cancel" && name !== "payer:decline");
    const place = step.choice + step.sent.number;
    const command = pick(step.choice < 11 ? onwards : allowed, place) ?? "issuance:cancel";
    const isIssuers = command === "issuance:open" || command === "issuance:accept";
    this.#fresh += 1;
    return {
      command,
      party:
        isIssuers || (command === "account:change" && step.choice % 2 === 0)
          ? issuance.issuer
          : issuance.payer,
      commandId: `f${this.#fresh}`,
      ifVersion: versionFor(issuance, step.version),
      seen: seenOf(issuance, step.seen),
      ...(command === "account:submit" && { account: this.#sentAccount(issuance.payer, step.sent) }),
    };
  }

  #sentAccount(payer: string, { number: place, isRightName }: Sent): { number: string; holder: string } {
    const number = pick(NUMBERS, place);
    const account = this.#model.accounts.get(`${payer}/${number}`);
    return { number, holder: isRightName ? (account?.holder ?? HOLDERS[0]) : "somebody else" };
  }

  /** Any account, or one that stands in an issuance, so that an acceptance finds it changed. */
  #accountOf({ kind, party, number }: { kind: string; party: number; number: number }) {
    const verified = this.#model.issuances.filter(({ state }) => state === "verified");
    const issuance = pick(verified, party);
    if (kind === "block" && number % 2 === 0 && issuance?.standing) {
      return { party: issuance.payer, number: issuance.standing.number };
    }
    return { party: this.#party(party), number: pick(NUMBERS, number) };
  }

  /** Writes an account as it is at this moment; a repeat, whose condition has come untrue since, is answered as before. */
  async #write(write: AccountWrite): Promise<void> {
    const { name, step } = write;
    const account = await this.#book.accounts.get(name);
    const { writeId } = write.options;
    if (!write.answer) write.options = account ? { writeId, ifMatch: [accountTag(account)] } : { writeId };
    if (!account && step.kind === "put") write.options.ifNoneMatch = "*";
    const isNew = write.answer === undefined && !this.#isKnownReference(write);
    const expected = write.answer ? "done" : this.#expectWrite(write);
    const outcome = await this.#sendWrite(write);
    checkAccountAnswer(expected, outcome);
    if (write.answer) assert.equal(outcome, write.answer, "a repeat is answered as before");
    else this.#sent.push(write);
    if (isNew && outcome.kind === "done") write.answer = outcome;
  }

  /** Its answer is kept under the reference, and not under the write's id. */
  #isKnownReference({ name, step }: AccountWrite): boolean {
    const account = this.#model.accounts.get(`${name.party}/${name.number}`);
    return step.kind === "adjust" && account?.references.has(`ref-${step.reference}`) === true;
  }

  #expectWrite({ name, step }: AccountWrite): string {
    const key = `${name.party}/${name.number}`;
    if (step.kind === "block") return this.#model.setStatus(key, step.isBlocked ? "blocked" : "active");
    if (step.kind === "adjust") return this.#model.adjust(key, step.amount, `ref-${step.reference}`);
    const { total } = step;
    const body = { currency: pick(CURRENCIES, step.currency), holder: pick(HOLDERS, step.name) };
    return this.#model.put(key, { ...body, kind: step.funds ? "funds" : "credit", total });
  }

  #sendWrite({ name, step, options }: AccountWrite): Promise<AccountOutcome> {
    const { accounts } = this.#book;
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

  async #checkAccounts(): Promise<void> {
    const { ledger, accounts, store } = this.#book;
    const all = [...this.#model.accounts].map(async ([key, model]) => {
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
    return this.#model.issuances.filter(
      ({ state, payer, standing }) => state === "issued" && `${payer}/${standing?.number}` === account,
    );
  }

  async #checkIssuance(index: number): Promise<void> {
    const issuance = this.#model.issuances[index] as ModelIssuance;
    const reading = await readIssuance(this.#book.ledger, this.#id(index));
    assert.equal(viewOf(reading.snapshot), viewOfModel(issuance));
    assert.is(reading.due, issuance.isDue);
    const { deadline, ...folded } = foldAll(reading.events) ?? {};
    const { deadline: kept, ...snapshot } = reading.snapshot;
    assert.equal(folded, snapshot, "the log folds to the snapshot");
    if (!issuance.isDue) assert.is(deadline, kept);
  }

  /** Checks what no single step shows: vouchers, queues and lists. */
  async finish(): Promise<void> {
    const { store, ledger } = this.#book;
    for (const [index, issuance] of this.#model.issuances.entries()) {
      const id = this.#id(index);
      await this.#checkIssuance(index);
      const voucher = await ledger.vouchers.read(`v${id}`);
      assert.is(
        voucher.kind === "found" ? voucher.snapshot.amount : undefined,
        issuance.state === "issued" ? issuance.amount : undefined,
      );
      const queue = partitionKeys.deadlines(ledger.partitionOf(issuance.payer));
      assert.is((await store.zscore(queue, id)) === null, hasEnded(issuance.state));
    }
    for (const party of this.#parties) {
      const page = await ledger.openIssuances.list({ party, limit: 100 });
      const mine = this.#model.issuances.map((issuance, index) => ({ issuance, id: this.#id(index) }));
      const open = mine.filter(
        ({ issuance }) => rolesOf(issuance, party).length > 0 && !hasEnded(issuance.state),
      );
      assert.equal(page?.open.map(({ issuanceId }) => issuanceId).sort(), open.map(({ id }) => id).sort());
    }
  }

  #party(place: number): string {
    return pick(this.#parties, place);
  }

  #id(index: number): string {
    return this.#ids[index] as string;
  }
}

function pick<T>(list: readonly T[], place: number): T {
  return list[place % list.length] as T;
}

/** What a command says that its sender has seen. */
function seenOf({ version, digests }: ModelIssuance, sight: Sight): Act["seen"] {
  const newest = digests[version - 1] ?? OTHER_DIGEST;
  if (sight === "newest") return { version, digest: newest };
  if (sight === "first") return { version: 1, digest: digests[0] ?? OTHER_DIGEST };
  if (sight === "later") return { version: version + 1, digest: newest };
  return sight === "another" ? { version, digest: OTHER_DIGEST } : undefined;
}

const OTHER_DIGEST = "0123456789ab";

function versionFor({ version }: ModelIssuance, which: "any" | "present" | "other"): number | undefined {
  return { any: undefined, present: version, other: version + 1 }[which];
}

function check(expected: Expected, outcome: Outcome, issuance: ModelIssuance | undefined): void {
  if (expected.result === "done") {
    if (outcome.kind !== "done")
      throw new Error(`expected ${expected.type}, and it was refused: ${outcome.code}`);
    const { type, by, version, state } = outcome.event;
    assert.equal(
      { type, by, version, state },
      { type: expected.type, by: expected.by, version: issuance?.version, state: issuance?.state },
    );
    assert.equal(viewOf(outcome.snapshot), issuance && viewOfModel(issuance));
    return;
  }
  if (outcome.kind === "done")
    throw new Error(`expected ${expected.result}, and it was done: ${outcome.event.type}`);
  assert.is(outcome.code, expected.result);
  assert.is(outcome.event?.type, "isEvent" in expected && expected.isEvent ? "account.refused" : undefined);
  if (outcome.snapshot) assert.equal(viewOf(outcome.snapshot), issuance && viewOfModel(issuance));
  else if ("detail" in expected && expected.detail !== undefined)
    assert.equal(outcome.details, detailsOf(expected.result, expected.detail));
}

function detailsOf(code: string, detail: string | number): object {
  if (code === "forbidden") return { role: detail };
  if (code === "wrong_state") return { state: detail };
  return detail === "commandId" ? { commandId: "used before" } : { version: detail };
}

function checkAccountAnswer(expected: string, outcome: AccountOutcome): void {
  assert.is(outcome.kind === "done" ? "done" : outcome.code, expected);
}

function viewOf(snapshot: NonNullable<Outcome["snapshot"]>) {
  const { issuer, payer, amount, currency, review, state, version, changes, account, voucher } = snapshot;
  return {
    issuer,
    payer,
    amount,
    currency,
    review,
    state,
    version,
    changes,
    account,
    hasVoucher: voucher !== undefined,
  };
}

function viewOfModel({
  standing,
  asked: _,
  digests: ____,
  isDue: __,
  refusals: ___,
  ...issuance
}: ModelIssuance): ReturnType<typeof viewOf> {
  const account = standing && { kind: standing.kind, last4: lastDigits(standing.number) };
  return { ...issuance, account, hasVoucher: issuance.state === "issued" };
}
