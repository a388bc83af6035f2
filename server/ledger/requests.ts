/**
 * `payer:request`: the index in the issuer's partition first, then the issuance in the payer's, in one step where one
 * server is sure to have both. What issuers have open is counted in the same steps; where there is no room for one more,
 * it is looked whether some of what counts is over by now.
 */
import type { CommandPayloads } from "@tallystick/protocol";
import { DEFAULT_VALID_FOR } from "@tallystick/protocol";
import { isUnavailable } from "../redis/availability.ts";
import { commonArguments, type Party } from "./command-arguments.ts";
import { homeOf, type LedgerContext } from "./context.ts";
import { freshSalt } from "./digest-chain.ts";
import type { Indexed } from "./issuer-index.ts";
import {
  bookKey,
  issuanceIdFor,
  issuanceKeys,
  partitionKeys,
  rangeOf,
  requestKey,
  retiredKey,
} from "./keys.ts";
import type { OpenIssuances } from "./open-issuances.ts";
import { type Outcome, readOutcome } from "./outcome.ts";
import { packApproval } from "./record.ts";
import type { Untouched } from "./untouched.ts";

type Payload = CommandPayloads["payer:request"];

export interface RequestParts {
  openIssuances: OpenIssuances;
  untouched: Untouched;
}

export class Requests {
  readonly #context: LedgerContext;
  readonly #parts: RequestParts;

  constructor(context: LedgerContext, parts: RequestParts) {
    this.#context = context;
    this.#parts = parts;
  }

  async request(sender: Party, payload: Payload): Promise<Outcome> {
    const outcome = await this.#tryToRequest(sender, payload);
    const hasRoom = await this.#makeRoom(sender.party, payload, outcome);
    return hasRoom ? this.#tryToRequest(sender, payload) : outcome;
  }

  /** What is over by now, and is in an index of another partition than its own, is taken out of that a moment later. */
  #makeRoom(issuer: string, { beneficiary = issuer }: Payload, outcome: Outcome): Promise<boolean> | false {
    if (outcome.kind !== "refused" || outcome.code !== "too_many_open") return false;
    const { openIssuances, untouched } = this.#parts;
    switch (outcome.details?.limit) {
      case "OPEN_PER_ISSUER":
        return openIssuances.makeRoom(issuer);
      case "UNTOUCHED_PER_PAIR":
        return untouched.makeRoom({ of: beneficiary, by: issuer });
      default:
        // What waits for its payer is counted where it is.
        return false;
    }
  }

  async #tryToRequest(sender: Party, payload: Payload): Promise<Outcome> {
    const partition = homeOf(this.#context, payload.payer);
    const home = homeOf(this.#context, sender.party);
    const issuanceId = issuanceIdFor({ issuer: sender.party, commandId: payload.commandId, partition });
    const { scripts, isSpread, book } = this.#context;
    const { openPerPair, openPerIssuer, untouchedPerPair } = this.#context.limits;
    const index = [
      requestKey(home, issuanceId),
      partitionKeys.open(home),
      partitionKeys.requested(home),
      bookKey(home),
    ];
    const beneficiary = payload.beneficiary ?? sender.party;
    const away = homeOf(this.#context, beneficiary);
    const args = this.#arguments(sender, payload, issuanceId);
    const limits = [freshSalt(), book.id, openPerPair, openPerIssuer, untouchedPerPair];
    const keys = [...issuanceKeys(issuanceId), partitionKeys.proposed(partition), bookKey(partition)];
    keys.push(retiredKey(issuanceId));
    const run = async (all: string[], more: (string | number)[]) => {
      const reply = await scripts.run("request-payer", all, [...args, ...more, ...limits]);
      return readOutcome(issuanceId, reply).outcome;
    };
    if (!isSpread || (partition === home && partition === away))
      return run([...keys, ...index, partitionKeys.untouched(away)], ["", "", ""]);
    const question = [issuanceId, sender.party, partition, book.id, openPerIssuer];
    const [indexed, count] = await Promise.all([
      scripts.run("index-request", index, question),
      beneficiary === sender.party ? "" : this.#countUntouched(beneficiary, sender.party),
    ]);
    const [kind, indexedAt = "", found = ""] = indexed;
    if (kind !== "done") return readOutcome(issuanceId, indexed).outcome;
    const request = run(keys, [indexedAt, found, count]);
    if (found !== "new") return request;
    return this.#withdrawRefused(request, { issuanceId, issuer: sender.party, indexedAt });
  }

  #arguments(sender: Party, payload: Payload, issuanceId: string): (string | number)[] {
    const { respondWithinMs, maxValidFor } = this.#context;
    const asked = (payload.respondWithin ?? Number.POSITIVE_INFINITY) * 1000;
    return [
      ...commonArguments(this.#context, {
        command: "payer:request",
        sender,
        payload: { ...payload, issuanceId },
      }),
      payload.payer,
      payload.amount,
      payload.currency,
      payload.memo ?? "",
      payload.review ?? "first",
      Math.min(respondWithinMs, asked),
      homeOf(this.#context, payload.payer),
      payload.beneficiary === sender.party ? "" : (payload.beneficiary ?? ""),
      payload.validFor ?? Math.min(DEFAULT_VALID_FOR, maxValidFor),
      packApproval(payload.approval),
    ];
  }

  /** Beside the index's step, since the beneficiary's partition may be on a third server. */
  #countUntouched(beneficiary: string, issuer: string): Promise<number> {
    const key = partitionKeys.untouched(homeOf(this.#context, beneficiary));
    const { store, book } = this.#context;
    book.check(key);
    return store.zlexcount(key, ...rangeOf(beneficiary, issuer));
  }

  /** A request that was refused leaves nothing in the index, which was written before. */
  async #withdrawRefused(request: Promise<Outcome>, entry: Indexed): Promise<Outcome> {
    let isRefused = false;
    try {
      const outcome = await request;
      isRefused = outcome.kind === "refused";
      return outcome;
    } catch (error) {
      // Where nobody knows whether it was made, the entry stays.
      isRefused = !isUnavailable(error);
      throw error;
    } finally {
      if (isRefused) await this.#parts.openIssuances.withdraw(entry);
    }
  }
}
