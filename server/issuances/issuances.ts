/**
 * What can be done with an issuance, whoever asks: a terminal, HTTP, the sweep or the command line. Each way
 * through here ends the same: as many replicas as the operator asks for have what was written, and only then is
 * anybody told of it.
 */
import type {
  CommandName,
  CommandPayloads,
  DurabilityLevel,
  ErrorCode,
  Fence,
  FenceDecide,
  FencePage,
  IssuanceEvent,
  QueryPayloads,
  Snapshot,
  State,
} from "@tallystick/protocol";
import { audienceOf, hasEnded, ruleOf, voucherIdOf } from "@tallystick/protocol";
import type { AsksArchive } from "../archive/archive.ts";
import type { Decided, FenceQuery } from "../ledger/fences.ts";
import type { Ledger, Reading, ReadOptions } from "../ledger/ledger.ts";
import type { OpenPage } from "../ledger/open-issuances.ts";
import type { Outcome, RefusedCommand } from "../ledger/outcome.ts";
import { newestEvent } from "../ledger/record.ts";
import type { ShownEvent } from "../ledger/refusal.ts";
import type { Barrier } from "../ledger/replication-barrier.ts";
import type { SessionStart } from "../ledger/session-lists.ts";
import { recordOf } from "../ledger/voucher-record.ts";
import type { Logger } from "../log.ts";
import { isUnavailable } from "../redis/availability.ts";
import type { Broadcast, Sender } from "./broadcast.ts";
import { checkOffer } from "./check-offer.ts";
import { RetiredIssuances, type Synced } from "./retired-issuances.ts";
import type { Rollbacks } from "./rollbacks.ts";

export interface IssuancesOptions {
  ledger: Ledger;
  broadcast: Broadcast;
  /** What is done about a store that went back in time. */
  rollbacks: Rollbacks;
  /** What has left the store. */
  archive: AsksArchive;
  /** With MIN_REPLICAS: what waits until they have what is told. */
  barrier: Barrier | undefined;
  /** What an acknowledged issue survives at this moment. */
  durability: { readonly level: DurabilityLevel };
  /** How long a voucher can be drawn on at most, seconds. */
  maxValidFor: number;
  /** Called when a voucher was issued, and confirmed: another beneficiary has yet to be told. */
  issued: (snapshot: Snapshot) => void;
  metrics: IssuanceMetrics;
  log: Logger;
}

/** What is counted of issuances. */
export interface IssuanceMetrics {
  /** An event happened to an issuance. */
  stepped(event: IssuanceEvent): void;
}

/** What a command came to. */
export interface Executed {
  outcome: Outcome;
  /** The outcome's event as JSON, when it has one. */
  eventJson: string | undefined;
  /** What the voucher survives, when the command has issued it. */
  durability?: DurabilityLevel;
}

/** Who reads over HTTP. */
export interface Reader {
  party: string;
  /** May read all. */
  operator: boolean;
}

/**
 * Another voucher may have frozen the money. The refusal's event comes after it in the same partition, so that replicas
 * with the event have that voucher too.
 */
const SHOW_FREEZES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "insufficient_funds",
  "insufficient_credit",
  "account_refused",
]);

/** Of how many issuances a hub remembers that what became of them is not counted yet. */
const MOST_UNCOUNTED = 10_000;

/** How many issuances a page of a party's list holds. */
const PAGE = 100;
/** How many of its vouchers a terminal is told of when its session begins. */
const SESSION_VOUCHERS = 20;

export class Issuances {
  readonly #options: IssuancesOptions;
  readonly #rollbacks: Rollbacks;
  readonly #retired: RetiredIssuances;
  /** Issuances whose last event at this hub nobody was told, since too few replicas had it. */
  readonly #uncounted = new Set<string>();

  constructor(options: IssuancesOptions) {
    this.#options = options;
    this.#rollbacks = options.rollbacks;
    this.#retired = new RetiredIssuances(options.archive, options.ledger);
  }

  /** Any command: done or refused, confirmed, and told to all but its sender, who is answered by the caller. */
  async execute(sender: Sender, name: CommandName, payload: CommandPayloads[CommandName]): Promise<Executed> {
    const { durability } = this.#options;
    const outcome = await this.#run(sender, name, payload);
    if (outcome.kind === "refused" && (outcome.code === "not_found" || outcome.isRetired)) {
      const retired = await this.#retired.execute(sender.party, name, payload);
      if (retired) return this.#answerRetired(retired);
    }
    const { event, snapshot, repeated, isNewest } = outcome;
    if (!event || !snapshot) {
      if (outcome.kind === "refused") await this.#finishRefusal(outcome, payload);
      return { outcome, eventJson: undefined };
    }
    const hasIssued = outcome.kind === "done" && snapshot.state === "issued";
    if (hasIssued || (outcome.kind === "refused" && SHOW_FREEZES.has(outcome.code)))
      await this.#confirmWritten(snapshot, repeated);
    // The sender is in the room before anybody can answer what it did.
    if (outcome.kind === "done" && !outcome.ended && ruleOf(name).joinsRoom)
      await sender.joinRoom(snapshot.issuanceId);
    const eventJson = JSON.stringify(event);
    // Whoever did it first may not have come to tell it: while nothing has happened since, a repeat is told.
    if (!repeated || isNewest)
      this.#publish({ event, snapshot, repeated, from: outcome.from, except: sender, json: eventJson });
    if (hasIssued) void this.#welcome(snapshot, repeated);
    return { outcome, eventJson, ...(hasIssued && { durability: durability.level }) };
  }

