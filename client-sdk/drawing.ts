/** A drawing on a voucher as an object: a demand of its beneficiary's for a part or all of what remains. */
import type { WaitOptions } from "./abortable.ts";
import { TallystickError } from "./errors.ts";
import type { EventLog } from "./event-log.ts";
import type { CommandOptions } from "./live-object.ts";
import { waitFor } from "./until.ts";
import type { DrawingSnapshot, DurabilityLevel, VoucherSnapshot } from "./wire.ts";

/** The voucher after a command; with `durability`, what the drawing survives that the command honoured. */
export type VoucherResult = VoucherSnapshot & { durability?: DurabilityLevel };

/** What all parties can see of a drawing. */
export class Drawing {
  /** Its id, which no other drawing on the same voucher has. */
  readonly id: string;
  /** The voucher's id. */
  readonly voucherId: string;
  /** What it survives, on the object that a `draw` answered which was honoured at once. */
  readonly durability: DurabilityLevel | undefined;
  readonly #log: EventLog<"voucher">;
  readonly #first: DrawingSnapshot;

  /** @internal */
  constructor(log: EventLog<"voucher">, first: DrawingSnapshot, durability?: DurabilityLevel) {
    this.id = first.drawingId;
    this.voucherId = log.id;
    this.durability = durability;
    this.#log = log;
    this.#first = first;
  }

  /** The drawing as this terminal knows it. */
  get snapshot(): DrawingSnapshot {
    return this.#log.snapshot.drawings.find(({ drawingId }) => drawingId === this.id) ?? this.#first;
  }

  /** `presented` while it waits for the approver's word, then `honoured` or `refused`. */
  get state(): DrawingSnapshot["state"] {
    return this.snapshot.state;
  }

  /**
   * Resolves once the money has left the payer's account: at once, unless the drawing waits for an approver.
   *
   * @throws TallystickError `ended` when it is refused: `error.details.reason` says why, and what was drawn can be
   *   drawn again. `timeout`, `aborted`, `disconnected`.
   */
  honoured(options: WaitOptions = {}): Promise<DrawingSnapshot> {
    return this.#until("honoured", options);
  }

  /**
   * Resolves once the money is in the beneficiary's account.
   *
   * @throws TallystickError `ended` when it is refused. `settlement_failed` when it could not be paid out: the money
   *   is in clearing, and the hub's operator sends it elsewhere; the event `drawing.settled` tells of that.
   *   `timeout`, `aborted`, `disconnected`.
   * @example
   * const drawing = await voucher.draw({ amount: 40_000_00, to: { number: "DE-1001", holder: "Nordlicht Handel" } });
   * await drawing.settled();
   */
  settled(options: WaitOptions = {}): Promise<DrawingSnapshot> {
    return this.#until("settled", options);
  }

  /** What `JSON.stringify` keeps: the snapshot. */
  toJSON(): DrawingSnapshot {
    return this.snapshot;
  }

  #until(wanted: "honoured" | "settled", options: WaitOptions): Promise<DrawingSnapshot> {
    const what = `drawing ${this.id} on ${this.voucherId}`;
    return waitFor(this.#log, `${what} to be ${wanted}`, options, (voucher) => {
      const { snapshot } = this;
      const { state, reason, settlement } = snapshot;
      const failed = wanted === "settled" && settlement === "failed";
      if (state === "refused" || failed) {
        const message = failed ? "could not be paid out" : `is refused, and will not be ${wanted}`;
        const details = { drawingId: this.id, reason };
        const code = failed ? "settlement_failed" : "ended";
        return new TallystickError(code, `The ${what} ${message}.`, { voucher, details });
      }
      return state === wanted || settlement === wanted ? snapshot : undefined;
    });
  }
}

/** Sends an approver's word. */
type Decide = (
  name: "drawing:approve" | "drawing:refuse",
  content: { drawingId: string; reason: string },
  options: CommandOptions | undefined,
) => Promise<VoucherResult>;

/**
 * A drawing as the voucher's issuer and payer have it: whichever the offer names as approver decides, while the drawing
 * is `presented`. What it decides on is the drawing that it was shown: on another past the hub answers `rolled_back`.
 */
export class ApproverDrawing extends Drawing {
  readonly #decide: Decide;

  /** @internal */
  constructor(log: EventLog<"voucher">, first: DrawingSnapshot, decide: Decide) {
    super(log, first);
    this.#decide = decide;
  }

  /**
   * Approves (`drawing:approve`): the money leaves the payer's account.
   *
   * @throws TallystickError `forbidden` for whoever is not the approver; `wrong_state` when it no longer waits.
   */
  approve(options?: CommandOptions): Promise<VoucherResult> {
    return this.#decide("drawing:approve", { drawingId: this.id } as Parameters<Decide>[1], options);
  }

  /** Refuses (`drawing:refuse`), and says why; the beneficiary may draw again. */
  refuse(reason: string, options?: CommandOptions): Promise<VoucherResult> {
    return this.#decide("drawing:refuse", { drawingId: this.id, reason }, options);
  }
}
