/** Takes steps in the model and in the real ledger, and compares what each says. */
import { hasEnded } from "@tallystick/protocol";
import { type AccountWrite, AccountWrites } from "./account-writes.ts";
import { type Command, IssuanceCommands } from "./issuance-commands.ts";
import { pick, Setting } from "./setting.ts";
import type { TestLedger } from "./start-ledger.ts";
import type { Step } from "./steps.ts";

export class World {
  readonly #setting: Setting;
  readonly #accounts: AccountWrites;
  readonly #issuances: IssuanceCommands;
  /** What was sent, so that it can be sent again. */
  readonly #sent: (Command | AccountWrite)[] = [];

  /** `onAnswer` is told what each command came to. */
  constructor(book: TestLedger, onAnswer: (answer: string) => void) {
    this.#setting = new Setting(book);
    this.#accounts = new AccountWrites(this.#setting);
    this.#issuances = new IssuanceCommands(this.#setting, onAnswer);
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
    await this.#accounts.check();
    if (touched !== undefined) await this.#issuances.check(touched);
  }

  /** Checks what no single step shows: vouchers, queues and lists. */
  finish(): Promise<void> {
    return this.#issuances.finish();
  }

  async #run(step: Step): Promise<number | undefined> {
    switch (step.kind) {
      case "put":
      case "adjust":
      case "block":
        return this.#send(this.#accounts.of(step));
      case "request":
        return this.#send(this.#issuances.requestOf(step));
      case "again": {
        const before = this.#sent.at(step.step % Math.max(1, this.#sent.length));
        return before && this.#send(before);
      }
      default:
        return this.#go(step);
    }
  }

  /** Takes a step of an issuance that is there. */
  async #go(step: Extract<Step, { issuance: number }>): Promise<number | undefined> {
    const { issuances } = this.#setting.model;
    // Most steps are for issuances that can still go somewhere; where there is none, one is begun.
    const live = issuances.flatMap(({ state }, place) => (hasEnded(state) ? [] : [place]));
    if (step.kind === "advance" && live.length === 0) return this.#send(this.#issuances.freshRequest(step));
    const index = pick(step.kind === "advance" ? live : [...issuances.keys()], step.issuance);
    if (issuances[index] === undefined) return undefined;
    if (step.kind === "pass deadline") await this.#issuances.passDeadline(index);
    else if (step.kind === "expire") await this.#issuances.expire(index);
    else await this.#send(this.#issuances.actOf(index, step));
    return index;
  }

  /** Sends what is new, or once more what was sent before; answers the place of the issuance that it touched. */
  async #send(command: Command | AccountWrite): Promise<number | undefined> {
    if ("step" in command) {
      const isAnswered = command.answer !== undefined;
      await this.#accounts.send(command);
      if (!isAnswered) this.#sent.push(command);
      return undefined;
    }
    const touched = await this.#issuances.send(command);
    this.#sent.push(command);
    return touched;
  }
}