  /** What has left the store is as durable as it ever will be, and all that it told was told. */
  #answerRetired(outcome: Outcome): Executed {
    const { event, snapshot } = outcome;
    const hasIssued = outcome.kind === "done" && snapshot?.state === "issued";
    const eventJson = event && JSON.stringify(event);
    return { outcome, eventJson, ...(hasIssued && { durability: this.#options.durability.level }) };
  }

  /** Another beneficiary is told that the voucher is there; by a repeat as long as nothing has happened to it since. */
  async #welcome(snapshot: Snapshot, repeated: boolean): Promise<void> {
    const { ledger, issued, log } = this.#options;
    const { issuanceId, issuer, payer, beneficiary } = snapshot;
    if (beneficiary === issuer || beneficiary === payer) return;
    try {
      if (repeated && !(await ledger.vouchers.isNew(voucherIdOf(issuanceId)))) return;
      issued(snapshot);
    } catch (error) {
      log.warn(
        { issuanceId, error: String(error) },
        "a repeat could not be told to the voucher's beneficiary",
      );
    }
  }

  #run(
    sender: Sender,
    name: CommandName,
    payload: CommandPayloads[CommandName],
  ): Promise<Outcome> | RefusedCommand {
    const { ledger, maxValidFor } = this.#options;
    if (name !== "payer:request") return ledger.execute(name as never, sender, payload as never);
    const offer = payload as CommandPayloads["payer:request"];
    const issues = checkOffer(sender.party, offer, maxValidFor);
    if (issues.length > 0)
      return { kind: "refused", code: "invalid_request", details: { issues }, repeated: false };
    return ledger.requestPayer(sender, offer);
  }

  /** Brings a terminal up to date, and into the room; an issuance of which it knows more is fenced. */
  async sync(sender: Sender, question: QueryPayloads["issuance:sync"]): Promise<Synced> {
    const found = await this.#syncOnce(sender, question);
    if (found.kind === "found") return found;
    const { issuanceId, after: version, digest } = question;
    const claim = { party: sender.party, version, digest };
    if (found.kind === "not_found") {
      const retired = await this.#retired.read(issuanceId, { ...claim, after: version });
      await this.#rollbacks.noteUnlessFound(issuanceId, claim, retired ?? found);
      return retired ?? found;
    }
    const isBehind = await this.#rollbacks.fence(issuanceId, claim);
    await this.#confirmIssued(issuanceId, found.issued);
    // Another hub's master may have answered first; now the store has what the terminal knows.
    return isBehind ? found : this.#syncOnce(sender, question);
  }

  /**
   * Holds what a terminal was told of issuances, also of those that have ended, against the store.
   *
   * @returns the ids of those of which the store has less, or something else, or nothing that is the party's.
   */
  check({ party }: Sender, { known }: QueryPayloads["issuance:check"]): Promise<string[]> {
    return this.#rollbacks.check(party, known);
  }

  /** The snapshot; undefined when there is none or it is not the reader's. */
  async read(reader: Reader, issuanceId: string): Promise<Snapshot | undefined> {
    const party = reader.operator ? undefined : reader.party;
    const reading = await this.#readCurrent(issuanceId, party === undefined ? {} : { party });
    if (reading.kind !== "found") return this.#retired.snapshot(issuanceId, party);
    await this.#confirm(reading.snapshot);
    return reading.snapshot;
  }

  /**
   * A page of a party's issuances that have not ended, newest first.
   *
   * @returns undefined when `before` is not an issuance of the party.
   * @throws UnconfirmedError when something is left out since it was issued, and too few replicas have that.
   */
  listOpen(party: string, before?: string): Promise<OpenPage | undefined> {
    return this.#options.ledger.openIssuances.list({ party, before, limit: PAGE });
  }

  /** What a session of a party begins with: the first pages, or as much of them as can be told now; there is more then. */
  listSession(party: string): Promise<SessionStart> {
    return this.#options.ledger.sessionLists.read(party, { issuances: PAGE, vouchers: SESSION_VOUCHERS });
  }

  /** Ends an issuance whose deadline has passed, and tells both sides; nothing when it has not passed. */
  async expire(issuanceId: string): Promise<void> {
    const outcome = await this.#options.ledger.expire(issuanceId);
    if (outcome.kind === "done") this.#publish(outcome);
  }

