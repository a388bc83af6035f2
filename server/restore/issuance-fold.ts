/** The record of an issuance, as its entries in the journal make it: the very form that the scripts write. */
import { hasEnded, MAX_REFUSALS, type State } from "@tallystick/protocol";
import type { FencedEntry, IssuanceEntry, ResumedEntry } from "../ledger/journal-entry.ts";
import { type Offer, readOffer } from "../ledger/offer.ts";
import { pack } from "../ledger/packing.ts";
import { decide } from "./decided.ts";

export class IssuanceFold {
  readonly issuanceId: string;
  /** As one text, with the salt of the digests. */
  readonly packed: string;
  readonly offer: Offer;
  state: State | "" = "";
  deadline: number | undefined;
  /** The account that stands; empty texts when none does. */
  number = "";
  endedAt = "";
  /** What a fence, or an operator's decision about one, says. */
  fence = "";
  /** Since when it is on its way out of the store, ms; undefined while it stays. */
  leavesSince: number | undefined;
  #digest = "";
  #changes = "0";
  #kind = "";
  #last4 = "";
  #name = "";
  #refusals = 0;
  #wasSent = false;
  #decided = "";
  readonly #log: string[] = [];
  readonly #answers: [field: string, answer: string][] = [];

  private constructor(issuanceId: string, packed: string, offer: Offer) {
    this.issuanceId = issuanceId;
    this.packed = packed;
    this.offer = offer;
  }

  /** Undefined where the entry is not an issuance's first. */
  static begin({ issuanceId, offer: packed = "" }: IssuanceEntry): IssuanceFold | undefined {
    const offer = readOffer(packed);
    return offer && new IssuanceFold(issuanceId, packed, offer);
  }

  get isFenced(): boolean {
    return this.fence.startsWith("fenced|");
  }

  get hasEnded(): boolean {
    return this.state !== "" && hasEnded(this.state);
  }

  /** Takes an event. @returns the answer of the operator's decision that has made it, if one has. */
  apply({ line, command, refused, write }: IssuanceEntry): string | undefined {
    const [digest = "", type, by, state, at = "", wait = "", ...rest] = line.split("|");
    const stateBefore = this.state;
    const claimant = write && this.#decide("cancel");
    this.#log.push(line);
    this.state = state as State;
    this.#digest = digest;
    if (type === "account.change_agreed") this.#changes = rest[0] ?? "0";
    else if (type === "account.refused") this.#refuse();
    else if (type === "account.verified" || type === "voucher.issued") this.#stand(rest);
    const ended = this.hasEnded;
    this.deadline = ended ? undefined : Number(at) + Number(wait);
    this.endedAt = ended ? at : "";
    if (ended && state !== "issued" && !this.isFenced) this.leavesSince = Number(at);
    if (command) {
      const field = `${by === "i" || this.offer.issuer === this.offer.payer ? "i" : "p"}:${command.id}`;
      const answer = [command.digest, this.#log.length];
      // Why the payer's account was refused is not told to an issuer that is another party.
      const hides = by === "i" && this.offer.issuer !== this.offer.payer;
      if (refused) answer.push(hides ? "account_refused" : refused.code);
      this.#answers.push([field, answer.join(" ")]);
    }
    return claimant && this.#decisionOf(line, stateBefore, claimant);
  }

  takeFence({ version, digest, by, at }: FencedEntry): void {
    this.fence = `fenced|${version}|${digest}|${by}|${at}`;
    this.leavesSince = undefined;
  }

  /** An operator lets it go on. @returns the decision's answer. */
  resume({ at, wait = 0 }: ResumedEntry): string {
    const claimant = this.#decide("resume");
    if (!this.hasEnded) this.deadline = at + wait;
    else if (this.state !== "issued") this.leavesSince = at;
    return this.#decisionOf("", "", claimant);
  }

  /** The fields of the record, and their values. */
  fields(): string[] {
    const fields = ["o", this.packed, "s", this.#standing()];
    if (this.#wasSent) fields.push("a", pack([this.#refusals, this.number, this.#name]));
    if (this.fence !== "") fields.push("q", this.fence);
    if (this.#decided !== "") fields.push("d", this.#decided);
    for (const [index, line] of this.#log.entries()) fields.push(String(index + 1), line);
    fields.push(...this.#answers.flat());
    return fields;
  }

  #standing(): string {
    const { state, deadline = "", endedAt } = this;
    const account = [this.#kind, this.#last4];
    return pack([this.#log.length, state, this.#digest, deadline, this.#changes, ...account, endedAt]);
  }

  /** While a change is under way, what stood before still stands. */
  #refuse(): void {
    this.#refusals = Math.min(this.#refusals + 1, MAX_REFUSALS);
    this.#wasSent = true;
    if (this.state !== "changing") this.#kind = this.#last4 = this.number = this.#name = "";
  }

  /** One that was accepted stood already, and is not named again. */
  #stand([kind = "", last4 = "", number = "", ...name]: string[]): void {
    this.#kind = kind;
    this.#last4 = last4;
    if (number === "") return;
    this.#wasSent = true;
    this.number = number;
    this.#name = name.join("|");
  }

  /** @returns the role of the party that had shown the fence. */
  #decide(decision: "resume" | "cancel"): string {
    const [, version = "", digest = "", by = ""] = this.fence.split("|");
    this.fence = `decided|${version}|${decision}`;
    this.#decided = decide([[version, digest]], this.#decided);
    return by;
  }

  #decisionOf(line: string, stateBefore: string, claimant: string): string {
    // Offer and standing are packed already.
    return ["done", line, stateBefore, this.packed, this.#standing(), claimant].join("\x1f");
  }
}
