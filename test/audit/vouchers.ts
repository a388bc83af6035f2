/** A book with vouchers in every situation, made by the ledger alone: payer and beneficiary are in different partitions. */

import type { Approval, VoucherCommandName, VoucherCommandPayloads } from "@tallystick/protocol";
import * as assert from "uvu/assert";
import type { TestLedger } from "../ledger/start-ledger.ts";

export const PAYER = "acme";
export const ISSUER = "shop";
export const BENEFICIARY = "carrier";
export const FROM = "6222020200112233";
export const CREDIT = "6222020200778899";
export const TO = "DE-1001";
export const AMOUNT = 1000;

type Own<C extends VoucherCommandName> = Omit<VoucherCommandPayloads[C], "commandId" | "voucherId">;

/** What a test does with the vouchers of a book. */
export class VoucherBook {
  readonly book: TestLedger;
  #commands = 0;

  constructor(book: TestLedger) {
    this.book = book;
  }

  /** The accounts of payer and beneficiary. */
  async begin(balance = 1_000_00): Promise<void> {
    const { accounts } = this.book;
    const [holder, currency, kind] = ["Acme Ltd", "CNY", "funds"] as const;
    await accounts.put({ party: PAYER, number: FROM }, { kind, holder, currency, balance });
    await accounts.put(
      { party: PAYER, number: CREDIT },
      { kind: "credit", holder, currency, limit: balance },
    );
    const payee = { kind, holder: "Carrier", currency, balance: 0 } as const;
    await accounts.put({ party: BENEFICIARY, number: TO }, payee);
  }

  #next(): string {
    this.#commands += 1;
    return `c-${this.#commands}`;
  }

  /** Issues a voucher, and tells its beneficiary; answers its id. */
  async issue(
    options: {
      approval?: Approval;
      validFor?: number;
      from?: string;
      beneficiary?: string;
      untold?: true;
      memo?: string;
    } = {},
  ): Promise<string> {
    const { ledger } = this.book;
    const { from = FROM, untold, beneficiary = BENEFICIARY, ...more } = options;
    const offer = {
      payer: PAYER,
      amount: AMOUNT,
      currency: "CNY",
      review: "none",
      memo: "steel",
      beneficiary,
    } as const;
    const issuer = { party: ISSUER };
    const made = await ledger.requestPayer(issuer, { commandId: this.#next(), ...offer, ...more });
    assert.ok(made.kind === "done");
    const { issuanceId } = made.snapshot;
    const intent = () => ({ commandId: this.#next(), issuanceId });
    await ledger.execute("payer:agree", { party: PAYER }, intent());
    await ledger.execute("issuance:open", issuer, intent());
    const account = { number: from, holder: "Acme Ltd" };
    const issued = await ledger.execute("account:submit", { party: PAYER }, { ...intent(), account });
    assert.ok(issued.kind === "done");
    const voucherId = `v${issuanceId}`;
    if (untold) return voucherId;
    const { issuedAt = 0 } = issued.snapshot.voucher ?? {};
    const { issuer: by } = issued.snapshot;
    await ledger.voucherIndex.enter({ voucherId, issuedAt, issuer: by, beneficiary, state: "issued" });
    await ledger.settlements.drop(voucherId);
    return voucherId;
  }

  /** Any command on a voucher, which has to be done; answers its event's version. */
  async take<C extends VoucherCommandName>(
    name: C,
    party: string,
    voucherId: string,
    own: Own<C>,
  ): Promise<string> {
    const payload = { commandId: this.#next(), voucherId, ...own } as unknown as VoucherCommandPayloads[C];
    const outcome = await this.book.ledger.vouchers.execute(name, { party }, payload);
    assert.ok(outcome.kind === "done", JSON.stringify(outcome));
    return String(outcome.event.version);
  }

  /** The beneficiary draws; answers the settlement's id, or the drawing's where it waits. */
  async draw(voucherId: string, amount?: number, number = TO): Promise<string> {
    const to = { number, holder: "Carrier" };
    const own = { to, ...(amount !== undefined && { amount }) };
    const version = await this.take("voucher:draw", BENEFICIARY, voucherId, own);
    return `${voucherId}.${version}`;
  }

  /** Pays a settlement into its account. @returns why it could not be. */
  async credit(settlementId: string): Promise<string | undefined> {
    const { settlements } = this.book.ledger;
    const settlement = await settlements.find(settlementId);
    assert.ok(settlement);
    const credited = await settlements.credit(settlement);
    return credited.kind === "refused" ? credited.code : undefined;
  }

  /** Pays a settlement out, or has it fail, as a hub does. */
  async settle(settlementId: string): Promise<void> {
    const { settlements } = this.book.ledger;
    const refused = await this.credit(settlementId);
    const settlement = await settlements.find(settlementId);
    assert.ok(settlement);
    assert.is((await settlements.close(settlement, refused)).kind, "done");
  }
}
