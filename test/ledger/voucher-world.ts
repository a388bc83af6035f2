/** Takes steps of vouchers' lives in the model and in the real ledger, and compares what each says. */
import { hasVoucherEnded, type VoucherCommandPayloads, voucherRuleOf } from "@tallystick/protocol";
import * as assert from "uvu/assert";
import { accountKeys, partitionKeys } from "../../server/ledger/keys.ts";
import type { FoundSettlement, SettlementOutcome } from "../../server/ledger/settlements.ts";
import type { VoucherOutcome } from "../../server/ledger/voucher-outcome.ts";
import { findPayee } from "../../server/vouchers/find-payee.ts";
import { freshId } from "../helpers/raw-terminal.ts";
import { makeOlderIn } from "../vouchers/time.ts";
import type { TestLedger } from "./start-ledger.ts";
import { type Act, type ModelSettlement, type ModelVoucher, VoucherModel } from "./voucher-model.ts";
import type { VoucherStep } from "./voucher-steps.ts";

type ActStep = Extract<VoucherStep, { kind: "act" }>;
interface Sent {
  index: number;
  act: Act;
  payload: object;
}
/** What a hub has found of a settlement, which may be out of date when it goes on. */
interface Found {
  settlement: ModelSettlement;
  stored: FoundSettlement;
}

let worlds = 0;

export class VoucherWorld {
  readonly #book: TestLedger;
  readonly #model = new VoucherModel();
  readonly #parties: readonly string[];
  readonly #ids: string[] = [];
  /** The version that was the newest when a voucher's times were moved: its digest no longer fits. */
  readonly #aged = new Map<number, number>();
  readonly #sent: Sent[] = [];
  readonly #found: Found[] = [];
  readonly #answers = new Map<string, unknown>();
  readonly #onAnswer: (answer: string) => void;
  #clearingBefore = 0;

  /** `onAnswer` is told what each step came to. */
  constructor(book: TestLedger, onAnswer: (answer: string) => void) {
    this.#book = book;
    this.#onAnswer = onAnswer;
    worlds += 1;
    this.#parties = ["a", "b", "c"].map((letter) => `${letter}-${worlds}-voucher`);
  }

