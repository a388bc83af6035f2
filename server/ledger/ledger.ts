/**
 * The issuances' side of the store: one typed method for each Lua command on an issuance. The positions
 * of KEYS and ARGV are known here and in the scripts, and nowhere else.
 */
import { hash } from "node:crypto";
import type {
  AccountSubmit,
  CommandName,
  CommandPayloads,
  IssuanceEvent,
  Snapshot,
} from "@tallystick/protocol";
import { comparableName, hasEnded, lastDigits } from "@tallystick/protocol";
import { Cluster } from "ioredis";
import { masters, type Store } from "../redis/connect.ts";
import type { Circuit } from "./circuit.ts";
import {
  accountKeys,
  issuanceIdFor,
  issuanceKeys,
  openMember,
  partitionKeys,
  partitionOf,
  partitionOfIssuance,
  requestKey,
  voucherKey,
} from "./keys.ts";
import { isUnknownScript, loadScripts, type Script } from "./load-scripts.ts";
import { type Outcome, readOutcome } from "./outcome.ts";
import { pack, unpack } from "./packing.ts";
import { type IssuanceRecord, RECORD_LENGTH, readEvents, readRecord, snapshotOf } from "./record.ts";

export interface LedgerOptions {
  store: Store;
  /** Into how many partitions the book is cut; fixed once there is data. */
  partitions: number;
  /** How long a payer has to answer a request unless the issuer says less, milliseconds. */
  respondWithinMs: number;
  /** How long every other wait may take, milliseconds. */
  waitMs: number;
  /** How long what ended without a voucher stays, milliseconds. */
  retentionMs: number;
  /** The partitions may be on different servers; when absent, they are in a cluster. */
  isSpread?: boolean;
  /** Refuses calls at once while the store is away. */
  circuit?: Circuit;
  /** Called with the seconds that each call of a script took, for the metrics. */
  observe?: (script: string, seconds: number) => void;
}

/** Who sends a command. */
export interface Sender {
  party: string;
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

/** What `issuance:sync` reads. */
export interface Reading {
  snapshot: Snapshot;
  events: IssuanceEvent[];
  /** The deadline has passed and nobody has written so yet. */
  due: boolean;
}

/** What names an issuance in its issuer's index. */
type Indexed = Pick<IssuanceRecord, "issuanceId" | "issuer" | "indexedAt" | "state">;

/** How many issuances one script takes out of an index, so that it stays short. */
const PRUNED_AT_ONCE = 100;

/** The store has less of an issuance than its reader was told, or something else: it has gone back in time. */
export class BehindError extends Error {
  override name = "BehindError";
  /** The version that the store has. */
  readonly version: number;

  constructor(issuanceId: string, version: number) {
    super(`the store has ${issuanceId} at version ${version}, and a terminal knows another`);
    this.version = version;
  }
}

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

export class Ledger {
  readonly options: LedgerOptions;
  readonly #scripts = loadScripts();
  /** No script can touch two servers. */
  readonly #isSpread: boolean;
  /** Issuances that have ended and whose issuers' indexes, in other partitions, still name them. */
  readonly #ended: IssuanceRecord[] = [];

  constructor(options: LedgerOptions) {
    this.options = options;
    this.#isSpread = options.isSpread ?? options.store instanceof Cluster;
  }

  /**
   * Runs one Lua command, by its script's digest; the text is sent only to a server that does not know it. The
   * store's other modules use it too.
   */
  async run(name: string, keys: string[], args: Arguments): Promise<string[]> {
    const { circuit, observe, store } = this.options;
    const { sha, source } = this.script(name);
    const packed = pack(args);
    const started = performance.now();
    circuit?.enter();
    let error: unknown;
    try {
      try {
        return unpack(await store.evalsha(sha, keys.length, ...keys, packed));
      } catch (caught) {
        if (!isUnknownScript(caught)) throw caught;
        return unpack(await store.eval(source, keys.length, ...keys, packed));
      }
    } catch (caught) {
      error = caught;
      throw caught;
    } finally {
      circuit?.leave(error);
      observe?.(name, (performance.now() - started) / 1000);
    }
  }

