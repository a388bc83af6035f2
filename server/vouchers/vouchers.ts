/**
 * What can be done with a voucher, whoever asks: a terminal, HTTP, the sweep or the command line. Each way through here
 * ends the same: as many replicas as the operator asks for have what was written, and only then is anybody told of it,
 * or paid.
 */
import type {
  DurabilityLevel,
  VoucherCommandName,
  VoucherCommandPayloads,
  VoucherEvent,
  VoucherQueryPayloads,
  VoucherSnapshot,
  VoucherVoid,
} from "@tallystick/protocol";
import { hasVoucherEnded } from "@tallystick/protocol";
import type { Claim } from "../ledger/claim.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { ShownEvent } from "../ledger/refusal.ts";
import type { Barrier } from "../ledger/replication-barrier.ts";
import { settlementIdOf } from "../ledger/settlements.ts";
import type { Payee, VoucherReading, VoucherReadOptions } from "../ledger/voucher-commands.ts";
import type { VoucherResumed } from "../ledger/voucher-fences.ts";
import type { VoucherPage } from "../ledger/voucher-index.ts";
import type { VoucherDone, VoucherOutcome } from "../ledger/voucher-outcome.ts";
import { recordOf } from "../ledger/voucher-record.ts";
import type { Logger } from "../log.ts";
import type { BroadcastVoucher, VoucherSender } from "./broadcast.ts";
import { findPayee } from "./find-payee.ts";
import { partiesOf, toldTo, viewEvent, viewVoucher } from "./view.ts";
import type { VoucherMetrics } from "./voucher-metrics.ts";

export interface VouchersOptions {
  ledger: Ledger;
  broadcast: BroadcastVoucher;
  /** With MIN_REPLICAS. */
  barrier: Barrier | undefined;
  /** What an acknowledged drawing survives at this moment. */
  durability: { readonly level: DurabilityLevel };
  /** Carries out what pays a drawing out. */
  settle: (settlementId: string) => void;
  /** What is done about a store that went back in time. */
  rollbacks: VoucherRollbacks;
  metrics: VoucherMetrics;
  log: Logger;
}

/** What terminals show of a store that went back in time. */
export interface VoucherRollbacks {
  /** False when the store has by now what the terminal knows. */
  fence(voucherId: string, claim: Claim): Promise<boolean>;
  noteMissing(voucherId: string, claim: Claim): Promise<void>;
}

/** What a command came to, in its sender's view. */
export type VoucherExecuted =
  | Exclude<VoucherOutcome, { kind: "done" | "due" }>
  | { kind: "done"; event: VoucherEvent; snapshot: VoucherSnapshot; durability?: DurabilityLevel };

/** Who reads. */
export interface VoucherReader {
  party: string;
  /** May read all. */
  operator: boolean;
}

/** What a sync finds. */
export type VoucherSynced =
  | { kind: "found"; snapshot: VoucherSnapshot; events: VoucherEvent[] }
  | Exclude<VoucherReading, { kind: "found" }>;

/** How many vouchers a page of a party's list holds. */
const PAGE = 100;
/** How many open issuances are read before a list of vouchers. */
const JUST_ISSUED = 20;

export class Vouchers {
  readonly #options: VouchersOptions;

  constructor(options: VouchersOptions) {
    this.#options = options;
  }

