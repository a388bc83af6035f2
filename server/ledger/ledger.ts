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
import { comparableName, DEFAULT_VALID_FOR, hasEnded, lastDigits } from "@tallystick/protocol";
import { Cluster } from "ioredis";
import { isUnavailable } from "../redis/availability.ts";
import { Accounts } from "./accounts.ts";
import { Census } from "./census.ts";
import type { CircuitBreaker } from "./circuit-breaker.ts";
import { homeOf, type LedgerContext } from "./context.ts";
import { DeadlineQueue, outageAfter } from "./deadline-queue.ts";
import { freshSalt } from "./digest-chain.ts";
import { Fences } from "./fences.ts";
import { IndexRepair } from "./index-repair.ts";
import type { Indexed } from "./issuer-index.ts";
import {
  accountKeys,
  bookKey,
  issuanceIdFor,
  issuanceKeys,
  partitionKeys,
  partitionOfIssuance,
  requestKey,
  voucherKey,
} from "./keys.ts";
import type { Script } from "./load-scripts.ts";
import { OpenIssuances } from "./open-issuances.ts";
import { type Outcome, readOutcome } from "./outcome.ts";
import { type Intent, payloadDigest } from "./payload-digest.ts";
import { PublishedKeys } from "./published-keys.ts";
import { packApproval, RECORD_LENGTH, readEvents, readRecord, snapshotOf } from "./record.ts";
import type { ShownEvent } from "./refusal.ts";
import { RevocationList } from "./revoked-tokens.ts";
import { ScriptRunner } from "./script-runner.ts";
import { SessionLists } from "./session-lists.ts";
import { Settlements } from "./settlements.ts";
import { VoucherCommands } from "./voucher-commands.ts";
import { VoucherIndex } from "./voucher-index.ts";
import { WriteKeys } from "./write-ids.ts";

export interface LedgerOptions extends Omit<LedgerContext, "scripts" | "isSpread" | "outageMs"> {
  /** How often hubs sweep, milliseconds; when absent, so often that it makes no difference. */
  sweepIntervalMs?: number;
  /** The partitions may be on different servers; when absent, they are in a cluster. */
  isSpread?: boolean;
  /** Refuses calls at once while the store is away. */
  circuitBreaker?: CircuitBreaker;
  /** Called with the seconds that each call of a script took, for the metrics. */
  observe?: (script: string, seconds: number) => void;
}

/** Who sends a command. */
export interface Party {
  readonly party: string;
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
  readonly voucherIndex: VoucherIndex;
  readonly vouchers: VoucherCommands;
  readonly writeKeys: WriteKeys;
  readonly #context: LedgerContext;