  /** A Lua command by its file's name. */
  script(name: string): Script {
    return this.#scripts.get(name) as Script;
  }

  /** Lets every server of the store know the scripts, so that none has to be sent as text later. */
  async prepare(): Promise<void> {
    const servers = masters(this.options.store);
    const sources = [...this.#scripts.values()].map(({ source }) => source);
    await Promise.all(servers.flatMap((server) => sources.map((source) => server.script("LOAD", source))));
  }

  /** Where a party's accounts live, and the issuances that it pays for. */
  partitionOf(party: string): number {
    return partitionOf(party, this.options.partitions);
  }

  /** The store's clock, milliseconds since the epoch. */
  async now(): Promise<number> {
    const [seconds, microseconds] = await this.options.store.time();
    return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000);
  }

  /**
   * `payer:request`: the index in the issuer's partition first, then the issuance in the payer's, in one step
   * where one server is sure to have both.
   */
  async requestPayer(sender: Sender, payload: CommandPayloads["payer:request"]): Promise<Outcome> {
    const { respondWithinMs } = this.options;
    const partition = this.partitionOf(payload.payer);
    const issuerPartition = this.partitionOf(sender.party);
    const issuanceId = issuanceIdFor({ issuer: sender.party, commandId: payload.commandId, partition });
    const index = [requestKey(issuerPartition, issuanceId), partitionKeys.open(issuerPartition)];
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
    ];
    const keys = issuanceKeys(issuanceId);
    if (!this.#isSpread || partition === issuerPartition)
      return this.#command("request-payer", issuanceId, [...keys, ...index], [...args, ""]);
    const indexed = await this.run("index-request", index, [issuanceId, sender.party, partition]);
    if (indexed[0] !== "done") return readOutcome(issuanceId, indexed).outcome;
    return this.#command("request-payer", issuanceId, keys, [...args, indexed[1] as string]);
  }

  /** Any command on an issuance that exists. */
  execute<C extends OnIssuance>(command: C, sender: Sender, payload: CommandPayloads[C]): Promise<Outcome> {
    const { issuanceId } = payload;
    const keys = issuanceKeys(issuanceId);
    const args = this.#common(command, sender, payload);
    if (command === "account:submit")
      return this.#submit(sender, payload as AccountSubmitPayload, keys, args);
    if (command === "issuance:accept")
      return this.#command("accept-issuance", issuanceId, [...keys, voucherKey(issuanceId)], args);
    if ("reason" in payload || REASONED.has(command))
      args.push((payload as { reason?: string }).reason ?? "");
    return this.#command(SCRIPT_OF[command], issuanceId, keys, args);
  }

