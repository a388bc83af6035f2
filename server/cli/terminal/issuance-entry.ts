/** An issuance on the screen. */
import type { IssuerIssuance, PayerIssuance } from "@tallystick/client";
import { hasEnded, type IssuanceEvent, type Role, type Snapshot, waitsFor } from "@tallystick/protocol";
import { glimpse, money, quoted } from "../event-details.ts";
import {
  type Action,
  type CommandInput,
  Entry,
  type EntryCommand,
  type Intent,
  type Tone,
  type Waiting,
} from "./entry.ts";
import { actionsFor } from "./issuance-actions.ts";
import { sentence } from "./sentences.ts";

export class IssuanceEntry extends Entry<IssuanceEvent> {
  readonly issuance: IssuerIssuance | PayerIssuance;
  readonly #party: string;
  #wasRefused = false;

  constructor(issuance: IssuerIssuance | PayerIssuance, party: string) {
    super(issuance);
    this.issuance = issuance;
    this.#party = party;
  }

  get snapshot(): Snapshot {
    return this.issuance.snapshot;
  }

  get ended(): boolean {
    return hasEnded(this.snapshot.state);
  }

  /** One party may have both (claims 2 and 7). */
  get roles(): Role[] {
    const { issuer, payer } = this.snapshot;
    return issuer === payer ? ["issuer", "payer"] : [this.issuance.role];
  }

  get other(): string {
    return this.issuance.role === "issuer" ? this.snapshot.payer : this.snapshot.issuer;
  }

  get waiting(): Waiting | undefined {
    const role = waitsFor(this.snapshot.state);
    return role && { forMe: this.roles.includes(role), until: this.snapshot.deadline };
  }

  get rest(): string {
    return "";
  }

  heads(): string[] {
    const { issuer, payer, amount, currency, memo, account, state, issuanceId } = this.snapshot;
    const standing = account && !this.ended ? `, ${glimpse(account)} verified` : "";
    const sum = `${money(amount, currency)} for ${issuer} from ${payer} ${quoted(memo)}`.trim();
    return [sum, `${issuanceId}, ${state}${standing}`];
  }

  protected get allowed(): Action[] {
    return actionsFor({ snapshot: this.snapshot, roles: this.roles, wasRefused: this.#wasRefused });
  }

  async send(command: EntryCommand, input: CommandInput, intent: Intent): Promise<void> {
    const { issuance } = this;
    const issuer = issuance.role === "issuer" ? issuance : undefined;
    const payer = issuance.role === "payer" ? issuance : this.#asPayer();
    switch (command) {
      case "payer:agree":
        return void (await payer?.agree(intent));
      case "payer:decline":
        return void (await payer?.decline(input.reason, intent));
      case "issuance:open":
        return void (await issuer?.open(intent));
      case "account:submit":
        return void (input.account && (await payer?.submitAccount(input.account, intent)));
      case "account:change":
        return void (await issuance.changeAccount(input.reason, intent));
      case "account:keep":
        return void (await payer?.keepAccount(intent));
      case "issuance:accept":
        return void (await issuer?.accept(intent));
      case "issuance:cancel":
        return void (await issuance.cancel(input.reason, intent));
    }
  }

  #asPayer(): PayerIssuance | undefined {
    const { issuance } = this;
    return issuance.role === "issuer" && this.roles.length === 2 ? issuance.asPayer() : undefined;
  }

  protected hear(event: IssuanceEvent): void {
    if (event.type === "account.refused") this.#wasRefused = true;
    const { issuer, payer, amount, currency } = this.snapshot;
    const text = sentence(event, { issuer, payer, amount, currency, self: this.#party });
    this.lines.push({ at: event.at, text, tone: this.#toneOf(event) });
  }

  #toneOf(event: IssuanceEvent): Tone {
    if (event.type === "voucher.issued") return "good";
    if (event.type === "account.refused" || (hasEnded(event.state) && event.state !== "issued")) return "bad";
    return event.by !== "hub" && this.roles.includes(event.by) ? "own" : "other";
  }
}