  constructor(options: LedgerOptions) {
    const isSpread = options.isSpread ?? options.store instanceof Cluster;
    const outageMs = outageAfter(options.sweepIntervalMs ?? 0);
    this.#context = { ...options, isSpread, outageMs, scripts: new ScriptRunner(options) };
    this.accounts = new Accounts(this.#context);
    this.census = new Census(this.#context);
    this.deadlines = new DeadlineQueue(this.#context);
    this.fences = new Fences(this.#context);
    this.openIssuances = new OpenIssuances(this.#context);
    this.publishedKeys = new PublishedKeys(this.#context);
    this.revocations = new RevocationList(this.#context);
    this.settlements = new Settlements(this.#context);
    this.voucherIndex = new VoucherIndex(this.#context);
    this.indexRepair = new IndexRepair(this.#context, this.voucherIndex);
    this.sessionLists = new SessionLists(this.#context, this.openIssuances, this.voucherIndex);
    this.vouchers = new VoucherCommands(this.#context);
    this.writeKeys = new WriteKeys(this.#context);
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

  /**
   * `payer:request`: the index in the issuer's partition first, then the issuance in the payer's, in one step
   * where one server is sure to have both.
   */
  async requestPayer(sender: Party, payload: CommandPayloads["payer:request"]): Promise<Outcome> {
    const { respondWithinMs, maxValidFor, scripts } = this.#context;
    const partition = this.partitionOf(payload.payer);
    const issuerPartition = this.partitionOf(sender.party);
    const issuanceId = issuanceIdFor({ issuer: sender.party, commandId: payload.commandId, partition });
    const { id: bookId } = this.#context.book;
    const index = [
      requestKey(issuerPartition, issuanceId),
      partitionKeys.open(issuerPartition),
      bookKey(issuerPartition),
    ];
    const asked = (payload.respondWithin ?? Number.POSITIVE_INFINITY) * 1000;
    const args = [
      ...this.#common("payer:request", sender, { ...payload, issuanceId }),
      payload.payer,
      payload.amount,
      payload.currency,
      payload.memo ?? "",
      payload.review ?? "first",
      Math.min(respondWithinMs, asked),
      partition,
      payload.beneficiary === sender.party ? "" : (payload.beneficiary ?? ""),
      payload.validFor ?? Math.min(DEFAULT_VALID_FOR, maxValidFor),
      packApproval(payload.approval),
    ];
    const keys = [...issuanceKeys(issuanceId), bookKey(partition)];
    if (!this.#context.isSpread || partition === issuerPartition)
      return this.#command(
        "request-payer",
        issuanceId,
        [...keys, ...index],
        [...args, "", "", freshSalt(), bookId],
      );
    const question = [issuanceId, sender.party, partition, bookId];
    const indexed = await scripts.run("index-request", index, question);
    const [kind, indexedAt = "", found = ""] = indexed;
    if (kind !== "done") return readOutcome(issuanceId, indexed).outcome;
    const more = [indexedAt, found, freshSalt(), bookId];
    const request = this.#command("request-payer", issuanceId, keys, [...args, ...more]);
    if (found !== "new") return request;
    const entry = { issuanceId, issuer: sender.party, indexedAt };
    return this.#withdrawRefused(request, entry);
  }

  /** A request that was refused leaves nothing in the index, which was written before. */
  async #withdrawRefused(request: Promise<Outcome>, entry: Indexed): Promise<Outcome> {
    let isRefused = false;
    try {
      const outcome = await request;
      isRefused = outcome.kind === "refused";
      return outcome;
    } catch (error) {
      // Where nobody knows whether it was made, the entry stays.
      isRefused = !isUnavailable(error);
      throw error;
    } finally {
      if (isRefused) await this.openIssuances.withdraw(entry);
    }
  }

  /** Any command on an issuance that exists. */
  execute<C extends OnIssuance>(command: C, sender: Party, payload: CommandPayloads[C]): Promise<Outcome> {
    const { issuanceId } = payload;
    const keys = issuanceKeys(issuanceId);
    const args = this.#common(command, sender, payload);
    if (command === "account:submit")
      return this.#submit(sender, payload as AccountSubmitPayload, keys, args);
    if (command === "issuance:accept")
      return this.#command("accept-issuance", issuanceId, [...keys, ...issuedKeys(issuanceId)], args);
    if (REASONED.has(command)) args.push((payload as { reason?: string }).reason ?? "");
    return this.#command(SCRIPT_OF[command], issuanceId, keys, args);
  }

  #submit(sender: Party, payload: AccountSubmitPayload, keys: string[], args: Arguments): Promise<Outcome> {
    const { issuanceId, account } = payload;
    const partition = partitionOfIssuance(issuanceId);
    const found = accountKeys({ partition, party: sender.party, number: account.number });
    return this.#command(
      "submit-account",
      issuanceId,
      [...keys, found.account, found.freezes, ...issuedKeys(issuanceId)],
      [...args, account.number, comparableName(account.holder), lastDigits(account.number)],
    );
  }

  /** The hub's own command: ends an issuance whose deadline has passed; refused when it has not. */
  expire(issuanceId: string): Promise<Outcome> {
    const args = [issuanceId, this.#context.retentionMs];
    return this.#command("expire-issuance", issuanceId, issuanceKeys(issuanceId), args);
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

  /** The arguments that each command on an issuance begins with; `lua/steps` names them. */
  #common(command: CommandName, sender: Party, payload: Intent): Arguments {
    const { waitMs, retentionMs } = this.#context;
    const { issuanceId = "", commandId, ifVersion = "", seen } = payload;
    const digest = payloadDigest(command, payload);
    const known = seen ? [seen.version, seen.digest] : ["", ""];
    return [issuanceId, sender.party, commandId, digest, ifVersion, ...known, waitMs, retentionMs];
  }
}

/** The keys of what is made when it is issued. */
function issuedKeys(issuanceId: string): [string, string, string] {
  const partition = partitionOfIssuance(issuanceId);
  return [voucherKey(issuanceId), partitionKeys.liveVouchers(partition), partitionKeys.undone(partition)];
}

type AccountSubmitPayload = (typeof AccountSubmit)["_zod"]["output"];
