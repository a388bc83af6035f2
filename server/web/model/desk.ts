/** The party's desk: its terminal, and all that is open or lives, as it comes and goes. */
import { computed, signal } from "@preact/signals";
import {
  connect,
  isTallystickError,
  newCommandId,
  type Offer,
  type Snapshot,
  type TallystickError,
  type Terminal,
} from "@tallystick/client";
import { readAccounts } from "./accounts.ts";
import { setClock } from "./clock.ts";
import { Found } from "./found.ts";
import { IssuanceItem } from "./issuance-item.ts";
import { Line } from "./line.ts";
import { hubUrl } from "./place.ts";
import { addressOf, type Search } from "./search.ts";
import { type Credentials, tokenFor } from "./sign-in.ts";
import { VoucherItem, type VoucherSide } from "./voucher-item.ts";

export type AnyItem = IssuanceItem | VoucherItem;

/** How many of each are taken up at once: an inbox is to be looked at, and the rest is found by its address. */
const MOST = 100;
/** How often it is looked for what the party's other terminals have begun, milliseconds. */
const LOOK_EVERY_MS = 30_000;
/** A command is asked for that long before its answer is said to be unknown; it is asked for again all the same. */
const COMMAND_MS = 20_000;

export class Desk {
  readonly terminal: Terminal;
  readonly line: Line;
  readonly items = signal<readonly AnyItem[]>([]);
  /** False until all that is open has been asked for once. */
  readonly isLoaded = signal(false);
  /** Why the hub has closed the session for good. */
  readonly closed = signal<TallystickError | undefined>(undefined);
  #found: Found | undefined;
  /** What another party has shown to be behind, also where it is not at hand. */
  readonly #fenced = new Set<string>();
  readonly #credentials: Credentials;
  readonly #timer: ReturnType<typeof setInterval>;

  private constructor(terminal: Terminal, line: Line, credentials: Credentials) {
    this.terminal = terminal;
    this.line = line;
    this.#credentials = credentials;
    this.#timer = setInterval(() => void this.#takeUp(), LOOK_EVERY_MS);
    setClock(() => terminal.now);
    this.#listen();
    void this.#takeUp();
  }

  /** @throws TallystickError when the token is refused, or no hub answers. */
  static async open(credentials: Credentials): Promise<Desk> {
    const line = new Line();
    const terminal = await connect(hubUrl.href, {
      // A token of the person's own stays the same; one that is made for them is made anew.
      token: "token" in credentials ? credentials.token : () => tokenFor(credentials),
      commandTimeoutMs: COMMAND_MS,
      onError: (error) => line.trouble(error),
      socket: line.pace,
    });
    line.watch(terminal);
    return new Desk(terminal, line, credentials);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.terminal.close();
  }

  /** Something is on its way whose outcome is not known. */
  readonly isBusy = computed(() => this.items.value.some((item) => item.pending.value !== undefined));

  find(id: string): AnyItem | undefined {
    return this.items.value.find((item) => item.id === id);
  }

  /** One that is not at hand, as by a link. @throws TallystickError `not_found`. */
  async load(id: string): Promise<AnyItem> {
    const known = this.find(id);
    if (known) return known;
    const item = id.startsWith("v")
      ? this.#addVoucher(await this.terminal.voucher(id))
      : this.#addIssuance(await this.terminal.issuance(id));
    item.isHistory.value = item.ended.value;
    return item;
  }

  /** Looks whether an operator has decided: what is asked for now is done, or is refused as before. */
  lookAgain(item: AnyItem): void {
    this.#fenced.delete(item.id);
    item.fenced.value = false;
  }

  /** Goes on from what the hub has of it, where that has gone back behind what was shown. */
  async begin(lost: AnyItem): Promise<void> {
    const without = this.items.value.filter((item) => item !== lost);
    this.items.value = without;
    try {
      const item = await this.load(lost.id);
      item.fenced.value = !item.ended.value;
    } catch (error) {
      this.items.value = [lost, ...this.items.value.filter(({ id }) => id !== lost.id)];
      this.line.trouble(error);
      if (isTallystickError(error)) lost.lost.value = error;
    }
  }

