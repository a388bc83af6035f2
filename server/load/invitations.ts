/**
 * The invitations of one payer, each handed to the negotiation that it is of. Others come as well: of a
 * negotiation that has failed, of a load before this one, or of one that runs at the same time.
 */
import type { PayerIssuance } from "@tallystick/client";

export class Invitations {
  readonly #came = new Map<string, PayerIssuance>();
  #awaited: { issuanceId: string; take: (issuance: PayerIssuance) => void } | undefined;

  came(issuance: PayerIssuance): void {
    if (this.#awaited?.issuanceId === issuance.id) this.#awaited.take(issuance);
    else this.#came.set(issuance.id, issuance);
  }

  /**
   * The invitation to an issuance, whether it has come or is still to come.
   *
   * @throws Error when it does not come in time: then an event was lost.
   */
  of(issuanceId: string, timeoutMs: number): Promise<PayerIssuance> {
    const came = this.#came.get(issuanceId);
    if (came) return Promise.resolve(came);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("the payer was not told of the request")), timeoutMs);
      const take = (issuance: PayerIssuance) => {
        clearTimeout(timer);
        resolve(issuance);
      };
      this.#awaited = { issuanceId, take };
    });
  }

  /** Forgets what nobody has asked for. */
  clear(): void {
    this.#came.clear();
    this.#awaited = undefined;
  }
}
