/** Issuer, payer and beneficiary at their terminals, and ways to bring a voucher of theirs to any situation. */
import type {
  Approval,
  ErrorBody,
  VoucherAck,
  VoucherCommandName,
  VoucherCommandPayloads,
  VoucherEvent,
  VoucherEventType,
  VoucherSnapshot,
  VoucherSyncAck,
} from "@tallystick/protocol";
import * as assert from "uvu/assert";
import { accountKeys, bookKey, marksKey, partitionKeys } from "../../server/ledger/keys.ts";
import { ScriptRunner } from "../../server/ledger/script-runner.ts";
import type { FoundSettlement } from "../../server/ledger/settlements.ts";
import type { TestHub } from "../helpers/hub.ts";
import { connectTerminal, freshId, type RawTerminal } from "../helpers/raw-terminal.ts";

export const AMOUNT = 100_000;
export const FROM = "6222020200112233";
export const TO = "DE-1001";
const PATIENCE_MS = 60_000;

type Own<C extends VoucherCommandName> = Omit<VoucherCommandPayloads[C], "commandId" | "voucherId"> & {
  commandId?: string;
};
export type VoucherAccepted = Extract<VoucherAck, { ok: true }>;

export interface VoucherScene {
  readonly hub: TestHub;
  readonly issuer: RawTerminal;
  readonly payer: RawTerminal;
  readonly beneficiary: RawTerminal;
  /** The account that the drawings of this scene are paid into. */
  readonly to: { number: string; holder: string };
  /** Issues a voucher to the beneficiary. */
  issue(offer?: IssueOptions): Promise<string>;
  balances(): Promise<{ payer: Held; beneficiary: Held }>;
  close(): void;
}

export interface Held {
  balance?: number | undefined;
  limit?: number | undefined;
  frozen: number;
}

export interface IssueOptions {
  amount?: number;
  validFor?: number;
  approval?: Approval;
  memo?: string;
  /** The account to pay from. */
  from?: string;
}

/** Who the beneficiary is: another party, or one of the two. */
export type Beneficiary = "another" | "issuer" | "payer";

let scenes = 0;

export interface SceneOptions {
  beneficiary?: Beneficiary;
  /** The issuer pays itself: one party is both. */
  isSelf?: boolean;
  /** What the payer's account has, minor units. */
  balance?: number;
}

/** Three parties that no other scene has, each with a terminal and an account. */
export async function openVoucherScene(
  hub: TestHub,
  { beneficiary: who = "another", isSelf = false, balance = 1_000_000 }: SceneOptions = {},
): Promise<VoucherScene> {
  scenes += 1;
  const payerName = `v-payer-${scenes}`;
  const issuerName = isSelf ? payerName : `v-issuer-${scenes}`;
  // The number in the middle, or the hash would put all beneficiaries in their payers' partitions.
  const name = who === "payer" ? payerName : who === "issuer" ? issuerName : `v-${scenes}-beneficiary`;
  const funds = { kind: "funds", currency: "CNY" } as const;
  await hub.putAccount(payerName, FROM, { ...funds, holder: payerName, balance });
  await hub.putAccount(name, TO, { ...funds, holder: name, balance: 0 });
  const issuer = await connectTerminal(hub, issuerName);
  const payer = isSelf ? issuer : await connectTerminal(hub, payerName);
  const beneficiary =
    who === "another" ? await connectTerminal(hub, name) : who === "issuer" ? issuer : payer;
  return {
    hub,
    issuer,
    payer,
    beneficiary,
    to: { number: TO, holder: name },
    issue: async ({ amount = AMOUNT, from = FROM, ...more } = {}) => {
      const offer = {
        payer: payerName,
        amount,
        currency: "CNY",
        review: "none",
        beneficiary: name,
        ...more,
      } as const;
      const { issuanceId } = (await issuer.accepted("payer:request", offer)).issuance;
      if (!isSelf) await payer.accepted("payer:agree", { issuanceId });
      await issuer.accepted("issuance:open", { issuanceId });
      const account = { number: from, holder: payerName };
      await payer.accepted("account:submit", { issuanceId, account });
      return `v${issuanceId}`;
    },
    balances: async () => ({
      payer: heldOf(await hub.running.accounts.get({ party: payerName, number: FROM })),
      beneficiary: heldOf(await hub.running.accounts.get({ party: name, number: TO })),
    }),
    close: () => {
      for (const terminal of new Set([issuer, payer, beneficiary])) terminal.close();
    },
  };
}