  #submit(sender: Sender, payload: AccountSubmitPayload, keys: string[], args: Arguments): Promise<Outcome> {
    const { issuanceId, account } = payload;
    const partition = partitionOfIssuance(issuanceId);
    const found = accountKeys({ partition, party: sender.party, number: account.number });
    return this.#command(
      "submit-account",
      issuanceId,
      [...keys, found.account, found.freezes, voucherKey(issuanceId)],
      [...args, account.number, comparableName(account.holder), lastDigits(account.number)],
    );
  }

  /** The hub's own command: ends an issuance whose deadline has passed; nothing when it has not. */
  async expire(issuanceId: string): Promise<Outcome> {
    return this.#command("expire-issuance", issuanceId, issuanceKeys(issuanceId), [
      issuanceId,
      this.options.retentionMs,
    ]);
  }

  /**
   * The snapshot and the events after a version; undefined when there is none *or it is not the party's*.
   *
   * @throws BehindError when the reader has more than the store.
   */
  async read(issuanceId: string, options: ReadOptions): Promise<Reading | undefined> {
    const { party = "", after, digest = "" } = options;
    const [issuance] = issuanceKeys(issuanceId);
    const reply = await this.run("read-issuance", [issuance], [party, after ?? "", digest]);
    if (reply[0] === "ahead") throw new BehindError(issuanceId, Number(reply[1]));
    if (reply[0] !== "done") return undefined;
    const record = readRecord(issuanceId, reply, 2);
    const lines = reply.slice(2 + RECORD_LENGTH);
    return {
      snapshot: snapshotOf(record),
      events: readEvents(record, lines, (after ?? 0) + 1),
      due: reply[1] === "due",
    };
  }

  /**
   * Takes issuances that have ended out of their issuers' indexes. It may be late or never happen:
   * an index is pruned again when it is read.
   */
  async pruneEnded(): Promise<void> {
    const partitions = new Map<number, Indexed[]>();
    for (const record of this.#ended.splice(0)) {
      const partition = this.partitionOf(record.issuer);
      const records = partitions.get(partition);
      if (records) records.push(record);
      else partitions.set(partition, [record]);
    }
    const batches = [...partitions].flatMap(([partition, records]) =>
      Array.from({ length: Math.ceil(records.length / PRUNED_AT_ONCE) }, (_, batch) => {
        const from = batch * PRUNED_AT_ONCE;
        return this.prune(partition, records.slice(from, from + PRUNED_AT_ONCE));
      }),
    );
    await Promise.all(batches);
  }

  /** Takes issuances that have ended out of their issuers' index; all of these issuers are of one partition. */
  async prune(partition: number, records: readonly Indexed[]): Promise<void> {
    const { retentionMs } = this.options;
    const keys = records.map(({ issuanceId }) => requestKey(partition, issuanceId));
    const entries = records.flatMap(({ issuer, indexedAt, issuanceId, state }) => [
      openMember({ party: issuer, indexedAt, issuanceId }),
      state === "issued" ? "" : retentionMs,
    ]);
    await this.run("prune-requests", [partitionKeys.open(partition), ...keys], entries);
  }

  #command(script: string, issuanceId: string, keys: string[], args: Arguments): Promise<Outcome> {
    // A promise less than with await, and this is run for each command.
    return this.run(script, keys, args).then((reply) => {
      const { outcome, record } = readOutcome(issuanceId, reply);
      if (record && hasEnded(record.state)) this.#ended.push(record);
      return outcome;
    });
  }

  #common(command: CommandName, sender: Sender, payload: Intent): Arguments {
    const { commandId, ifVersion } = payload;
    const digest = digestOf(command, payload);
    return [
      payload.issuanceId,
      sender.party,
      commandId,
      digest,
      ifVersion ?? "",
      this.options.waitMs,
      this.options.retentionMs,
    ];
  }
}

type AccountSubmitPayload = (typeof AccountSubmit)["_zod"]["output"];
interface Intent {
  issuanceId: string;
  commandId: string;
  ifVersion?: number | undefined;
}
/** The commands whose scripts take a reason. */
const REASONED: ReadonlySet<CommandName> = new Set<CommandName>([
  "payer:decline",
  "account:change",
  "issuance:cancel",
]);

/** The digests of the commands that say no more than which issuance they mean. */
const PLAIN = new Map<CommandName, string>();

/** Tells a repeat from a contradiction: 8 characters, 48 bits, of what the command asks for. */
function digestOf(command: CommandName, { commandId: _, issuanceId: __, ...content }: Intent): string {
  if (Object.keys(content).length > 0) return shortHash(`${command} ${JSON.stringify(content)}`);
  let digest = PLAIN.get(command);
  if (digest === undefined) {
    digest = shortHash(command);
    PLAIN.set(command, digest);
  }
  return digest;
}

function shortHash(text: string): string {
  return hash("sha256", text, "base64url").slice(0, 8);
}
