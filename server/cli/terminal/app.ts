/**
 * The terminal app's core: keys in, pictures of the screen out. A person plays issuer, payer or beneficiary, in any
 * number of issuances and vouchers at once.
 */

import type { Key } from "node:readline";
import {
  type IssuerIssuance,
  isTallystickError,
  newCommandId,
  type Offer,
  type PayerIssuance,
  type Terminal,
} from "@tallystick/client";
import { issuanceIdOf } from "@tallystick/protocol";
import { askForInput } from "./ask-input.ts";
import type { Action, CommandInput, Entry, EntryCommand, Intent } from "./entry.ts";
import { askForOffer } from "./forms.ts";
import { IssuanceEntry } from "./issuance-entry.ts";
import { Questions } from "./questions.ts";
import type { View } from "./screen.ts";
import { explain } from "./sentences.ts";
import { VoucherEntry } from "./voucher-entry.ts";

/** How many vouchers are shown at the start; the list is a screen, not a book. */
const MOST_VOUCHERS = 100;

export interface AppOptions {
  terminal: Terminal;
  url: string;
  /** Called when there is something new to show. */
  changed: () => void;
  /** Called when somebody else wants something of this person: a new invitation. */
  attention?: () => void;
}

/** Something whose outcome nobody knows: the very same can be sent again. */
interface Unsettled {
  what: string;
  again: () => Promise<void>;
}

export class TerminalApp {
  readonly #options: AppOptions;
  readonly #entries: Entry[] = [];
  readonly #unsettled: Unsettled[] = [];
  #chosen: Entry | undefined;
  #questions: Questions | undefined;
  #notices: string[] = [];
  readonly #issued: string[] = [];
  /** What was given last with each command. */
  readonly #accounts = new Map<EntryCommand, { number: string; holder: string }>();
  #finish: (reason?: Error) => void = () => undefined;
  /** Settles when the person leaves, or the hub has closed the terminal for good. */
  readonly finished: Promise<void>;

  constructor(options: AppOptions) {
    this.#options = options;
    this.finished = new Promise((resolve, reject) => {
      this.#finish = (reason) => (reason ? reject(reason) : resolve());
    });
    this.finished.catch(() => undefined);
  }