function heldOf(account: Held | undefined): Held {
  if (!account) throw new Error("there is no such account");
  const { balance, limit, frozen } = account;
  return { ...(balance !== undefined && { balance }), ...(limit !== undefined && { limit }), frozen };
}

/** Sends a command on a voucher and waits for its answer. */
export function command<C extends VoucherCommandName>(
  terminal: RawTerminal,
  name: C,
  voucherId: string,
  payload: Own<C>,
): Promise<VoucherAck> {
  return terminal.send(name, { commandId: freshId(), voucherId, ...payload }) as Promise<VoucherAck>;
}

/** Sends a command that has to be accepted. */
export async function accepted<C extends VoucherCommandName>(
  terminal: RawTerminal,
  name: C,
  voucherId: string,
  payload: Own<C>,
): Promise<VoucherAccepted> {
  const answer = await command(terminal, name, voucherId, payload);
  if (answer.ok) return answer;
  throw new Error(`${name} of ${terminal.party} was refused: ${JSON.stringify(answer.error)}`);
}

/** Sends a command that has to be refused. */
export async function refused<C extends VoucherCommandName>(
  terminal: RawTerminal,
  name: C,
  voucherId: string,
  payload: Own<C>,
): Promise<ErrorBody> {
  const answer = await command(terminal, name, voucherId, payload);
  if (!answer.ok) return answer.error;
  throw new Error(`${name} of ${terminal.party} was accepted: ${JSON.stringify(answer.event)}`);
}

export function syncVoucher(terminal: RawTerminal, voucherId: string, after = 0): Promise<VoucherSyncAck> {
  return terminal.send("voucher:sync", { voucherId, after }) as Promise<VoucherSyncAck>;
}

/** The voucher as a terminal is shown it now. */
export async function snapshotOf(terminal: RawTerminal, voucherId: string): Promise<VoucherSnapshot> {
  const answer = await syncVoucher(terminal, voucherId);
  if (!answer.ok) throw new Error(JSON.stringify(answer.error));
  return answer.voucher;
}

/** Waits until the terminal is told such an event of the voucher, or has been. */
export async function toldOf(
  terminal: RawTerminal,
  voucherId: string,
  type: VoucherEventType,
): Promise<VoucherEvent> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = terminal.voucherEvents.find(
      (event) => event.voucherId === voucherId && event.type === type,
    );
    if (found) return found;
    if (performance.now() > until)
      throw new Error(`${terminal.party} was not told ${type}: ${JSON.stringify(terminal.voucherEvents)}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Pays a settlement as a server does that has the payee alone, and can't see that the payer's has gone back. */
export async function payApart(hub: TestHub, settlement: FoundSettlement): Promise<void> {
  const { settlementId, attempt, digest, amount, party, number, terms } = settlement;
  const { ledger, store, book } = hub.running;
  const partition = ledger.partitionOf(party);
  const { account } = accountKeys({ partition, party, number });
  const keys = [
    account,
    marksKey(partition, settlementId),
    partitionKeys.journal(partition),
    bookKey(partition),
  ];
  const args = [settlementId, attempt, digest, amount, terms.currency, party, number, book.id];
  const [kind] = await new ScriptRunner({ store }).run("credit-account", keys, args);
  assert.is(kind, "done");
}