  /** What of the history is found; the last search is kept, to be gone back to. */
  history(search: Search): Found {
    if (this.#found?.key !== addressOf(search)) this.#found = new Found(this.terminal, search);
    return this.#found;
  }

  /** Takes what has ended out of the inbox. */
  clearEnded(): void {
    for (const item of this.items.value) if (item.ended.value) item.isHistory.value = true;
  }

  /**
   * Asks a party to be payer, for as long as it takes: the hub makes one issuance of it.
   *
   * @throws TallystickError when it is refused.
   */
  async request(offer: Offer): Promise<IssuanceItem> {
    const commandId = newCommandId();
    for (;;) {
      try {
        return this.#addIssuance(await this.terminal.requestPayer(offer, { commandId }));
      } catch (error) {
        if (!isTallystickError(error) || !error.retryable || error.code === "disconnected") throw error;
      }
    }
  }

  /** The party's token, for what is read over HTTP; undefined where none can be had now. */
  token(): Promise<string | undefined> {
    return tokenFor(this.#credentials).catch(() => undefined);
  }

  async readAccounts(): Promise<void> {
    const token = await this.token();
    if (token !== undefined) await readAccounts(this.terminal.party, token);
  }

  #listen(): void {
    const { terminal } = this;
    terminal.onRequest((issuance) => void this.#addIssuance(issuance));
    terminal.onVoucher((voucher) => void this.#addVoucher(voucher));
    terminal.onDrawing(async ({ voucherId }) => void (await this.#takeVoucher(voucherId)));
    terminal.on("connected", () => void this.#takeUp());
    // Who is there nobody knows while the line is cut; over the next one the hub tells it anew.
    terminal.on("disconnected", () => {
      for (const item of this.items.value) if (item.kind === "issuance") item.here.value = undefined;
    });
    terminal.on("fenced", (id) => {
      this.#fenced.add(id);
      const item = this.find(id);
      if (item) item.fenced.value = true;
    });
    terminal.on("closed", (reason) => {
      this.closed.value = reason;
    });
  }

  /** What is open or lives and is not at hand, as what another terminal of the party began. */
  async #takeUp(): Promise<void> {
    if (!this.terminal.connected) return;
    try {
      let count = 0;
      for await (const { issuanceId } of this.terminal.openIssuances()) {
        if (++count > MOST) break;
        if (!this.find(issuanceId)) this.#addIssuance(await this.terminal.issuance(issuanceId));
      }
      count = 0;
      for await (const { voucherId } of this.terminal.vouchers()) {
        if (++count > MOST) break;
        await this.#takeVoucher(voucherId);
      }
      this.isLoaded.value = true;
    } catch (error) {
      this.line.trouble(error);
    }
  }

  async #takeVoucher(id: string): Promise<void> {
    if (!this.find(id)) this.#addVoucher(await this.terminal.voucher(id));
  }

  #addIssuance(issuance: IssuanceItem["issuance"]): IssuanceItem {
    const known = this.find(issuance.id);
    if (known) return known as IssuanceItem;
    const item = new IssuanceItem(issuance, this.#isSeen);
    item.fenced.value = this.#fenced.has(item.id);
    this.items.value = [item, ...this.items.value];
    void item.follow().then((snapshot) => this.#goOn(snapshot));
    return item;
  }

  /** An issuance that has ended in a voucher goes on as that. */
  async #goOn({ voucher }: Snapshot): Promise<void> {
    if (!voucher) return;
    await this.#takeVoucher(voucher.voucherId).catch((error: unknown) => this.line.trouble(error));
    await this.readAccounts();
  }

  #addVoucher(voucher: VoucherSide): VoucherItem {
    const known = this.find(voucher.id);
    if (known) return known as VoucherItem;
    const item = new VoucherItem(voucher, this.terminal.party, this.#isSeen);
    item.fenced.value = this.#fenced.has(item.id);
    this.items.value = [item, ...this.items.value];
    void item.follow();
    return item;
  }

  /** What comes while the page is hidden, or happened while the line was cut, is marked until it has been seen. */
  readonly #isSeen = (at: number) => this.line.sawHappen(at) && document.visibilityState === "visible";
}
