/**
 * The store of a book: one typed method for each Lua command. What belongs to accounts, to the index of open
 * issuances, to fences, vouchers and deadlines is in a part of its own; the commands on an issuance are here.
 */
import type {
  AccountSubmit,
  CommandName,
  CommandPayloads,
  IssuanceEvent,
  SettlementMode,
  Snapshot,
} from "@tallystick/protocol";
import { comparableName, hasEnded, lastDigits, ruleOf } from "@tallystick/protocol";
import { Cluster } from "ioredis";
import { Accounts } from "./accounts.ts";
import { Census } from "./census.ts";
import type { CircuitBreaker } from "./circuit-breaker.ts";
import { commonArguments, type Party } from "./command-arguments.ts";
import { type CountedLimits, homeOf, type LedgerContext, leavesAfter, NO_LIMITS } from "./context.ts";
import { DeadlineQueue, outageAfter } from "./deadline-queue.ts";
import { Fences } from "./fences.ts";
import { sayForgotten } from "./forgetting.ts";
import { IndexRepair } from "./index-repair.ts";
import { accountKeys, issuanceKeys, partitionKeys, partitionOfIssuance, voucherKey } from "./keys.ts";
import type { Script } from "./load-scripts.ts";
import { OpenIssuances } from "./open-issuances.ts";
import { type Outcome, readOutcome } from "./outcome.ts";
import { PublishedKeys } from "./published-keys.ts";
import { RECORD_LENGTH, readEvents, readRecord, snapshotOf } from "./record.ts";
import type { ShownEvent } from "./refusal.ts";
import { Requests } from "./requests.ts";
import { RevocationList } from "./revoked-tokens.ts";
import { ScriptRunner } from "./script-runner.ts";
import { SessionLists } from "./session-lists.ts";
import { Settlements } from "./settlements.ts";
import { Untouched } from "./untouched.ts";
import { VoucherCommands } from "./voucher-commands.ts";
import { VoucherIndex } from "./voucher-index.ts";
import { WebhookActs } from "./webhook-acts.ts";
import { WriteKeys } from "./write-ids.ts";

export interface LedgerOptions extends Omit<LedgerContext, "scripts" | "isSpread" | "outageMs" | "limits"> {
  /** What issuers may have open; when absent, as much as they want. */
  limits?: CountedLimits;
  /** How often hubs sweep, milliseconds; when absent, so often that it makes no difference. */
  sweepIntervalMs?: number;
  /** The partitions may be on different servers; when absent, they are in a cluster. */
  isSpread?: boolean;
  /** Refuses calls at once while the store is away. */
  circuitBreaker?: CircuitBreaker;
  /** Called with the seconds that each call of a script took, for the metrics. */
  observe?: (script: string, seconds: number) => void;
}

/** Whose reading it is, and what the reader has already. */
export interface ReadOptions {
  /** Reads as this party; absent for an operator, who may read all. */
  party?: string;
  /** The last version that the reader has; absent for no events at all. */
  after?: number;
  /** The digest of that version, as the reader was told it. */
  digest?: string | undefined;
}

/** What a reader finds. */
export type Reading =
  | {
      kind: "found";
      snapshot: Snapshot;
      /** Those after the version that the reader has. */
      events: IssuanceEvent[];
      /** The deadline has passed and nobody has written so yet. */
      due: boolean;
    }
  /** There is none, *or it is not the party's*. `isGone`: there is none, whosever. */
  | { kind: "not_found"; isGone: boolean }
  /** The reader was told more than the store has, or something else: the store went back in time. */
  | { kind: "behind"; version: number; issued?: ShownEvent };

type OnIssuance = Exclude<CommandName, "payer:request">;
type Arguments = (string | number)[];

const SCRIPT_OF: Record<OnIssuance, string> = {
  "payer:agree": "agree-payer",
  "payer:decline": "decline-payer",
  "issuance:open": "open-issuance",
  "account:submit": "submit-account",
  "account:change": "change-account",
  "account:keep": "keep-account",
  "issuance:accept": "accept-issuance",
  "issuance:cancel": "cancel-issuance",
};
/** Verifications of a pair are looked through one by one: what may be more than this is not counted at all. */
const MOST_PROBES = 1000;
/** The commands whose scripts take a reason. */
const REASONED: ReadonlySet<CommandName> = new Set<CommandName>([
  "payer:decline",
  "account:change",
  "issuance:cancel",
]);

export class Ledger {
  readonly accounts: Accounts;
  readonly census: Census;
  readonly deadlines: DeadlineQueue;
  readonly fences: Fences;
  readonly indexRepair: IndexRepair;
  readonly openIssuances: OpenIssuances;
  readonly publishedKeys: PublishedKeys;
  readonly revocations: RevocationList;
  readonly sessionLists: SessionLists;
  readonly settlements: Settlements;
  readonly untouched: Untouched;
  readonly voucherIndex: VoucherIndex;
  readonly vouchers: VoucherCommands;
  readonly webhookActs: WebhookActs;
  readonly writeKeys: WriteKeys;
  readonly #context: LedgerContext;
  readonly #requests: Requests;

