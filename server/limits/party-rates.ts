/**
 * How much a party may send over all its terminals, and over HTTP. Each hub counts by itself, so that no command asks
 * the store for it; of parties above a tenth of the rate hubs tell each other once a second, and each hub leaves a
 * party what the others do not take. Where hubs don't hear of each other, each grants the whole.
 */
import { randomBytes } from "node:crypto";
import { type Allowance, fullAllowance, isFull, owe, spend } from "./allowance.ts";
import { readTold, type Told } from "./told-uses.ts";

/** The room in which hubs tell each other. Every hub is in it. */
export const RATES_ROOM = "rates:hubs";

/** How often hubs tell each other, milliseconds. */
const TOLD_EVERY_MS = 1000;
/** What a hub told counts for so long: one message may be lost, and a hub may be gone, milliseconds. */
const COUNTS_FOR_MS = 2500;
/** Of what is below this share of the rate others are not told, and each hub grants as much in any case. */
const FREE_SHARE = 0.1;
/** In what time it is counted who has been refused, milliseconds. */
const WINDOW_MS = 1000;
/** The longest that who was refused is asked to wait for the others, milliseconds. */
const LONGEST_WAIT_MS = 5000;

export interface PartyRatesOptions {
  /** Units a second that a party may send; twice as many in a burst. */
  perSecond: number;
  /** Where hubs hear of each other; absent where one is alone. */
  bus: { publish(message: { room: string; json: string }): void; hear(room: string): void } | undefined;
}

/** What a party has sent to this hub of late. */
interface Use {
  readonly allowance: Allowance;
  /** What this hub grants the party. */
  perSecond: number;
  /** Units that were asked for since hubs told each other last, granted or not. */
  asked: number;
  /** How many of its terminals were refused in a window, the newest in which any was, and in the one before. */
  window: number;
  waiting: number;
  waitedBefore: number;
}

/** A terminal that may be refused. */
export interface Waiter {
  /** In which window it was refused last. */
  window: number;
}

export class PartyRates {
  readonly #options: PartyRatesOptions;
  readonly #name = randomBytes(6).toString("base64url");
  /** Only parties of whom there is something to remember. */
  readonly #uses = new Map<string, Use>();
  readonly #others = new Map<string, { uses: Told["uses"]; until: number }>();
  #hasTold = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PartyRatesOptions) {
    this.#options = options;
    options.bus?.hear(RATES_ROOM);
  }

  /**
   * Takes units of a party's; otherwise says in how many milliseconds to come again, and takes none.
   *
   * @param waiter which of the party's terminals asks; over HTTP it is not known.
   */
  charge(party: string, units: number, waiter?: Waiter): number {
    const now = Date.now();
    const use = this.#useOf(party, now);
    use.asked += units;
    const waitMs = spend(use.allowance, use.perSecond, now, units);
    if (waitMs === 0) return 0;
    // Each that waits comes again once in this time, and all of them no more often than is granted.
    const together = (countWaiting(use, waiter, now) * units * 1000) / use.perSecond;
    return Math.max(waitMs, Math.ceil(Math.min(LONGEST_WAIT_MS, together)));
  }

  /** Takes units afterwards, for what turned out to cost more. */
  owe(party: string, units: number): void {
    const use = this.#useOf(party, Date.now());
    use.asked += units;
    owe(use.allowance, units);
  }

  /** Another hub tells of its parties. */
  hear(json: string): void {
    const told = readTold(json);
    if (told) this.#others.set(told.hub, { uses: told.uses, until: performance.now() + COUNTS_FOR_MS });
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #useOf(party: string, now: number): Use {
    const known = this.#uses.get(party);
    if (known) return known;
    const perSecond = this.#granted(0, this.#askedOfOthers(party));
    const use = {
      allowance: fullAllowance(perSecond, now),
      perSecond,
      asked: 0,
      window: 0,
      waiting: 0,
      waitedBefore: 0,
    };
    this.#uses.set(party, use);
    // A hub to which nobody sends anything has nothing to wake for.
    this.#timer ??= setInterval(() => this.#tick(), TOLD_EVERY_MS).unref();
    return use;
  }

  #tick(): void {
    for (const [hub, { until }] of this.#others) if (until < performance.now()) this.#others.delete(hub);
    this.#tell();
    const now = Date.now();
    for (const [party, use] of this.#uses) {
      use.perSecond = this.#granted(use.asked, this.#askedOfOthers(party));
      if (use.asked === 0 && isFull(use.allowance, use.perSecond, now)) this.#uses.delete(party);
      use.asked = 0;
    }
    if (this.#uses.size === 0 && !this.#hasTold) this.stop();
  }

  #tell(): void {
    const { bus, perSecond } = this.#options;
    if (!bus) return;
    const uses: Told["uses"] = {};
    for (const [party, { asked }] of this.#uses) if (asked > FREE_SHARE * perSecond) uses[party] = asked;
    const tells = Object.keys(uses).length > 0;
    // Once more when there is nothing left to tell, so that others need not wait until it no longer counts.
    if (tells || this.#hasTold)
      bus.publish({ room: RATES_ROOM, json: JSON.stringify({ hub: this.#name, uses } satisfies Told) });
    this.#hasTold = tells;
  }

  #askedOfOthers(party: string): number {
    let sum = 0;
    for (const { uses } of this.#others.values()) sum += Object.hasOwn(uses, party) ? (uses[party] ?? 0) : 0;
    return sum;
  }

  /** What a party is granted here in a second: what others leave; where all ask for too much, by what each is asked for. */
  #granted(asked: number, elsewhere: number): number {
    const { perSecond } = this.#options;
    const all = asked + elsewhere;
    const share = all > perSecond ? (perSecond * asked) / all : perSecond - elsewhere;
    return Math.max(FREE_SHARE * perSecond, share);
  }
}

/** How many terminals of a party wait, one that has been refused now among them. */
function countWaiting(use: Use, waiter: Waiter | undefined, now: number): number {
  const window = Math.floor(now / WINDOW_MS);
  if (use.window !== window) {
    use.waitedBefore = use.window === window - 1 ? use.waiting : 0;
    use.waiting = 0;
    use.window = window;
  }
  if (waiter && waiter.window !== window) {
    waiter.window = window;
    use.waiting += 1;
  }
  return Math.max(1, use.waiting, use.waitedBefore);
}
