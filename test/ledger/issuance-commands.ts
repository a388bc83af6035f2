/** Commands of issuances, in the model and in the real ledger, and what both then hold. */
import { type CommandPayloads, foldAll, hasEnded, REVIEWS } from "@tallystick/protocol";
import * as assert from "uvu/assert";
import { partitionKeys } from "../../server/ledger/keys.ts";
import type { Outcome } from "../../server/ledger/outcome.ts";
import { readIssuance } from "../helpers/read-issuance.ts";
import { setDeadline } from "../helpers/set-deadline.ts";
import { anyAct, nextAct } from "./choose-act.ts";
import { check, viewOf, viewOfModel } from "./compare-issuance.ts";
import { type Act, type Expected, type ModelIssuance, rolesOf } from "./model.ts";
import { CURRENCIES, pick, type Setting } from "./setting.ts";
import type { Step } from "./steps.ts";

/** A command as it was sent, so that it can be sent again. */
export type Command =
  | { offer: Pick<ModelIssuance, "issuer" | "payer" | "amount" | "currency" | "review">; commandId: string }
  | { index: number; act: Act };

type Request = Extract<Command, { offer: object }>;

export class IssuanceCommands {
  readonly #setting: Setting;
  /** The ids of the model's issuances. */
  readonly #ids: string[] = [];
  /** First answers, by issuance and what it was asked with. */
  readonly #answers = new Map<string, unknown>();
  readonly #onAnswer: (answer: string) => void;

  /** `onAnswer` is told what each command came to. */
  constructor(setting: Setting, onAnswer: (answer: string) => void) {
    this.#setting = setting;
    this.#onAnswer = onAnswer;
  }

  /** The request that a step means. */
  requestOf(step: Extract<Step, { kind: "request" }>): Request {
    const [issuer, payer] = [this.#setting.party(step.issuer), this.#setting.party(step.payer)];
    const { amount, review } = step;
    const offer = { issuer, payer, amount, currency: pick(CURRENCIES, step.currency), review };
    return { offer, commandId: `r${step.commandId}` };
  }

  /** A request that nobody has made before. */
  freshRequest({ choice, issuance, sent }: Extract<Step, { kind: "advance" }>): Request {
    const [issuer, payer] = [this.#setting.party(choice), this.#setting.party(issuance)];
    const review = pick(REVIEWS, choice + sent.number);
    return {
      offer: { issuer, payer, amount: 10 * (issuance + 1), currency: pick(CURRENCIES, sent.number), review },
      commandId: `f${this.#setting.fresh()}`,
    };
  }

  /** The command that a step means for an issuance. */
  actOf(index: number, step: Extract<Step, { kind: "act" | "advance" }>): Command {
    const issuance = this.#setting.model.issuances[index] as ModelIssuance;
    const act =
      step.kind === "act" ? anyAct(this.#setting, issuance, step) : nextAct(this.#setting, issuance, step);
    return { index, act };
  }

  /** Sends a command, and answers the issuance's place in the model where there is one. */
  send(command: Command): Promise<number | undefined> {
    return "offer" in command ? this.#request(command) : this.#act(command);
  }

  async #request(command: Request): Promise<number | undefined> {
    const { offer, commandId } = command;
    const { issuer, ...payload } = offer;
    const { expected, index } = this.#setting.model.request(offer, commandId);
    const outcome = await this.#setting.book.ledger.requestPayer(
      { party: issuer },
      { commandId, ...payload },
    );
    if (index === undefined) check(expected, outcome, undefined);
    else {
      if (outcome.kind === "done") this.#ids[index] = outcome.snapshot.issuanceId;
      this.#compare(expected, outcome, { index, memory: `issuer ${commandId}` });
    }
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
    const issuance = this.#setting.model.issuances[index] as ModelIssuance;
    const expected = this.#setting.model.act(issuance, act);
    const outcome = await this.#setting.book.ledger.execute(name, { party }, payload);
    this.#compare(expected, outcome, { index, memory: `${rolesOf(issuance, party)[0]} ${commandId}` });
    return index;
  }

  /** Checks an answer, and keeps it when it is one that has to be given again. */
  #compare(expected: Expected, outcome: Outcome, of: { index: number; memory: string }): void {
    const { repeated, isNewest: _, ...answer } = outcome;
    if ("ended" in answer) Reflect.deleteProperty(answer, "ended");
    const issuance = this.#setting.model.issuances[of.index] as ModelIssuance;
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

  async passDeadline(index: number): Promise<void> {
    const issuance = this.#setting.model.issuances[index] as ModelIssuance;
    this.#setting.model.passDeadline(issuance);
    if (!hasEnded(issuance.state)) await setDeadline(this.#setting.book.store, this.#id(index), 1);
  }

  async expire(index: number): Promise<void> {
    const issuance = this.#setting.model.issuances[index] as ModelIssuance;
    const expected = this.#setting.model.expire(issuance);
    const outcome = await this.#setting.book.ledger.expire(this.#id(index));
    if (outcome.event) issuance.digests.push(outcome.event.digest);
    check(expected, outcome, issuance);
    if (expected.result === "done") this.#onAnswer(expected.type);
  }

  /** Holds an issuance, and what its log folds to, against the model. */
  async check(index: number): Promise<void> {
    const issuance = this.#setting.model.issuances[index] as ModelIssuance;
    const reading = await readIssuance(this.#setting.book.ledger, this.#id(index));
    assert.equal(viewOf(reading.snapshot), viewOfModel(issuance));
    assert.is(reading.due, issuance.isDue);
    const { deadline, ...folded } = foldAll(reading.events) ?? {};
    const { deadline: kept, ...snapshot } = reading.snapshot;
    assert.equal(folded, snapshot, "the log folds to the snapshot");
    if (!issuance.isDue) assert.is(deadline, kept);
  }

  /** Checks what no single step shows: vouchers, queues and lists. */
  async finish(): Promise<void> {
    const { store, ledger } = this.#setting.book;
    for (const [index, issuance] of this.#setting.model.issuances.entries()) {
      const id = this.#id(index);
      await this.check(index);
      const voucher = await ledger.vouchers.read(`v${id}`);
      assert.is(
        voucher.kind === "found" ? voucher.snapshot.amount : undefined,
        issuance.state === "issued" ? issuance.amount : undefined,
      );
      const queue = partitionKeys.deadlines(ledger.partitionOf(issuance.payer));
      assert.is((await store.zscore(queue, id)) === null, hasEnded(issuance.state));
    }
    for (const party of this.#setting.parties) {
      const page = await ledger.openIssuances.list({ party, limit: 100 });
      const mine = this.#setting.model.issuances.map((issuance, index) => ({
        issuance,
        id: this.#id(index),
      }));
      const open = mine.filter(
        ({ issuance }) => rolesOf(issuance, party).length > 0 && !hasEnded(issuance.state),
      );
      assert.equal(page?.open.map(({ issuanceId }) => issuanceId).sort(), open.map(({ id }) => id).sort());
    }
  }

  #id(index: number): string {
    return this.#ids[index] as string;
  }
}