  constructor(options: LedgerOptions) {
    const isSpread = options.isSpread ?? options.store instanceof Cluster;
    const outageMs = outageAfter(options.sweepIntervalMs ?? 0);
    const { limits = NO_LIMITS } = options;
    this.#context = { ...options, limits, isSpread, outageMs, scripts: new ScriptRunner(options) };
    this.accounts = new Accounts(this.#context);
    this.census = new Census(this.#context);
    this.deadlines = new DeadlineQueue(this.#context);
    this.fences = new Fences(this.#context);
    this.openIssuances = new OpenIssuances(this.#context);
    this.publishedKeys = new PublishedKeys(this.#context);
    this.revocations = new RevocationList(this.#context);
    this.settlements = new Settlements(this.#context);
    this.untouched = new Untouched(this.#context);
    this.voucherIndex = new VoucherIndex(this.#context);
    this.indexRepair = new IndexRepair(this.#context, this.voucherIndex, this.untouched);
    this.sessionLists = new SessionLists(this.#context, this.openIssuances, this.voucherIndex);
    this.vouchers = new VoucherCommands(this.#context);
    this.webhookActs = new WebhookActs(this.#context);
    this.writeKeys = new WriteKeys(this.#context);
    this.#requests = new Requests(this.#context, this);
  }

  /** Lets every server of the store know the scripts, so that none has to be sent as text later. */
  prepare(): Promise<void> {
    return this.#context.scripts.prepare();
  }

  /** A Lua command by its file's name, for those who have to send it by themselves. */
  script(name: string): Script {
    return this.#context.scripts.script(name);
  }

  /** Into how many partitions the book is cut. */
  get partitions(): number {
    return this.#context.partitions;
  }

  /** Where drawings are paid out. */
  get settle(): SettlementMode {
    return this.#context.settle;
  }

  /** Where a party's accounts live, and the issuances that it pays for. */
  partitionOf(party: string): number {
    return homeOf(this.#context, party);
  }

  /** The store's clock, milliseconds since the epoch. */
  async now(): Promise<number> {
    const [seconds, microseconds] = await this.#context.store.time();
    return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000);
  }

  /** Says in the journals that a party is to be forgotten. @returns when. @throws NotServedError */
  forget(party: string): Promise<number> {
    return sayForgotten(this.#context, party);
  }

  /** `payer:request`. */
  requestPayer(sender: Party, payload: CommandPayloads["payer:request"]): Promise<Outcome> {
    return this.#requests.request(sender, payload);
  }

  /** Any command on an issuance that exists. */
  execute<C extends OnIssuance>(command: C, sender: Party, payload: CommandPayloads[C]): Promise<Outcome> {
    const { issuanceId } = payload;
    const keys: string[] = issuanceKeys(issuanceId);
    const args = commonArguments(this.#context, { command, sender, payload });
    if (command === "account:submit")
      return this.#submit(sender, payload as AccountSubmitPayload, keys, args);
    if (command === "issuance:accept")
      return this.#command("accept-issuance", issuanceId, [...keys, ...issuedKeys(issuanceId)], args);
    // What answers or ends a request makes room for another.
    if ("proposed" in ruleOf(command).from)
      keys.push(partitionKeys.proposed(partitionOfIssuance(issuanceId)));
    if (REASONED.has(command)) args.push((payload as { reason?: string }).reason ?? "");
    return this.#command(SCRIPT_OF[command], issuanceId, keys, args);
  }

  #submit(sender: Party, payload: AccountSubmitPayload, keys: string[], args: Arguments): Promise<Outcome> {
    const { issuanceId, account } = payload;
    const partition = partitionOfIssuance(issuanceId);
    const { probesPerPair } = this.#context.limits;
    const found = accountKeys({ partition, party: sender.party, number: account.number });
    return this.#command(
      "submit-account",
      issuanceId,
      [...keys, found.account, found.freezes, ...issuedKeys(issuanceId)],
      [
        ...args,
        account.number,
        comparableName(account.holder),
        lastDigits(account.number),
        probesPerPair > MOST_PROBES ? "" : probesPerPair,
      ],
    );
  }

  /** The hub's own command: ends an issuance whose deadline has passed; refused when it has not. */
  expire(issuanceId: string): Promise<Outcome> {
    const args = [issuanceId, leavesAfter(this.#context)];
    const keys = [...issuanceKeys(issuanceId), partitionKeys.proposed(partitionOfIssuance(issuanceId))];
    return this.#command("expire-issuance", issuanceId, keys, args);
  }

  /** The snapshot and the events after a version. */
  async read(issuanceId: string, options: ReadOptions): Promise<Reading> {
    const { party = "", after, digest = "" } = options;
    const [issuance] = issuanceKeys(issuanceId);
    const reply = await this.#context.scripts.run("read-issuance", [issuance], [party, after ?? "", digest]);
    if (reply[0] === "ahead") {
      const [, version, state, digest = ""] = reply;
      const stored = { version: Number(version), digest };
      return { kind: "behind", version: stored.version, ...(state === "issued" && { issued: stored }) };
    }
    if (reply[0] !== "done") return { kind: "not_found", isGone: reply[2] === "gone" };
    const record = readRecord(issuanceId, reply, 2);
    const lines = reply.slice(2 + RECORD_LENGTH);
    return {
      kind: "found",
      snapshot: snapshotOf(record),
      events: readEvents(record, lines, (after ?? 0) + 1),
      due: reply[1] === "due",
    };
  }

  #command(script: string, issuanceId: string, keys: string[], args: Arguments): Promise<Outcome> {
    // A promise less than with await, and this is run for each command.
    return this.#context.scripts.run(script, keys, args).then((reply) => {
      const { outcome, record } = readOutcome(issuanceId, reply);
      if (record && hasEnded(record.state)) this.openIssuances.noteEnded(record);
      return outcome;
    });
  }
}

/** The keys of what is made when it is issued. */
function issuedKeys(issuanceId: string): string[] {
  const partition = partitionOfIssuance(issuanceId);
  const { liveVouchers, undone, untouched, probes } = partitionKeys;
  const shared = [liveVouchers, undone, untouched, probes].map((keyOf) => keyOf(partition));
  return [voucherKey(issuanceId), ...shared];
}

type AccountSubmitPayload = (typeof AccountSubmit)["_zod"]["output"];