  /** A page of the issuances that wait for an operator, since the store went back in time. */
  async listFences(query: FenceQuery): Promise<FencePage> {
    const page = await this.#options.ledger.fences.list(query);
    return { ...page, fences: await Promise.all(page.fences.map((fence) => this.#tellable(fence))) };
  }

  /** The fence of an issuance or a voucher, also of one that is not listed. */
  async findFence(id: string): Promise<Fence | undefined> {
    const fence = await this.#options.ledger.fences.find(id);
    if (fence) await this.#confirmFenced(fence);
    return fence;
  }

  /**
   * An operator's decision about a fenced issuance, or one that is missing; both sides are told when it ends it, once
   * more when it comes again, since the hub may have died before it told them.
   */
  async decideFence(issuanceId: string, decision: FenceDecide, writeId?: string): Promise<Decided> {
    const decided = await this.#options.ledger.fences.decide(issuanceId, decision, writeId);
    if (decided.kind === "done") await this.#confirm(decided.snapshot);
    else if (decided.kind === "refused") await this.#confirmIssued(issuanceId, decided.issued);
    if (decided.kind === "done" && decided.event) this.#publish({ ...decided, event: decided.event });
    return decided;
  }

  async #syncOnce(sender: Sender, question: QueryPayloads["issuance:sync"]): Promise<Synced> {
    const { issuanceId, after, digest } = question;
    const read = () => this.#readCurrent(issuanceId, { party: sender.party, after, digest });
    let reading = await read();
    if (reading.kind !== "found") return reading;
    if (!hasEnded(reading.snapshot.state) && !sender.isInRoom(issuanceId)) {
      await sender.joinRoom(issuanceId);
      // What was told between the reading and the joining would be missed.
      reading = await read();
      if (reading.kind !== "found" || hasEnded(reading.snapshot.state)) sender.leaveRoom(issuanceId);
      if (reading.kind !== "found") return reading;
    }
    const { snapshot, events } = reading;
    // Why an account was refused is not told, but can be guessed of one that had been verified.
    if (events.some(({ type }) => type === "account.refused"))
      await this.#options.barrier?.confirm(newestEvent(snapshot));
    else await this.#confirm(snapshot);
    return reading;
  }

  /** Reads an issuance; one whose deadline has passed unnoticed is ended first, so that it never looks open. */
  async #readCurrent(issuanceId: string, options: ReadOptions): Promise<Reading> {
    const { ledger } = this.#options;
    const reading = await ledger.read(issuanceId, options);
    if (reading.kind !== "found" || !reading.due) return reading;
    await this.expire(issuanceId);
    return ledger.read(issuanceId, options);
  }

  /** A command found the deadline passed: it is answered so, also when that can't be written now. */
  async #expireOverdue(issuanceId: string): Promise<void> {
    try {
      await this.expire(issuanceId);
    } catch (error) {
      const facts = { issuanceId, error: String(error) };
      this.#options.log.warn(facts, "a deadline that has passed is left to the sweep");
    }
  }

  /** What was written and not confirmed in time is not counted yet; a repeat that finds it confirmed counts it. */
  async #confirmWritten(snapshot: Snapshot, repeated: boolean): Promise<void> {
    const { barrier } = this.#options;
    if (!barrier) return;
    try {
      await barrier.confirm(newestEvent(snapshot));
    } catch (error) {
      if (!repeated && this.#uncounted.size < MOST_UNCOUNTED) this.#uncounted.add(snapshot.issuanceId);
      throw error;
    }
  }

  /** A refusal that changed nothing: what it shows is confirmed, what it found overdue is ended. */
  async #finishRefusal(refused: RefusedCommand, payload: object): Promise<void> {
    const { issuanceId } = payload as { issuanceId: string };
    await this.#confirmIssued(issuanceId, refused.issued);
    if (refused.due) await this.#expireOverdue(issuanceId);
  }

  /** Nobody is told of a voucher that a failover could still take away. */
  async #confirm(snapshot: Snapshot): Promise<void> {
    if (snapshot.state === "issued") await this.#options.barrier?.confirm(newestEvent(snapshot));
  }

  /** The same, where an answer shows no more than that there is a voucher. */
  async #confirmIssued(issuanceId: string, issued: ShownEvent | undefined): Promise<void> {
    if (issued) await this.#options.barrier?.confirm(newestEvent({ issuanceId, ...issued }));
  }

  /** A fence, without its issuance as long as replicas do not have its voucher: operators see each fence at any time. */
  async #tellable(fence: Fence): Promise<Fence> {
    const { issuance: _, voucher: __, ...rest } = fence;
    try {
      await this.#confirmFenced(fence);
      return fence;
    } catch (error) {
      if (isUnavailable(error)) return rest;
      throw error;
    }
  }

  async #confirmFenced({ issuance, voucher }: Fence): Promise<void> {
    if (issuance) await this.#confirm(issuance);
    if (voucher) await this.#options.barrier?.confirm(recordOf(voucher));
  }

  #publish(change: {
    event: IssuanceEvent;
    snapshot: Snapshot;
    from?: State | undefined;
    repeated?: boolean;
    except?: Sender;
    json?: string;
  }): void {
    const { event, snapshot, from, repeated, except, json = JSON.stringify(event) } = change;
    const { metrics, broadcast } = this.#options;
    const isFirst = !repeated || this.#uncounted.delete(event.issuanceId);
    if (isFirst) metrics.stepped(event);
    const audience = audienceOf(from, event.state);
    broadcast({ event, json, snapshot, audience, except });
  }
}
