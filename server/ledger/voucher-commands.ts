/** The store's side of a voucher's life: one typed method for each Lua command. */
import type {
  ErrorCode,
  VoucherCommandName,
  VoucherCommandPayloads,
  VoucherEvent,
  VoucherSnapshot,
  VoucherVoid,
} from "@tallystick/protocol";
import type { LedgerContext } from "./context.ts";
import { voucherKeys } from "./keys.ts";
import { payloadDigest } from "./payload-digest.ts";
import type { ShownEvent } from "./refusal.ts";
import { readVoucherOutcome, type VoucherOutcome } from "./voucher-outcome.ts";
import { readStoredVoucher } from "./voucher-record.ts";
import { freshWriteId, writeDigest } from "./write-ids.ts";

/** What was found of the account that a drawing is to be paid into. */
export interface Payee {
  /** Why it can't be paid into; empty when it can. */
  code: ErrorCode | "";
  /** Empty where nobody looked, since it is paid outside. */
  currency: string;
}

/** What a reader finds. */
export type VoucherReading =
  | {
      kind: "found";
      snapshot: VoucherSnapshot;
      /** All of them. */
      events: VoucherEvent[];
      /** Time has brought something about that nobody has written yet. */
      due: boolean;
    }
  /** There is none, *or it is not the party's*. `isGone`: there is none, whosever. */
  | { kind: "not_found"; isGone: boolean }
  /** The reader was told more than the store has, or something else: the store went back in time. */
  | ({ kind: "behind" } & ShownEvent);

/** Whose reading it is, and what the reader has already. */
export interface VoucherReadOptions {
  /** Reads as this party; absent for an operator, who may read all. */
  party?: string | undefined;
  /** The last version that the reader has, and its digest as the reader was told it. */
  after?: number | undefined;
  digest?: string | undefined;
}

type Arguments = (string | number)[];
type Keys = ReturnType<typeof voucherKeys>;

const SCRIPT_OF: Record<VoucherCommandName, string> = {
  "voucher:accept": "accept-voucher",
  "voucher:reject": "reject-voucher",
  "voucher:withdraw": "withdraw-voucher",
  "voucher:draw": "draw-voucher",
  "drawing:approve": "approve-drawing",
  "drawing:refuse": "refuse-drawing",
  "voucher:release": "release-voucher",
};

const NOBODY_LOOKED: Payee = { code: "", currency: "" };

export class VoucherCommands {
  readonly #context: LedgerContext;

  constructor(context: LedgerContext) {
    this.#context = context;
  }

  /**
   * Any command of a party's.
   *
   * @param payee what was found of the account that a drawing names.
   */
  async execute<C extends VoucherCommandName>(
    command: C,
    sender: { readonly party: string },
    payload: VoucherCommandPayloads[C],
    payee: Payee = NOBODY_LOOKED,
  ): Promise<VoucherOutcome> {
    const { voucherId, commandId, ifVersion = "", seen } = payload;
    const keys = voucherKeys(voucherId);
    const known = seen ? [seen.version, seen.digest] : ["", ""];
    const digest = payloadDigest(command, payload);
    const args: Arguments = [voucherId, sender.party, commandId, digest, ifVersion, ...known];
    args.push(...this.#own(payload, payee, command));
    const reply = await this.#context.scripts.run(SCRIPT_OF[command], keysOf(command, keys), args);
    return readVoucherOutcome(voucherId, reply);
  }

  /** The arguments that a command has besides those of all. */
  #own(payload: object, payee: Payee, command: VoucherCommandName): Arguments {
    const { settle } = this.#context;
    switch (command) {
      case "voucher:reject":
      case "voucher:withdraw":
        return [(payload as VoucherCommandPayloads["voucher:reject"]).reason ?? ""];
      case "voucher:release":
        return [(payload as VoucherCommandPayloads["voucher:release"]).amount ?? ""];
      case "voucher:draw": {
        const { amount = "", final, to } = payload as VoucherCommandPayloads["voucher:draw"];
        return [amount, final ? "f" : "", to.number, to.holder, settle, payee.code, payee.currency];
      }
      case "drawing:approve":
        return [(payload as VoucherCommandPayloads["drawing:approve"]).drawingId, settle];
      case "drawing:refuse": {
        const { drawingId, reason } = payload as VoucherCommandPayloads["drawing:refuse"];
        return [drawingId, reason];
      }
      default:
        return [];
    }
  }

  /** An operator ends a voucher, once for each reference. */
  async void(
    voucherId: string,
    { reason, reference }: VoucherVoid,
    writeId = freshWriteId(this.#context.author),
  ): Promise<VoucherOutcome> {
    const { voucher, deadlines, journal, silence } = voucherKeys(voucherId);
    const args = [voucherId, reference, writeDigest(["void", reason]), reason, writeId];
    const reply = await this.#context.scripts.run(
      "void-voucher",
      [voucher, deadlines, journal, silence],
      args,
    );
    return readVoucherOutcome(voucherId, reply);
  }

  /** The hub's own command: does the earliest thing that time has brought about; refused when there is none. */
  async advance(voucherId: string): Promise<VoucherOutcome> {
    const keys = moneyKeys(voucherKeys(voucherId));
    const { scripts, settle, outageMs } = this.#context;
    const reply = await scripts.run("advance-voucher", keys, [voucherId, settle, outageMs]);
    return readVoucherOutcome(voucherId, reply);
  }

  /** Whether nothing has happened to a voucher since it was issued. */
  async isNew(voucherId: string): Promise<boolean> {
    const { voucher } = voucherKeys(voucherId);
    const { book, store } = this.#context;
    book.check(voucher);
    return (await store.hget(voucher, "2")) === null;
  }

  /** The snapshot and all events. */
  async read(voucherId: string, options: VoucherReadOptions = {}): Promise<VoucherReading> {
    const { party = "", after = "", digest = "" } = options;
    const { voucher } = voucherKeys(voucherId);
    const reply = await this.#context.scripts.run("read-voucher", [voucher], [party, after, digest]);
    if (reply[0] === "ahead") return { kind: "behind", version: Number(reply[1]), digest: reply[2] ?? "" };
    if (reply[0] !== "done") return { kind: "not_found", isGone: reply[2] === "gone" };
    const { snapshot, events } = readStoredVoucher(voucherId, reply, 2);
    return { kind: "found", snapshot, events, due: reply[1] === "due" };
  }
}

function keysOf(command: VoucherCommandName, keys: Keys): string[] {
  if (command === "voucher:draw" || command === "drawing:approve") return moneyKeys(keys);
  const { voucher, deadlines, journal, silence } = keys;
  return command === "drawing:refuse"
    ? [voucher, deadlines, journal, silence]
    : [voucher, deadlines, journal];
}

function moneyKeys({ voucher, deadlines, journal, sums, undone, openSettlements, silence }: Keys): string[] {
  return [voucher, deadlines, journal, sums, undone, openSettlements, silence];
}
