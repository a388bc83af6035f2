/**
 * What an operator's page is told while it watches. Each hub counts what it does by slices of two seconds, and keeps
 * them for a quarter of an hour. While somebody watches at a hub, it says so to the others, who then tell of
 * themselves with each slice: one message a hub, however many issuances pass, and none while nobody watches.
 */
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { type EventLoopUtilization, performance } from "node:perf_hooks";
import {
  type AuditReport,
  LIVE_EVERY_MS,
  type LiveArchive,
  type LiveBook,
  type LiveHub,
  type LiveStore,
  type LiveSummary,
} from "@tallystick/protocol";
import type { Census } from "../ledger/census.ts";
import type { Metrics } from "../metrics.ts";
import { packageVersion } from "../package-version.ts";
import type { Readiness } from "../redis/readiness.ts";
import { mergeSlices, PastSlices } from "./history.ts";
import { addSlice, emptySlice, Pace, type RawSlice } from "./pace.ts";
import { LIVE_ROOM, readSample, type Sample } from "./sample.ts";

/** After so many slices without a word a hub is gone, or nobody watches there. */
const SILENT_SLICES = 3;
/** How many pages may watch at one hub. */
const MOST_WATCHERS = 32;

/** Where hubs hear of each other; absent where one is alone. */
export interface LiveBus {
  publish(message: { room: string; json: string }): void;
  hear(room: string): void;
}

export interface LiveOptions {
  metrics: Pick<Metrics, "observe" | "settle" | "archive">;
  census: Pick<Census, "counted" | "waiting" | "clearing" | "isWatched">;
  readiness: Pick<Readiness, "check">;
  connections: () => number;
  /** The audit that this hub makes, or made last. */
  audit: () => AuditReport | undefined;
  bus: LiveBus | undefined;
}

/** A page that watches. */
export interface Watcher {
  tell(summary: LiveSummary): void;
  /** The hub closes. */
  end(): void;
}

/** Another hub, as far as it was heard of. */
interface Other {
  latest: Sample;
  past: PastSlices;
  /** What came since the last slice. */
  arrived: RawSlice;
  silent: number;
}

export class Live {
  readonly #options: LiveOptions;
  readonly #name = randomBytes(6).toString("base64url");
  readonly #since = Date.now();
  readonly #pace = new Pace();
  readonly #past = new PastSlices();
  readonly #others = new Map<string, Other>();
  /** Each with whether it has been told all that is remembered. */
  readonly #watchers = new Map<Watcher, { isNew: boolean }>();
  /** For how many slices from now on another hub wants to be told. */
  #isHeard = 0;
  #store: LiveStore | undefined;
  #isLooking = false;
  #busySince: EventLoopUtilization = performance.eventLoopUtilization();
  #busy = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LiveOptions) {
    this.#options = options;
    options.metrics.observe(this.#pace);
    options.bus?.hear(LIVE_ROOM);
  }

  start(): void {
    this.#timer = setInterval(() => this.#tick(), LIVE_EVERY_MS);
    this.#timer.unref();
  }

