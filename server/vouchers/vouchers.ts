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
import type { AsksArchive } from "../archive/archive.ts";
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
import { listEndedVouchers } from "./list-ended.ts";
import { RetiredVouchers } from "./retired-vouchers.ts";
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
  settle: (settlementId: string, how: { isFresh: boolean }) => void;
  /** What is done about a store that went back in time. */
  rollbacks: VoucherRollbacks;
  /** What has left the store. */
  archive: AsksArchive;
  metrics: VoucherMetrics;
  log: Logger;
}

/** What terminals show of a store that went back in time. */
export interface VoucherRollbacks {
  /** False when the store has by now what the terminal knows. */
  fence(voucherId: string, claim: Claim): Promise<boolean>;
  /** What was found is not what a terminal was told of. */
  noteUnlessFound(voucherId: string, claim: Claim, found: VoucherReading): Promise<void>;
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
  readonly #retired: RetiredVouchers;

  constructor(options: VouchersOptions) {
    this.#options = options;
    this.#retired = new RetiredVouchers(options.archive);
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
    const answer = ({ event, snapshot }: VoucherDone): VoucherExecuted => ({
      kind: "done",
      event: viewEvent(event, snapshot, sender.party),
      snapshot: viewVoucher(snapshot, sender.party),
      ...(event.type === "drawing.honoured" && { durability: durability.level }),
    });
    if (outcome.kind === "done") {
      await this.#conclude(outcome, sender);
      return answer(outcome);
    }
    await this.#confirmShown(payload.voucherId, outcome.shown);
    if (outcome.code !== "not_found") return outcome;
    const retired = await this.#retired.execute(sender.party, name, payload);
    return retired?.kind === "done" ? answer(retired) : (retired ?? outcome);
  }

  /** An operator ends a voucher, once for each reference. */
  async void(voucherId: string, body: VoucherVoid, writeId?: string): Promise<VoucherExecuted> {
    const outcome = await this.#untilNotDue(voucherId, () =>
      this.#options.ledger.vouchers.void(voucherId, body, writeId),
    );
    if (outcome.kind === "done") await this.#conclude(outcome);
    else await this.#confirmShown(voucherId, outcome.shown);
    const isUnknown = outcome.kind === "refused" && outcome.code === "not_found";
    const found = (isUnknown ? await this.#retired.void(voucherId, body) : undefined) ?? outcome;
    return found.kind === "done" ? { kind: "done", event: found.event, snapshot: found.snapshot } : found;
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
    const stored = await this.#readCurrent(voucherId, { party });
    const reading = stored.kind === "not_found" ? await this.#retired.read(voucherId, { party }) : stored;
    return reading?.kind === "found" ? viewVoucher(reading.snapshot, party) : undefined;
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
    const { state } = question;
    if (state && hasVoucherEnded(state) && this.#options.archive.isThere)
      return listEndedVouchers(this.#options, { party, limit: PAGE, ...question, state });
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
      this.#options.settle(settlementIdOf(event.voucherId, event.version), { isFresh: !repeated });
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
    if (reading.kind === "not_found") {
      const retired = await this.#retired.read(voucherId, { party, after, digest });
      await rollbacks.noteUnlessFound(voucherId, claim, retired ?? reading);
      return retired ?? reading;
    }
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
