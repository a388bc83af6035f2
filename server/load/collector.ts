/** Puts together what the threads of a load tell. */
import { createHistogram, type RecordableHistogram } from "node:perf_hooks";
import { INTERVAL_MS, type Interval, type Series, type Witnessed } from "./messages.ts";
import type { ScenarioName } from "./mix.ts";

/** One point of the charts. */
export interface Point {
  /** Since the load began. */
  second: number;
  /** Negotiations that ended in this interval, a second. */
  negotiationsPerSecond: number;
  commandsPerSecond: number;
  /** Of the commands that were answered in this interval, milliseconds; absent when there were none. */
  p50?: number;
  p99?: number;
  sessions: number;
  /** Arrivals of an open loop that waited for a session. */
  waiting: number;
  errors: number;
}

interface Open extends Omit<Point, "p50" | "p99"> {
  samples: number[];
  /** How many threads have told of it. */
  told: number;
}

type Counts<K extends string = string> = { [key in K]?: number };

/** An interval is closed without a thread that has not told of it after so many more. */
const KEPT = 6;
/** So many issuances and vouchers are kept to be held against the hub's at the end; of all that are, every so many-th. */
const MOST_WITNESSED = 2000;
/** The histograms count microseconds. */
const PER_MS = 1000;

export class Collector {
  readonly finished: Counts<ScenarioName> = {};
  readonly failed: Counts<ScenarioName> = {};
  readonly errors: Counts = {};
  readonly reasons: Record<string, string> = {};
  readonly refusals: Counts = {};
  /** What a terminal found wrong with its events, a line for each issuance and voucher. */
  readonly disorders: string[] = [];
  /** How many issuances and vouchers both sides saw to their end. */
  witnessedCount = 0;
  /** Some of them, spread evenly over the run. */
  witnessed: Witnessed[] = [];
  reconnects = 0;
  readonly #threads: number;
  #witnessStep = 1;
  readonly #series = new Map<Series, RecordableHistogram>();
  readonly #open = new Map<number, Open>();
  readonly #points: Point[] = [];

  constructor({ threads }: { threads: number }) {
    this.#threads = threads;
  }

  take(interval: Interval): void {
    add(this.finished, interval.finished);
    add(this.failed, interval.failed);
    add(this.errors, interval.errors);
    add(this.refusals, interval.refusals);
    this.reconnects += interval.reconnects;
    Object.assign(this.reasons, { ...interval.reasons, ...this.reasons });
    for (const one of interval.witnessed) this.#witness(one);
    const open = this.#interval(interval.index);
    open.told += 1;
    open.sessions += interval.sessions;
    open.waiting += interval.waiting;
    open.errors += sum(interval.errors);
    open.negotiationsPerSecond += (sum(interval.finished) * 1000) / INTERVAL_MS;
    for (const [series, samples] of Object.entries(interval.samples) as [Series, number[]][]) {
      const histogram = this.histogram(series);
      for (const sample of samples) histogram.record(Math.max(1, Math.round(sample * PER_MS)));
      if (!isCommand(series)) continue;
      open.commandsPerSecond += (samples.length * 1000) / INTERVAL_MS;
      for (const sample of samples) open.samples.push(sample);
    }
    this.#closeUntil(interval.index);
  }

  /** Milliseconds times 1000 of everything in a series so far. */
  histogram(series: Series): RecordableHistogram {
    let histogram = this.#series.get(series);
    if (!histogram) {
      histogram = createHistogram({ figures: 3 });
      this.#series.set(series, histogram);
    }
    return histogram;
  }

  get series(): Series[] {
    return [...this.#series.keys()].sort();
  }

  get negotiations(): number {
    return sum(this.finished);
  }

  get commands(): number {
    return this.series.filter(isCommand).reduce((all, series) => all + this.histogram(series).count, 0);
  }

  /** In order: those of which all threads have told, and those for which no more is waited. */
  #closeUntil(newest: number): void {
    for (const index of [...this.#open.keys()].sort((a, b) => a - b)) {
      const { told } = this.#open.get(index) as Open;
      if (told < this.#threads && index + KEPT >= newest) return;
      this.#close(index);
    }
  }

  #witness(one: Witnessed): void {
    const { issuanceId, voucherId = issuanceId, disorder } = one;
    if (disorder !== undefined) this.disorders.push(`${voucherId}: ${disorder}`);
    if (this.witnessedCount++ % this.#witnessStep !== 0) return;
    this.witnessed.push(one);
    if (this.witnessed.length < MOST_WITNESSED) return;
    this.witnessed = this.witnessed.filter((_, index) => index % 2 === 0);
    this.#witnessStep *= 2;
  }

  /** The newest interval of which all threads have told. */
  get latest(): Point | undefined {
    return this.#points.at(-1);
  }

  /** All points, when nothing more comes. */
  finish(): Point[] {
    for (const index of [...this.#open.keys()].sort((a, b) => a - b)) this.#close(index);
    return this.#points;
  }

  #interval(index: number): Open {
    let open = this.#open.get(index);
    if (!open) {
      const second = (index * INTERVAL_MS) / 1000;
      const counts = { negotiationsPerSecond: 0, commandsPerSecond: 0, sessions: 0, waiting: 0, errors: 0 };
      open = { second, ...counts, samples: [], told: 0 };
      this.#open.set(index, open);
    }
    return open;
  }

  #close(index: number): void {
    const { samples, told: _, ...point } = this.#open.get(index) as Open;
    this.#open.delete(index);
    samples.sort((a, b) => a - b);
    const at = (share: number) => samples[Math.min(samples.length - 1, Math.floor(samples.length * share))];
    const [p50, p99] = [at(0.5), at(0.99)];
    this.#points.push(p50 === undefined || p99 === undefined ? point : { ...point, p50, p99 });
  }
}

/** True for the series that are the times of single commands. */
export function isCommand(series: Series): boolean {
  return series.includes(":");
}

export interface Latencies {
  count: number;
  mean: number;
  p50: number;
  p90: number;
  p99: number;
  "p99.9": number;
  "p99.99": number;
  max: number;
}

/** What people look at first, milliseconds. */
export function latenciesOf(histogram: RecordableHistogram): Latencies {
  const at = (percent: number) => histogram.percentile(percent) / PER_MS;
  return {
    count: histogram.count,
    mean: histogram.mean / PER_MS,
    p50: at(50),
    p90: at(90),
    p99: at(99),
    "p99.9": at(99.9),
    "p99.99": at(99.99),
    max: histogram.max / PER_MS,
  };
}

/** The percentile curve: percent and milliseconds, denser towards the end where it matters. */
export function curveOf(histogram: RecordableHistogram): [percent: number, ms: number][] {
  if (histogram.count === 0) return [];
  const curve: [number, number][] = [];
  // A step for each tenth of each further nine, as far as there are samples for it.
  for (let left = 100; left > 50 / histogram.count && curve.length < 80; left *= 0.8) {
    const percent = 100 - left;
    curve.push([percent, percent === 0 ? histogram.min / PER_MS : histogram.percentile(percent) / PER_MS]);
  }
  curve.push([100, histogram.max / PER_MS]);
  return curve;
}

function add(counts: Counts, more: Counts): void {
  for (const [key, count] of Object.entries(more)) counts[key] = (counts[key] ?? 0) + (count ?? 0);
}

function sum(counts: Counts): number {
  return Object.values(counts).reduce((all: number, count) => all + (count ?? 0), 0);
}
