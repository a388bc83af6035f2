/** How many new requests each party has had of late, and all of them together: counts that fade with time. */

/** In this time a count fades to about a third, so that it is what comes within a second, milliseconds. */
const FADES_MS = 1000;
/** A party that has asked for less than this of late is forgotten. */
const FORGOTTEN = 0.1;

export interface Share {
  asked: number;
  admitted: number;
  /** When something of the party's was last refused, or made to wait: ms on the clock of `performance.now()`. */
  waitedAt: number;
}

export class PartyShares {
  readonly #shares = new Map<string, Share>();
  asked = 0;
  admitted = 0;

  /** How many parties have asked of late. */
  get parties(): number {
    return this.#shares.size;
  }

  /** A party asks for something. */
  ask(party: string): Share {
    let share = this.#shares.get(party);
    if (!share) {
      share = { asked: 0, admitted: 0, waitedAt: Number.NEGATIVE_INFINITY };
      this.#shares.set(party, share);
    }
    share.asked += 1;
    this.asked += 1;
    return share;
  }

  /** It gets it. */
  admit(share: Share): void {
    share.admitted += 1;
    this.admitted += 1;
  }

  decay(elapsedMs: number): void {
    const left = Math.exp(-elapsedMs / FADES_MS);
    this.asked *= left;
    this.admitted *= left;
    for (const [party, share] of this.#shares) {
      share.asked *= left;
      share.admitted *= left;
      if (share.asked < FORGOTTEN) this.#shares.delete(party);
    }
  }
}
