/** Tokens that an operator has revoked: sessions end at once on all hubs, and what was made before is refused. */
import { setTimeout as sleep } from "node:timers/promises";
import type { RevocationList, RevokedTokens, RevokeOutcome } from "./ledger/revoked-tokens.ts";
import type { Logger } from "./log.ts";
import { isUnavailable } from "./redis/availability.ts";
import { type Identity, TokenError, type Tokens } from "./tokens.ts";

/** How often a hub looks for what it was not told by another, milliseconds. */
const LOOK_EVERY_MS = 5000;

export interface RevocationsOptions {
  list: RevocationList;
  /** Ends the sessions of these tokens at this hub. */
  end: (revoked: RevokedTokens) => void;
  /** Lets the other hubs do the same. */
  tell: (revoked: RevokedTokens) => void;
  log: Logger;
}

export class Revocations {
  readonly #options: RevocationsOptions;
  readonly #seen = new Map<string, number>();
  #seenUntil = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: RevocationsOptions) {
    this.#options = options;
  }

  /** The same tokens, of which those are refused that were revoked. */
  guard(tokens: Tokens): Tokens {
    return {
      ...tokens,
      verify: async (token) => {
        const identity = await tokens.verify(token);
        await this.check(identity);
        return identity;
      },
    };
  }

  /** @throws TokenError when the token was revoked. */
  async check({ party, issuedAt }: Pick<Identity, "party" | "issuedAt">): Promise<void> {
    if (isRevoked(issuedAt, await this.#until(party))) throw new TokenError("the token was revoked");
  }

  async #until(party: string): Promise<number> {
    try {
      return await this.#options.list.until(party);
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      // The list is on one server, and while that is away parties of others go on: by what is known here.
      return this.#seen.get(party) ?? 0;
    }
  }

  /**
   * Revokes what a party has now. It answers when a token that is made from then on can be told from those: they have
   * the second in which they were made.
   */
  async revoke(party: string, writeId?: string): Promise<RevokeOutcome> {
    const { list, end, tell } = this.#options;
    const outcome = await list.revoke(party, writeId);
    if (outcome.kind === "refused") return outcome;
    end(outcome.revoked);
    tell(outcome.revoked);
    await sleep(1000 - (outcome.revoked.until % 1000));
    return outcome;
  }

  /** Looks now and then for what was revoked elsewhere, since a message between hubs can be lost. */
  start(): void {
    this.#timer = setInterval(() => void this.#look(), LOOK_EVERY_MS);
    this.#timer.unref();
    void this.#look();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const { list, end, log } = this.#options;
    try {
      // Several may be of one millisecond, of which some came after the last look.
      for (const revoked of await list.since(this.#seenUntil)) {
        if (this.#seen.get(revoked.party) === revoked.until) continue;
        end(revoked);
        this.#seen.set(revoked.party, revoked.until);
        this.#seenUntil = revoked.until;
      }
    } catch (error) {
      log.debug({ error: String(error) }, "revoked tokens could not be looked for");
    }
  }
}

/** A token that does not say when it was made counts as old. */
export function isRevoked(issuedAt: number, until: number): boolean {
  return until > 0 && issuedAt <= until;
}
