/** An issuance on the screen: what happened to it, and what a person can do. */
import { type IssuerIssuance, isTallystickError, type PayerIssuance } from "@tallystick/client";
import { hasEnded, type IssuanceEvent, type Role, type Snapshot } from "@tallystick/protocol";
import { type Action, actionsFor, type IssuanceCommand } from "./actions.ts";
import { sentence } from "./sentences.ts";

/** How a line of the log is shown. */
export type Tone = "own" | "other" | "good" | "bad";

export interface LogLine {
  /** Milliseconds since the epoch. */
  at: number;
  text: string;
  tone: Tone;
}

/** What a person adds to a command. */
export interface CommandInput {
  account?: { number: string; holder: string };
  reason?: string;
}

/** How a command is sent: again with the same values it is the same intent. */
export interface Intent {
  commandId: string;
  /** What the person saw when the key was pressed; the hub refuses when it has moved on since. */
  ifVersion: number;
}

export class Entry {
  readonly issuance: IssuerIssuance | PayerIssuance;
  readonly lines: LogLine[] = [];
  /** The command on its way. */
  pending: IssuanceCommand | undefined;
  readonly #party: string;
  #wasRefused = false;

  constructor(issuance: IssuerIssuance | PayerIssuance, party: string) {
    this.issuance = issuance;
    this.#party = party;
  }

  get id(): string {
    return this.issuance.id;
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

  /** The party on the other side; oneself when one is both. */
  get other(): string {
    return this.issuance.role === "issuer" ? this.snapshot.payer : this.snapshot.issuer;
  }

  get actions(): Action[] {
    if (this.pending) return [];
    return actionsFor({ snapshot: this.snapshot, roles: this.roles, wasRefused: this.#wasRefused });
  }

  /** Follows the issuance to its end: all its events so far, and each that comes. */
  async follow(changed: () => void): Promise<void> {
    let from = 1;
    for (;;) {
      try {
        for await (const event of this.issuance.events({ from })) {
          from = event.version + 1;
          this.#heard(event);
          changed();
        }
        return;
      } catch (error) {
        if (isTallystickError(error, "disconnected")) return;
        // While the hub is out of reach the SDK asks again for half a minute, and so does this.
        if (isTallystickError(error) && error.retryable) continue;
        this.complain(error instanceof Error ? error.message : String(error));
        changed();
        return;
      }
    }
  }

  /** Shows what went wrong, among what happened. */
  complain(text: string): void {
    this.lines.push({ at: Date.now(), text, tone: "bad" });
  }

  /** @throws TallystickError as the SDK does. */
  async send(command: IssuanceCommand, input: CommandInput, intent: Intent): Promise<void> {
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

  #heard(event: IssuanceEvent): void {
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