  /** Any command of a party's: done or refused, confirmed, and told to all but its sender, who is answered by the caller. */
  async execute(
    sender: VoucherSender,
    name: VoucherCommandName,
    payload: VoucherCommandPayloads[VoucherCommandName],
  ): Promise<VoucherExecuted> {
    const { ledger, durability } = this.#options;
    const payee = await this.#payee(sender.party, name, payload);
    const outcome = await this.#untilNotDue(payload.voucherId, () =>
      ledger.vouchers.execute(name, sender, payload as never, payee),
    );
    if (outcome.kind !== "done") {
      await this.#confirmShown(payload.voucherId, outcome.shown);
      return outcome;
    }
    await this.#conclude(outcome, sender);
    return {
      kind: "done",
      event: viewEvent(outcome.event, outcome.snapshot, sender.party),
      snapshot: viewVoucher(outcome.snapshot, sender.party),
      ...(outcome.event.type === "drawing.honoured" && { durability: durability.level }),
    };
  }

  /** An operator ends a voucher, once for each reference. */
  async void(voucherId: string, body: VoucherVoid, writeId?: string): Promise<VoucherExecuted> {
    const outcome = await this.#untilNotDue(voucherId, () =>
      this.#options.ledger.vouchers.void(voucherId, body, writeId),
    );
    if (outcome.kind !== "done") {
      await this.#confirmShown(voucherId, outcome.shown);
      return outcome;
    }
    await this.#conclude(outcome);
    return { kind: "done", event: outcome.event, snapshot: outcome.snapshot };
  }

  /** An operator lets a voucher that was fenced, or whose party was stopped, go on from what the store has. */
  async resume(voucherId: string, writeId?: string): Promise<VoucherResumed> {
    const resumed = await this.#options.ledger.fences.vouchers.resume(voucherId, writeId);
    if (resumed.kind === "done") await this.#options.barrier?.confirm(recordOf(resumed.snapshot));
    if (resumed.kind === "refused") await this.#confirmShown(voucherId, resumed.shown);
    return resumed;
  }

  /** Does all that time has brought about, the earliest first; nothing when there is nothing. */
  async advance(voucherId: string): Promise<void> {
    let isDue = true;
    while (isDue) {
      const outcome = await this.#options.ledger.vouchers.advance(voucherId);
      if (outcome.kind !== "done") return;
      await this.#tell(outcome);
      isDue = outcome.isDue;
    }
  }

  /** Brings a terminal up to date with a voucher. */
  async sync(sender: VoucherSender, question: VoucherQueryPayloads["voucher:sync"]): Promise<VoucherSynced> {
    const { after } = question;
    const reading = await this.#readOrStop(sender.party, question);
    if (reading.kind !== "found") return reading;
    const { snapshot, events } = reading;
    return {
      kind: "found",
      snapshot: viewVoucher(snapshot, sender.party),
      events: events
        .filter(({ version }) => version > after)
        .map((event) => viewEvent(event, snapshot, sender.party)),
    };
  }

  /** The snapshot; undefined when there is none or it is not the reader's. */
  async read(reader: VoucherReader, voucherId: string): Promise<VoucherSnapshot | undefined> {
    const party = reader.operator ? undefined : reader.party;
    const reading = await this.#readCurrent(voucherId, { party });
    return reading.kind === "found" ? viewVoucher(reading.snapshot, party) : undefined;
  }

  /**
   * A page of a party's vouchers, newest first: of those that live, unless the question names a state. It may be short
   * though there is more.
   *
   * @returns undefined when `before` is not a voucher of the party.
   */
  async list(
    party: string,
    question: VoucherQueryPayloads["voucher:list"],
  ): Promise<VoucherPage | undefined> {
    const { ledger } = this.#options;
    // What was issued just now comes into its issuer's index when it leaves the one of open issuances: the newest of those
    // leave when they are read, the others with the next round of the hub that issued them.
    if (question.before === undefined) await ledger.openIssuances.list({ party, limit: JUST_ISSUED });
    return ledger.voucherIndex.list({ party, limit: PAGE, ...question });
  }

  /** What time has brought about comes first; then it is run again. */
  async #untilNotDue(
    voucherId: string,
    run: () => Promise<VoucherOutcome>,
  ): Promise<Exclude<VoucherOutcome, { kind: "due" }>> {
    for (;;) {
      const outcome = await run();
      if (outcome.kind !== "due") return outcome;
      await this.advance(voucherId);
    }
  }

  /** A command is done, now or before: its event is told, and what time has brought about with it is done. */
  async #conclude(outcome: VoucherDone, sender?: VoucherSender): Promise<void> {
    await this.#tell(outcome, sender);
    if (!outcome.isDue) return;
    // It is answered, also when this can't be written now.
    const { voucherId } = outcome.snapshot;
    await this.advance(voucherId).catch((error: unknown) => {
      this.#options.log.warn({ voucherId, error: String(error) }, "what is due is left to the sweep");
    });
  }

  /** Whoever did it first may not have come to tell it: while nothing has happened since, a repeat is told. */
  async #tell(outcome: VoucherDone, except?: VoucherSender): Promise<void> {
    const { event, snapshot, repeated, isNewest } = outcome;
    const { broadcast, metrics, ledger } = this.#options;
    await this.#options.barrier?.confirm(recordOf(event));
    if (!repeated) metrics.happened(event, snapshot);
    ledger.untouched.note(snapshot);
    if (hasVoucherEnded(snapshot.state)) ledger.voucherIndex.noteEnded(snapshot.voucherId);
    if (repeated && !isNewest) return;
    broadcast({ told: toldTo(partiesOf(snapshot), event, snapshot), except });
    if (event.type === "drawing.honoured")
      this.#options.settle(settlementIdOf(event.voucherId, event.version));
  }

  /** A terminal that knows more than the store stops its own party's commands; of what is gone an operator is told. */
  async #readOrStop(
    party: string,
    { voucherId, after, digest }: VoucherQueryPayloads["voucher:sync"],
  ): Promise<VoucherReading> {
    const read = () => this.#readCurrent(voucherId, { party, after, digest });
    const { rollbacks } = this.#options;
    const claim = { party, version: after, digest };
    const reading = await read();
    if (reading.kind === "not_found" && reading.isGone && after > 0 && digest !== undefined)
      await rollbacks.noteMissing(voucherId, claim);
    if (reading.kind !== "behind") return reading;
    const isBehind = await rollbacks.fence(voucherId, claim);
    await this.#confirmShown(voucherId, reading);
    // Another hub's master may have answered first; now the store has what the terminal knows.
    return isBehind ? reading : read();
  }

  /** Reads a voucher; what time has brought about is done first, so that it never looks as it was. */
  async #readCurrent(voucherId: string, options: VoucherReadOptions): Promise<VoucherReading> {
    const read = () => this.#options.ledger.vouchers.read(voucherId, options);
    let reading = await read();
    if (reading.kind === "found" && reading.due) {
      await this.advance(voucherId);
      reading = await read();
    }
    if (reading.kind === "found") await this.#options.barrier?.confirm(recordOf(reading.snapshot));
    return reading;
  }

  /** A refusal too may show how the voucher stands: it is told when replicas have that. */
  async #confirmShown(voucherId: string, shown: ShownEvent | undefined): Promise<void> {
    if (shown) await this.#options.barrier?.confirm(recordOf({ voucherId, ...shown }));
  }

  #payee(party: string, name: VoucherCommandName, payload: object): Promise<Payee> | undefined {
    if (name !== "voucher:draw") return undefined;
    const { to } = payload as VoucherCommandPayloads["voucher:draw"];
    return findPayee(this.#options.ledger, { party, ...to });
  }
}