  /** Ends what watches, and lets nobody in any more. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const watcher of this.#watchers.keys()) watcher.end();
    this.#watchers.clear();
  }

  /**
   * Tells somebody all that is known, and goes on with each slice.
   *
   * @returns how to end it; undefined when too many watch, or the hub closes.
   */
  watch(watcher: Watcher): (() => void) | undefined {
    if (!this.#timer || this.#watchers.size >= MOST_WATCHERS) return undefined;
    const isFirst = this.#watchers.size === 0;
    this.#watchers.set(watcher, { isNew: false });
    watcher.tell(this.#summary(true));
    if (isFirst) this.#publish({ asks: true });
    void this.#look();
    return () => this.#watchers.delete(watcher);
  }

  /** Another hub tells of itself. */
  hear(json: string): void {
    const sample = readSample(json);
    if (!sample || sample.hub === this.#name) return;
    if (sample.isWatched) this.#isHeard = SILENT_SLICES;
    if (sample.asks) this.#publish({ past: [...this.#past.all] });
    if (this.#watchers.size > 0) this.#take(sample);
  }

  #take(sample: Sample): void {
    const known = this.#others.get(sample.hub);
    const other = known ?? { latest: sample, past: new PastSlices(), arrived: emptySlice(), silent: 0 };
    Object.assign(other, { latest: sample, silent: 0 });
    if (!known) this.#others.set(sample.hub, other);
    if (sample.past) {
      other.past.replace(sample.past);
      // What was told of the past did not have it.
      for (const watched of this.#watchers.values()) watched.isNew = true;
    } else addSlice(other.arrived, sample.slice);
  }

  #tick(): void {
    this.#options.metrics.settle();
    const slice = this.#pace.cut();
    this.#past.push(slice);
    const used = performance.eventLoopUtilization(this.#busySince);
    this.#busySince = performance.eventLoopUtilization();
    this.#busy = Number(used.utilization.toFixed(3));
    const isWatched = this.#watchers.size > 0;
    this.#options.census.isWatched = isWatched || this.#isHeard > 0;
    if (isWatched || this.#isHeard > 0) this.#publish({ slice });
    this.#isHeard = Math.max(0, this.#isHeard - 1);
    if (!isWatched) {
      this.#others.clear();
      return;
    }
    for (const [name, other] of this.#others) {
      other.past.push(other.arrived);
      other.arrived = emptySlice();
      other.silent += 1;
      if (other.silent > SILENT_SLICES) this.#others.delete(name);
    }
    this.#tellAll();
    void this.#look();
  }

  #tellAll(): void {
    const newest = this.#summary(false);
    let whole: LiveSummary | undefined;
    for (const [watcher, watched] of this.#watchers) {
      if (watched.isNew) whole ??= this.#summary(true);
      watcher.tell(watched.isNew ? (whole as LiveSummary) : newest);
      watched.isNew = false;
    }
  }

  #publish(told: Partial<Pick<Sample, "slice" | "past" | "asks">>): void {
    const { bus } = this.#options;
    if (!bus) return;
    const sample: Sample = {
      hub: this.#name,
      isWatched: this.#watchers.size > 0,
      now: this.#now(),
      slice: emptySlice(),
      ...this.#known(),
      ...told,
    };
    bus.publish({ room: LIVE_ROOM, json: JSON.stringify(sample) });
  }

  /** Looks at the store, for those that watch here. */
  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const found = await this.#options.readiness.check().catch((error: unknown) => String(error));
    this.#store = typeof found === "string" ? { problem: found } : found;
    this.#isLooking = false;
  }

  #now(): LiveHub {
    return {
      hub: this.#name,
      host: hostname(),
      pid: process.pid,
      version: packageVersion(),
      since: this.#since,
      busy: this.#busy,
      memoryBytes: process.memoryUsage.rss(),
      connections: this.#options.connections(),
    };
  }

  /** What this hub knows of the book and of the archive. */
  #known(): Pick<Sample, "book" | "waiting" | "archive" | "audit"> {
    const { counted, waiting, clearing } = this.#options.census;
    const { archive } = this.#options.metrics;
    const book: LiveBook | undefined = counted && {
      at: counted.at,
      issuances: Object.fromEntries(counted.issuances),
      vouchers: Object.fromEntries(counted.vouchers),
      frozen: Object.fromEntries(counted.frozen),
      clearing: Object.fromEntries(clearing),
    };
    const archived: LiveArchive | undefined = archive && {
      isUp: archive.status.isUp,
      lagSeconds: archive.lagSeconds,
      heldUp: archive.status.holes,
    };
    const { findings: _, ...audit } = this.#options.audit() ?? {};
    return {
      ...(book && { book }),
      ...(waiting && { waiting }),
      ...(archived && { archive: archived }),
      ...("state" in audit && { audit: audit as Omit<AuditReport, "findings"> }),
    };
  }

  #summary(isWhole: boolean): LiveSummary {
    const others = [...this.#others.values()];
    const known = [this.#known(), ...others.map(({ latest }) => latest)];
    const book = known.find((one) => one.book)?.book;
    const waiting = known.find((one) => one.waiting)?.waiting;
    const archive = mergeArchives(known.flatMap((one) => one.archive ?? []));
    const audit = known.flatMap((one) => one.audit ?? []).sort((a, b) => b.startedAt - a.startedAt)[0];
    const at = Date.now();
    const hubs = [this.#past, ...others.map(({ past }) => past)];
    return {
      at,
      hub: this.#name,
      hubs: [this.#now(), ...others.map(({ latest }) => latest.now)],
      ...(this.#store && { store: this.#store }),
      ...(archive && { archive }),
      ...(book && { book }),
      ...(waiting && { waiting }),
      ...(audit && { audit }),
      isWhole,
      slices: mergeSlices(hubs, isWhole ? Number.POSITIVE_INFINITY : 1, at),
    };
  }
}

/** One hub writes it, and knows how far it is behind; each knows whether it answers. */
function mergeArchives(archives: readonly LiveArchive[]): LiveArchive | undefined {
  if (archives.length === 0) return undefined;
  return {
    isUp: archives.every(({ isUp }) => isUp),
    lagSeconds: Math.max(...archives.map(({ lagSeconds }) => lagSeconds)),
    heldUp: Math.max(...archives.map(({ heldUp }) => heldUp)),
  };
}