  get #spare(): string {
    return `spare-${worlds}`;
  }

  async begin(): Promise<void> {
    this.#clearingBefore = await this.#readClearing();
    for (const [index, party] of this.#parties.entries()) {
      await this.#put(party, "FROM", index === 1 ? "credit" : "funds", 150);
      await this.#put(party, "TO", "funds", 0);
    }
    await this.#put(this.#spare, "TO", "funds", 0);
    await this.take({ kind: "issue", issuer: 0, payer: 1, beneficiary: 2, approver: 1, amount: 40 });
  }

  /** Takes a step, and checks all money, and the voucher that it could have touched. */
  async take(step: VoucherStep): Promise<void> {
    const touched = await this.#run(step);
    await this.#checkMoney();
    if (touched !== undefined) await this.#checkVoucher(touched);
  }

  /** Hubs come back and carry out what is left. */
  async finish(): Promise<void> {
    while (this.#model.settlements.some(({ state }) => state === "open")) {
      await this.take({ kind: "find", settlement: 0 });
      await this.take({ kind: "credit", found: this.#found.length - 1 });
      await this.take({ kind: "close", found: this.#found.length - 1 });
    }
  }

  async #run(step: VoucherStep): Promise<number | undefined> {
    switch (step.kind) {
      case "issue":
        return this.#issue(step);
      case "act":
        return this.#act(step);
      case "again": {
        const sent = at(this.#sent, step.step);
        return sent && this.#send(sent);
      }
      case "void":
        return this.#void(step);
      case "silence":
      case "expiry":
        return this.#passTime(step);
      case "find":
        return this.#find(step.settlement);
      case "credit":
      case "close":
        return this.#goOn(step);
      case "redirect":
      case "report":
        return this.#decide(step);
      case "payee": {
        const party = at(this.#parties, step.party) as string;
        const kind = step.isFunds ? "funds" : "credit";
        if (this.#model.account(`${party}/TO`).kind !== kind) await this.#put(party, "TO", kind, 0);
        return undefined;
      }
    }
  }

  async #put(party: string, number: string, kind: "funds" | "credit", total: number): Promise<void> {
    const common = { holder: party, currency: "CNY" };
    const body = kind === "funds" ? { ...common, kind, balance: total } : { ...common, kind, limit: total };
    const outcome = await this.#book.accounts.put({ party, number }, body);
    assert.is(outcome.kind, "done");
    this.#model.setAccount(`${party}/${number}`, kind, total);
  }

  async #issue(step: Extract<VoucherStep, { kind: "issue" }>): Promise<number | undefined> {
    const [issuer, payer, beneficiary] = [step.issuer, step.payer, step.beneficiary].map((place) =>
      at(this.#parties, place),
    ) as [string, string, string];
    const { amount } = step;
    if (!this.#model.canIssue(payer, amount)) return undefined;
    const wanted = ([undefined, "issuer", "payer", "payer"] as const)[step.approver % 4];
    const approver = wanted && { issuer, payer }[wanted] !== beneficiary ? wanted : undefined;
    const { ledger } = this.#book;
    const fresh = () => ({ commandId: freshId() });
    const requested = await ledger.requestPayer(
      { party: issuer },
      {
        ...fresh(),
        payer,
        beneficiary,
        amount,
        currency: "CNY",
        review: "none",
        ...(approver && { approval: { by: approver, within: 3600 } }),
      },
    );
    assert.ok(requested.kind === "done");
    const { issuanceId } = requested.snapshot;
    if (issuer !== payer) await ledger.execute("payer:agree", { party: payer }, { ...fresh(), issuanceId });
    await ledger.execute("issuance:open", { party: issuer }, { ...fresh(), issuanceId });
    const account = { number: "FROM", holder: payer };
    const issued = await ledger.execute(
      "account:submit",
      { party: payer },
      { ...fresh(), issuanceId, account },
    );
    assert.is(issued.kind, "done");
    this.#model.issue({ issuer, payer, beneficiary, approver, amount });
    return this.#ids.push(`v${issuanceId}`) - 1;
  }

  async #act(step: ActStep): Promise<number | undefined> {
    const index = step.voucher % this.#ids.length;
    const voucher = this.#model.vouchers[index] as ModelVoucher;
    const { command, amount, final } = step;
    const [role] = voucherRuleOf(command).roles;
    const right = role === "approver" ? (voucher.approver ?? "payer") : (role as "issuer" | "beneficiary");
    const party = step.isRightParty ? voucher[right] : (at(this.#parties, step.party) as string);
    const waiting = voucher.drawings.filter(({ state }) => state === "presented");
    const drawingId = (at(waiting, step.drawing) ?? at(voucher.drawings, step.drawing))?.id ?? 99;
    const own = {
      "voucher:draw": {
        to: { number: "TO", holder: party },
        ...(amount !== undefined && { amount }),
        ...(final && { final }),
      },
      "voucher:release": amount === undefined ? {} : { amount },
      "drawing:approve": { drawingId: String(drawingId) },
      "drawing:refuse": { drawingId: String(drawingId), reason: "late" },
    }[command as "voucher:draw"];
    const content = JSON.stringify([command, own ?? {}]);
    const seen = await this.#seen(step, index);
    const ifVersion =
      step.version === "any" ? undefined : step.version === "present" ? voucher.version : voucher.version + 1;
    const commandId = `c-${step.commandId}`;
    const act: Act = {
      command,
      party,
      commandId,
      content,
      ifVersion,
      isSeenWrong: seen !== undefined && (step.seen === "later" || step.seen === "another"),
      amount,
      drawingId,
      final,
    };
    const payload = { commandId, ...own };
    this.#sent.push({ index, act: { ...act, ifVersion: undefined, isSeenWrong: false }, payload });
    return this.#send({ index, act, payload: { ...payload, ifVersion, seen } });
  }

  async #seen({ seen }: ActStep, index: number): Promise<{ version: number; digest: string } | undefined> {
    if (seen === "nothing") return undefined;
    const reading = await this.#book.ledger.vouchers.read(this.#ids[index] as string);
    assert.ok(reading.kind === "found");
    const event = seen === "first" ? reading.events[0] : reading.events.at(-1);
    assert.ok(event);
    const { version, digest } = event;
    if (seen === "later") return { version: version + 1, digest };
    if (seen === "another") return { version, digest: "000000000000" };
    return this.#aged.get(index) === version ? undefined : { version, digest };
  }

  async #send({ index, act, payload }: Sent): Promise<number> {
    const voucher = this.#model.vouchers[index] as ModelVoucher;
    const { command, party, commandId } = act;
    const expected = this.#model.act(voucher, act);
    const { ledger } = this.#book;
    const whole = { ...payload, voucherId: this.#ids[index] } as VoucherCommandPayloads["voucher:draw"];
    const payee = command === "voucher:draw" ? await findPayee(ledger, { party, ...whole.to }) : undefined;
    const outcome = await ledger.vouchers.execute(command, { party }, whole as never, payee);
    const was = nameOf(outcome);
    assert.is(was, expected, `${command} of ${party} with ${JSON.stringify(whole)}`);
    this.#onAnswer(expected);
    if (outcome.kind !== "done") return index;
    this.#checkAnswer(`${index} ${party} ${commandId}`, outcome);
    if (outcome.isDue) await this.#advance(index);
    this.#model.expireIfDue(voucher);
    return index;
  }

  /** A repeat is answered as the first time. */
  #checkAnswer(key: string, outcome: Extract<VoucherOutcome, { kind: "done" }>): void {
    const { event, snapshot } = outcome;
    // These the test moves.
    const answer = { event, snapshot: { ...snapshot, issuedAt: 0, expiresAt: 0 } };
    if (outcome.repeated) assert.equal(answer, this.#answers.get(key));
    else this.#answers.set(key, answer);
  }

  async #void({ voucher: place, reference }: Extract<VoucherStep, { kind: "void" }>): Promise<number> {
    const index = place % this.#ids.length;
    const voucher = this.#model.vouchers[index] as ModelVoucher;
    const name = `operator r-${reference}`;
    const expected = voucher.asked.has(name) ? "again" : this.#model.void(voucher);
    if (expected.includes(".")) voucher.asked.set(name, "");
    const body = { reason: "over", reference: `r-${reference}` };
    const outcome = await this.#book.ledger.vouchers.void(this.#ids[index] as string, body);
    assert.is(nameOf(outcome), expected);
    this.#onAnswer(expected);
    if (outcome.kind === "done") this.#checkAnswer(`${index} ${name}`, outcome);
    return index;
  }

  async #passTime({ kind, voucher: place }: Extract<VoucherStep, { kind: "silence" | "expiry" }>) {
    const index = place % this.#ids.length;
    const voucher = this.#model.vouchers[index] as ModelVoucher;
    if (hasVoucherEnded(voucher.state)) return index;
    this.#aged.set(index, voucher.version);
    const older = kind === "silence" ? { ms: 3_601_000, drawings: true } : { beyondExpiry: true };
    await makeOlderIn(this.#book.store, this.#ids[index] as string, older);
    if (kind === "silence") this.#model.passSilence(voucher);
    else this.#model.passExpiry(voucher);
    await this.#advance(index);
    this.#onAnswer(kind);
    return index;
  }

  /** Does all that is due, as hubs do before anything else. */
  async #advance(index: number): Promise<void> {
    for (;;) {
      const outcome = await this.#book.ledger.vouchers.advance(this.#ids[index] as string);
      if (outcome.kind !== "done") return;
      this.#onAnswer(outcome.event.type);
    }
  }

  #idOf({ voucher, version }: ModelSettlement): string {
    return `${this.#ids[this.#model.vouchers.indexOf(voucher)]}.${version}`;
  }

  async #find(place: number): Promise<undefined> {
    const { settlements: all } = this.#model;
    const settlement =
      at(
        all.filter(({ state }) => state === "open"),
        place,
      ) ?? at(all, place);
    if (!settlement) return;
    const stored = await this.#book.ledger.settlements.find(this.#idOf(settlement));
    assert.ok(stored);
    const { state, attempt, amount, note, to } = settlement;
    assert.equal(
      [stored.state, stored.attempt, stored.amount, stored.note, `${stored.party}/${stored.number}`],
      [state, attempt, amount, note, to],
    );
    if (state === "open" || this.#found.length === 0) this.#found.push({ settlement, stored });
    else this.#found.push(this.#found.find((one) => one.settlement === settlement) ?? { settlement, stored });
  }

  async #goOn({ kind, found: place }: Extract<VoucherStep, { kind: "credit" | "close" }>) {
    const found = at(this.#found, place);
    if (found?.stored.state !== "open") return undefined;
    const { settlement, stored } = found;
    const { settlements } = this.#book.ledger;
    const { attempt, party, number } = stored;
    if (kind === "credit") {
      const expected = this.#model.credit(settlement, attempt, `${party}/${number}`);
      const credited = await settlements.credit(stored);
      assert.is(credited.kind === "refused" ? credited.code : credited.kind, expected);
      this.#onAnswer(`credit: ${expected}`);
    } else {
      const came = settlement.marks.get(attempt);
      // No hub closes what it has not tried to pay.
      if (!came) return undefined;
      const expected = this.#model.close(settlement, attempt);
      const closed = await settlements.close(stored, came === "done" ? undefined : came);
      assert.is(settledAs(closed), expected);
      this.#onAnswer(`close: ${expected}`);
    }
    return this.#model.vouchers.indexOf(settlement.voucher);
  }

  async #decide(step: Extract<VoucherStep, { kind: "redirect" | "report" }>): Promise<number | undefined> {
    const { settlements: all } = this.#model;
    // Mostly of those that wait for an operator.
    const failed = step.settlement % 3 > 0 ? all.filter(({ state }) => state === "failed") : [];
    const settlement = at(failed, step.settlement) ?? at(all, step.settlement);
    if (!settlement) return undefined;
    const id = this.#idOf(settlement);
    const { settlements } = this.#book.ledger;
    if (step.kind === "redirect") {
      const to = { party: this.#spare, number: step.isThere ? "TO" : "NONE" };
      const expected = this.#model.redirect(settlement, `${to.party}/${to.number}`);
      const refused = await settlements.redirect(id, to);
      assert.is(refused?.code ?? "done", expected);
      this.#onAnswer(`redirect: ${expected}`);
    } else {
      const reference = `w-${step.reference}`;
      for (let time = 0; time < (step.twice ? 2 : 1); time++) {
        const expected = this.#model.report(settlement, reference);
        assert.is(settledAs(await settlements.report(id, "settled", reference)), expected);
        this.#onAnswer(`report: ${expected}`);
      }
    }
    return this.#model.vouchers.indexOf(settlement.voucher);
  }

  async #checkVoucher(index: number): Promise<void> {
    const reading = await this.#book.ledger.vouchers.read(this.#ids[index] as string);
    assert.ok(reading.kind === "found" && !reading.due);
    const { version, state, honoured, released, pending, remaining, drawings } = reading.snapshot;
    const model = this.#model.vouchers[index] as ModelVoucher;
    assert.equal(
      { version, state, honoured, released, pending, remaining },
      {
        version: model.version,
        state: model.state,
        honoured: model.honoured,
        released: model.released,
        pending: model.pending,
        remaining: model.remaining,
      },
    );
    assert.equal(
      drawings.map((drawing) => [drawing.drawingId, drawing.amount, drawing.state]),
      model.drawings.map((drawing) => [String(drawing.id), drawing.amount, drawing.state]),
    );
  }

  /** All accounts and the clearing are as the model has them, and nothing is made or lost. */
  async #checkMoney(): Promise<void> {
    const { store, ledger } = this.#book;
    for (const [name, { total, used, frozen }] of this.#model.accounts) {
      const [party = "", number = ""] = name.split("/");
      const { account } = accountKeys({ partition: ledger.partitionOf(party), party, number });
      const stored = await store.hmget(account, "total", "used", "frozen");
      assert.equal(
        stored.map((value) => Number(value ?? 0)),
        [total, used, frozen],
        name,
      );
    }
    assert.is((await this.#readClearing()) - this.#clearingBefore, this.#model.clearing);
    assert.is(this.#model.held, this.#model.put, "conserved");
  }

  async #readClearing(): Promise<number> {
    const { store, ledger } = this.#book;
    const keys = Array.from({ length: ledger.partitions }, (_, partition) => partitionKeys.sums(partition));
    const sums = await Promise.all(keys.map((key) => store.hget(key, "clearing:CNY")));
    return sums.reduce((all, value) => all + Number(value ?? 0), 0);
  }
}

/** What a command came to, in one word. */
function nameOf(outcome: VoucherOutcome): string {
  if (outcome.kind === "refused") return outcome.code;
  if (outcome.kind === "due") return outcome.kind;
  return outcome.repeated ? "again" : outcome.event.type;
}

function settledAs(outcome: SettlementOutcome): string {
  if (outcome.kind === "refused") return outcome.code;
  return outcome.repeated ? "again" : "done";
}

/** The element at a place, taken modulo the length. */
function at<T>(list: readonly T[], place: number): T | undefined {
  return list[place % Math.max(1, list.length)];
}