  /** Takes up what is open already, and waits for invitations. */
  start(): void {
    const { terminal, changed, attention } = this.#options;
    terminal.onRequest((issuance) => {
      if (this.#addIssuance(issuance)) attention?.();
    });
    terminal.onVoucher(({ id }) => this.#showVoucher(id));
    terminal.onDrawing(({ voucherId }) => this.#showVoucher(voucherId).then(attention));
    terminal.on("connected", () => {
      changed();
      void this.#takeUp();
    });
    terminal.on("disconnected", changed);
    terminal.on("error", (error) => this.#notice(explain(error)));
    terminal.on("closed", (reason) => this.#finish(reason));
    void this.#takeUp();
  }

  /** What there is to see now. */
  view(now: number): View {
    const { terminal, url } = this.#options;
    return {
      party: terminal.party,
      url,
      connected: terminal.connected,
      entries: this.#entries,
      chosen: this.#chosen,
      question: this.#questions?.shown,
      notices: this.#notices,
      keys: this.#keys(),
      now,
    };
  }

  /** The vouchers that were issued while the person watched. */
  get vouchers(): string[] {
    return this.#issued;
  }

  /** A key of the person's. */
  press(text: string | undefined, key: Key): void {
    if (this.#questions) this.#questions.press(text, key);
    else if (key.ctrl && key.name === "c") this.#finish();
    else this.#command(text, key);
    this.#options.changed();
  }

  #command(text: string | undefined, key: Key): void {
    this.#notices = [];
    const action = this.#chosen?.actions.find((candidate) => candidate.key === text);
    if (key.name === "up") this.#move(-1);
    else if (key.name === "down") this.#move(1);
    else if (text && /^[1-9]$/.test(text)) this.#choose(this.#entries[Number(text) - 1]);
    else if (action && this.#chosen) void this.#act(this.#chosen, action);
    else if (text === "r") void this.#request();
    else if (text === "t") void this.#unsettled.shift()?.again();
    else if (text === "h") this.#hideEnded();
    else if (text === "l") void this.#takeUp();
    else if (text === "q") this.#finish();
  }

  #keys(): { key: string; label: string }[] {
    return [
      { key: "r", label: "request a payer" },
      ...(this.#entries.length > 1 ? [{ key: "↑↓ 1-9", label: "choose" }] : []),
      ...(this.#entries.some(({ ended }) => ended) ? [{ key: "h", label: "hide what has ended" }] : []),
      ...this.#unsettled.slice(0, 1).map(({ what }) => ({ key: "t", label: `send ${what} again` })),
      { key: "l", label: "look for others" },
      { key: "q", label: "quit" },
    ];
  }

  /** What is open or lives and is not shown, as what another terminal of this party began, or what was issued yesterday. */
  async #takeUp(): Promise<void> {
    const { terminal } = this.#options;
    try {
      for await (const { issuanceId } of terminal.openIssuances()) {
        if (!this.#find(issuanceId)) this.#addIssuance(await terminal.issuance(issuanceId));
      }
      let count = 0;
      for await (const { voucherId } of terminal.vouchers()) {
        count += 1;
        if (count > MOST_VOUCHERS)
          return this.#notice([`Of the vouchers the newest ${MOST_VOUCHERS} are shown.`]);
        await this.#showVoucher(voucherId);
      }
    } catch (error) {
      // The next connection looks again.
      if (!isTallystickError(error, "disconnected")) this.#notice(explain(error));
    }
  }

  #find(id: string): Entry | undefined {
    return this.#entries.find((entry) => entry.id === id);
  }

  /** True when it was not there yet. */
  #addIssuance(issuance: IssuerIssuance | PayerIssuance): boolean {
    if (this.#find(issuance.id)) return false;
    const { terminal, changed } = this.#options;
    const entry = new IssuanceEntry(issuance, terminal.party);
    this.#add(entry);
    void entry.follow(changed).then(() => this.#goOn(entry));
    return true;
  }

  /** An issuance that has ended in a voucher goes on as that. */
  async #goOn({ snapshot: { voucher } }: IssuanceEntry): Promise<void> {
    if (!voucher) return;
    this.#issued.push(voucher.voucherId);
    await this.#showVoucher(voucher.voucherId).catch((error: unknown) => this.#notice(explain(error)));
  }

  /** Shows a voucher, in the place of the issuance that it came from. */
  async #showVoucher(id: string): Promise<void> {
    const { terminal, changed } = this.#options;
    const before = this.#find(issuanceIdOf(id));
    // An issuance whose end has not been told yet goes on as its voucher then.
    if (this.#find(id) || (before && !before.ended)) return;
    const voucher = await terminal.voucher(id);
    if (this.#find(id)) return;
    const entry = new VoucherEntry(voucher, terminal.party, before?.lines);
    if (before) this.#replace(before, entry);
    else this.#add(entry);
    void entry.follow(changed);
    if (entry.waiting?.forMe) this.#options.attention?.();
  }

  #replace(before: Entry, entry: Entry): void {
    this.#entries[this.#entries.indexOf(before)] = entry;
    if (this.#chosen === before) this.#chosen = entry;
    this.#options.changed();
  }

  /** What the person looks at stays, unless it is over. */
  #add(entry: Entry): void {
    this.#entries.push(entry);
    if (!this.#chosen || (this.#chosen.ended && !this.#questions)) this.#chosen = entry;
    this.#options.changed();
  }

  #move(step: number): void {
    const place = this.#chosen ? this.#entries.indexOf(this.#chosen) : -1;
    this.#choose(this.#entries[place + step]);
  }

  #choose(entry: Entry | undefined): void {
    if (entry) this.#chosen = entry;
  }

  #hideEnded(): void {
    const open = this.#entries.filter(({ ended }) => !ended);
    this.#entries.splice(0, this.#entries.length, ...open);
    if (this.#chosen?.ended) this.#chosen = open.at(-1);
  }

  #notice(lines: string[]): void {
    this.#notices = lines;
    this.#options.changed();
  }

  /** Asks what the command needs besides, and sends it. */
  async #act(entry: Entry, action: Action): Promise<void> {
    const { command, label, drawingId } = action;
    const asked = await this.#ask(`${label}, ${entry.id}`, { entry, action }, (questions) =>
      askForInput(questions, entry, command, this.#accounts.get(command)),
    );
    if (!asked) return;
    if (asked.account) this.#accounts.set(command, asked.account);
    const input = { ...asked, ...(drawingId !== undefined && { drawingId }) };
    await this.#send(entry, command, input, {
      commandId: newCommandId(),
      ifVersion: entry.snapshot.version,
    });
  }

  async #send(entry: Entry, command: EntryCommand, input: CommandInput, intent: Intent): Promise<void> {
    const { changed } = this.#options;
    entry.pending = command;
    changed();
    try {
      await entry.send(command, input, intent);
    } catch (error) {
      for (const line of explain(error)) entry.complain(line);
      if (isTallystickError(error) && error.retryable) {
        const again = () => this.#send(entry, command, input, intent);
        this.#unsettled.push({ what: command, again });
      }
    } finally {
      entry.pending = undefined;
      changed();
    }
  }

  async #request(): Promise<void> {
    const { party } = this.#options.terminal;
    const offer = await this.#ask("request a payer", undefined, (questions) => askForOffer(questions, party));
    if (offer) await this.#sendRequest(offer, newCommandId());
  }

  async #sendRequest(offer: Offer, commandId: string): Promise<void> {
    try {
      const issuance = await this.#options.terminal.requestPayer(offer, { commandId });
      this.#addIssuance(issuance);
      this.#choose(this.#find(issuance.id));
    } catch (error) {
      if (isTallystickError(error) && error.retryable) {
        const again = () => this.#sendRequest(offer, commandId);
        this.#unsettled.push({ what: "payer:request", again });
      }
      this.#notice(explain(error));
    }
    this.#options.changed();
  }

  /** Asks questions; they go away when what they are about has moved on and no longer allows the command. */
  async #ask<T>(
    title: string,
    about: { entry: Entry; action: Action } | undefined,
    ask: (questions: Questions) => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const questions = new Questions(title);
    const { changed } = this.#options;
    this.#questions = questions;
    questions.on("changed", changed);
    const stop = about?.entry.subject.on(() => {
      if (!about.entry.allows(about.action)) questions.stop();
    });
    try {
      return await ask(questions);
    } finally {
      stop?.();
      this.#questions = undefined;
      changed();
    }
  }
}
