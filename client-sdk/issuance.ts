/** An issuance as an object: what both roles can see and do. */
import type { EventType, Role } from "@tallystick/protocol/lifecycle";
import type { WaitOptions } from "./abortable.ts";
import { callSafely } from "./call.ts";
import type { EventLog } from "./event-log.ts";
import { type CommandOptions, type Listener, LiveObject } from "./live-object.ts";
import { VOUCHER } from "./voucher-kind.ts";
import type { DurabilityLevel, IssuanceEvent, Snapshot, VoucherStub } from "./wire.ts";

/** A listener of an issuance's events, or of those of one type. */
export type IssuanceListener<E extends IssuanceEvent = IssuanceEvent> = Listener<E, Snapshot>;

/** The event of one type. */
export type EventOf<T extends EventType> = Extract<IssuanceEvent, { type: T }>;

/** The snapshot after a command. */
export type CommandResult = Snapshot & {
  /**
   * When the command issued the voucher, what that survives: `memory` not even, always, the death of the store's
   * process, `fsynced` a power cut, `replicated` the loss of the store's machine.
   */
  durability?: DurabilityLevel;
};

/** What both roles can see and do of an issuance. */
export abstract class Issuance extends LiveObject<"issuance"> {
  abstract override readonly role: Role;

  /**
   * Asks for another account (`account:change`; claims 1, 5 and 11). That it resolves is the hub's consent;
   * the other side is told.
   *
   * @throws TallystickError `change_not_allowed` after five changes; `wrong_state`.
   */
  changeAccount(reason?: string, options?: CommandOptions): Promise<CommandResult> {
    return this.command("account:change", { reason }, options);
  }

  /**
   * Calls a listener with whether the other side has a terminal connected: as soon as that is known, and with each
   * change until the issuance has ended.
   *
   * @returns what takes the listener away again.
   * @example const stop = issuance.onPresence((here) => console.log(here ? "here" : "away"));
   */
  onPresence(listener: (here: boolean) => void): () => void {
    const { log } = this;
    let known: boolean | undefined;
    const stop = log.watch({
      presence: (here) => {
        if (here === known) return;
        known = here;
        callSafely(
          () => listener(here),
          (error) => log.session.report(error),
        );
      },
    });
    log.askPresence();
    return stop;
  }

  /** @internal */
  protected async loadVoucher(options: WaitOptions): Promise<EventLog<"voucher">> {
    const { voucher } = await this.until("issued", options);
    return this.log.session.followed.load(VOUCHER, (voucher as VoucherStub).voucherId, options);
  }

  /** Ends the issuance without a voucher (`issuance:cancel`). */
  cancel(reason?: string, options?: CommandOptions): Promise<CommandResult> {
    return this.command("issuance:cancel", { reason }, options);
  }
}
