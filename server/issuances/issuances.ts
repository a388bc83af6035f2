/**
 * What can be done with an issuance, whoever asks: a terminal, HTTP, the sweep or the command line. Each way
 * through here ends the same: as many replicas as the operator asks for have what was written, and only then is
 * anybody told of it.
 */
import type {
  CommandName,
  CommandPayloads,
  DurabilityLevel,
  Fence,
  FenceDecide,
  FencePage,
  IssuanceEvent,
  QueryPayloads,
  Snapshot,
  State,
} from "@tallystick/protocol";
import { audienceOf, hasEnded, ruleOf } from "@tallystick/protocol";
import type { FenceQuery } from "../ledger/fence-list.ts";
import type { Decided } from "../ledger/fences.ts";
import type { Ledger, Reading, ReadOptions } from "../ledger/ledger.ts";
import type { OpenPage } from "../ledger/open-issuances.ts";
import type { Outcome, RefusedCommand } from "../ledger/outcome.ts";
import type { ReplicationBarrier } from "../ledger/replication-barrier.ts";
import type { Logger } from "../log.ts";
import type { Broadcast, Sender } from "./broadcast.ts";
import { checkOffer } from "./check-offer.ts";
import type { Rollbacks } from "./rollbacks.ts";

export interface IssuancesOptions {
  ledger: Ledger;
  broadcast: Broadcast;
  /** What is done about a store that went back in time. */
  rollbacks: Rollbacks;
  /** With MIN_REPLICAS: what waits until they have a voucher. */
  barrier: Pick<ReplicationBarrier, "confirm"> | undefined;
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
  /** An issuance began or ended, in this state. */
  reached(state: State): void;
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

/** What a sync finds. */
export type Synced =
  | { kind: "found"; snapshot: Snapshot; events: IssuanceEvent[] }
  | Exclude<Reading, { kind: "found" }>;

/** How many issuances a page of a party's list holds. */
const PAGE = 100;

export class Issuances {
  readonly #options: IssuancesOptions;
  readonly #rollbacks: Rollbacks;

  constructor(options: IssuancesOptions) {
    this.#options = options;
    this.#rollbacks = options.rollbacks;
  }

  /** Any command: done or refused, confirmed, and told to all but its sender, who is answered by the caller. */
  async execute(sender: Sender, name: CommandName, payload: CommandPayloads[CommandName]): Promise<Executed> {
    const { durability } = this.#options;
    const outcome = await this.#run(sender, name, payload);
    const { event, snapshot, repeated, isNewest } = outcome;
    if (!event || !snapshot) {
      if (outcome.kind === "refused" && outcome.due)
        await this.#expireOverdue((payload as { issuanceId: string }).issuanceId);
      return { outcome, eventJson: undefined };
    }
    const hasIssued = outcome.kind === "done" && snapshot.state === "issued";
    if (hasIssued) await this.#confirm(snapshot);
    // The sender is in the room before anybody can answer what it did.
    if (outcome.kind === "done" && !outcome.ended && ruleOf(name).joinsRoom)
      await sender.joinRoom(snapshot.issuanceId);
    const eventJson = JSON.stringify(event);
    // Whoever did it first may not have come to tell it: while nothing has happened since, a repeat is told.
    if (!repeated || isNewest)
      this.#publish({ event, snapshot, repeated, from: outcome.from, except: sender, json: eventJson });
    if (hasIssued) this.#options.issued(snapshot);
    return { outcome, eventJson, ...(hasIssued && { durability: durability.level }) };
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
      // Without a digest nobody was told anything.
      if (found.isGone && version > 0 && digest !== undefined)
        await this.#rollbacks.noteMissing(issuanceId, claim);
      return found;
    }
    const isBehind = await this.#rollbacks.fence(issuanceId, claim);
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
    const reading = await this.#readCurrent(issuanceId, reader.operator ? {} : { party: reader.party });
    if (reading.kind !== "found") return undefined;
    await this.#confirm(reading.snapshot);
    return reading.snapshot;
  }

  /**
   * A page of a party's issuances that have not ended, newest first.
   *
   * @returns undefined when `before` is not an issuance of the party.
   */
  listOpen(party: string, before?: string): Promise<OpenPage | undefined> {
    return this.#options.ledger.openIssuances.list({ party, before, limit: PAGE });
  }

  /** Ends an issuance whose deadline has passed, and tells both sides; nothing when it has not passed. */
  async expire(issuanceId: string): Promise<void> {
    const outcome = await this.#options.ledger.expire(issuanceId);
    if (outcome.kind === "done") this.#publish(outcome);
  }

  /** A page of the issuances that wait for an operator, since the store went back in time. */
  listFences(query: FenceQuery): Promise<FencePage> {
    return this.#options.ledger.fences.list(query);
  }

  /** The fence of an issuance, also of one that is not listed. */
  findFence(issuanceId: string): Promise<Fence | undefined> {
    return this.#options.ledger.fences.find(issuanceId);
  }

  /**
   * An operator's decision about a fenced issuance, or one that is missing; both sides are told when it ends it, once
   * more when it comes again, since the hub may have died before it told them.
   */
  async decideFence(issuanceId: string, decision: FenceDecide, writeId?: string): Promise<Decided> {
    const decided = await this.#options.ledger.fences.decide(issuanceId, decision, writeId);
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
    await this.#confirm(reading.snapshot);
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

  /** Nobody is told of a voucher that a failover could still take away. */
  async #confirm(snapshot: Snapshot): Promise<void> {
    if (snapshot.state === "issued") await this.#options.barrier?.confirm(snapshot);
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
    if (!repeated && (event.version === 1 || hasEnded(event.state))) metrics.reached(event.state);
    const audience = audienceOf(from);
    broadcast({ event, json, snapshot, audience, except });
  }
}
