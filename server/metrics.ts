/** What the hub counts for Prometheus. Labels are few and closed: never a party or an account. */
import {
  type AnyMessageName,
  type ErrorCode,
  hasEnded,
  type IssuanceEvent,
  type State,
  type VoucherEvent,
  type VoucherSnapshot,
} from "@tallystick/protocol";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/**
 * What happens with each command is noted, and counted so many at a time or when somebody asks: many in a row
 * cost the hub half of what they cost one by one, among other work.
 */
const NOTED_AT_MOST = 256;

/** How often the delay of the event loop is looked at, milliseconds. */
const LOOP_PRECISION_MS = 100;

/** What is answered when the hub, or its store, can't do what it should. */
const FAULTS: ReadonlySet<string> = new Set(["unavailable", "internal"]);
/** Events that lead an issuance back to where it was. */
const STAYS: ReadonlySet<string> = new Set(["account.refused", "account.kept"]);

type Answered = [command: AnyMessageName | "unknown", result: "ok" | ErrorCode, seconds: number];
type Called = [script: string, seconds: number];

const COMMAND_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** What is shown of an archive. */
export interface WatchedArchive {
  readonly status: { readonly isUp: boolean; readonly holes: number };
  readonly lagSeconds: number;
  /** What has left the store since this hub was started, and how many entries its journals have. */
  readonly retired: { readonly issuances: number; readonly vouchers: number; readonly entries: number };
  readonly journalEntries: number;
}

/** Whoever wants to hear of each thing that is counted, at once or so many at a time. */
export interface MetricsObserver {
  answered(isFailed: boolean, seconds: number): void;
  stepped(state: State): void;
  paid(currency: string, amount: number): void;
}

export class Metrics {
  readonly registry = new Registry();
  readonly #commands: Counter<"command" | "result">;
  readonly #commandSeconds: Histogram<"command">;
  readonly #storeSeconds: Histogram<"script">;
  readonly #issuances: Counter<"outcome">;
  readonly #voucherEvents: Counter<"type">;
  readonly #rolledBack: Counter;
  readonly #missing: Counter;
  readonly #voucherFences: Counter;
  readonly #missingVouchers: Counter;
  readonly #shed: Counter;
  #archive: WatchedArchive | undefined;
  #observer: MetricsObserver | undefined;
  readonly #answered: Answered[] = [];
  readonly #called: Called[] = [];

  constructor(options: { connections: () => number }) {
    const registers = [this.registry];
    const collect = () => this.#count();
    this.#commands = new Counter({
      name: "tallystick_commands_total",
      help: "Messages answered, by name and result (ok or the error's code).",
      labelNames: ["command", "result"],
      registers,
      collect,
    });
    this.#commandSeconds = new Histogram({
      name: "tallystick_command_seconds",
      help: "Time from a message's arrival to its acknowledgement.",
      labelNames: ["command"],
      buckets: COMMAND_BUCKETS,
      registers,
      collect,
    });
    this.#storeSeconds = new Histogram({
      name: "tallystick_store_call_seconds",
      help: "Time of one script's call, the way to the store and back included.",
      labelNames: ["script"],
      buckets: COMMAND_BUCKETS,
      registers,
      collect,
    });
    this.#issuances = new Counter({
      name: "tallystick_issuances_total",
      help: "Issuances that this hub saw begin (proposed, agreed) or end, by state.",
      labelNames: ["outcome"],
      registers,
    });
    this.#voucherEvents = new Counter({
      name: "tallystick_voucher_events_total",
      help: "Events of vouchers that this hub saw happen, by type.",
      labelNames: ["type"],
      registers,
    });
    this.#rolledBack = new Counter({
      name: "tallystick_issuances_fenced_total",
      help: "Issuances fenced since the store went back behind what a terminal was told.",
      registers,
    });
    this.#missing = new Counter({
      name: "tallystick_issuances_missing_total",
      help: "Issuances that a terminal was told of and that are not in the store at all.",
      registers,
    });
    this.#voucherFences = new Counter({
      name: "tallystick_vouchers_fenced_total",
      help: "Vouchers fenced since a second party, or a payment, has borne out that the store went back.",
      registers,
    });
    this.#missingVouchers = new Counter({
      name: "tallystick_vouchers_missing_total",
      help: "Vouchers that a terminal was told of and that are not in the store at all.",
      registers,
    });
    this.#shed = new Counter({
      name: "tallystick_requests_shed_total",
      help: "New requests refused since this hub was overloaded, so that what had begun went on.",
      registers,
    });
    new Gauge({
      name: "tallystick_connections_open",
      help: "Terminals connected to this hub.",
      registers,
      collect() {
        this.set(options.connections());
      },
    });
    this.#gaugeArchive();
    // A finer look wakes an idle hub a hundred times a second, and shows stalls no better.
    collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision: LOOP_PRECISION_MS });
  }

  /** From now on the archive's metrics are this one's; those of a hub without an archive say nothing. */
  watchArchive(archive: WatchedArchive): void {
    this.#archive = archive;
  }

  /** The archive whose metrics these are. */
  get archive(): WatchedArchive | undefined {
    return this.#archive;
  }

  /** From now on it is told what is counted. */
  observe(observer: MetricsObserver): void {
    this.#observer = observer;
  }

  /** Counts what was noted until now. */
  settle(): void {
    this.#count();
  }

  #gaugeArchive(): void {
    const gauge = (name: string, help: string, read: (archive: WatchedArchive) => number) => {
      const archive = () => this.#archive;
      // A gauge that has a label shows nothing before it is set.
      const labelNames = ["archive"] as const;
      new Gauge({
        name,
        help,
        labelNames,
        registers: [this.registry],
        collect() {
          const watched = archive();
          if (watched) this.set({ archive: "history" }, read(watched));
        },
      });
    };
    gauge("tallystick_archive_up", "1 while the archive's database answers this hub, else 0.", ({ status }) =>
      Number(status.isUp),
    );
    gauge(
      "tallystick_archive_lag_seconds",
      "How far the archive is behind the store, at the hub that writes it, and at every hub while it is away; 0 at the others.",
      ({ lagSeconds }) => lagSeconds,
    );
    gauge(
      "tallystick_archive_partitions_held_up",
      "Partitions that are not archived, since their journals do not go on from what the archive has.",
      ({ status }) => status.holes,
    );
    gauge(
      "tallystick_archive_journal_entries",
      "Entries that the store's journals have, as the hub counts them that writes the archive; 0 at the others.",
      ({ journalEntries }) => journalEntries,
    );
    const archive = () => this.#archive;
    new Counter({
      name: "tallystick_archive_retired_total",
      help: "What has left the store since the archive has it, by kind: issuance, voucher (with its issuance) or journal_entry.",
      labelNames: ["kind"],
      registers: [this.registry],
      collect() {
        const { issuances, vouchers, entries } = archive()?.retired ?? {};
        this.reset();
        if (issuances === undefined) return;
        this.inc({ kind: "issuance" }, issuances);
        this.inc({ kind: "voucher" }, vouchers);
        this.inc({ kind: "journal_entry" }, entries);
      },
    });
  }

  /** A message was answered. */
  answered(...answered: Answered): void {
    if (this.#answered.push(answered) >= NOTED_AT_MOST) this.#count();
  }

  /** An event happened to an issuance; those that begin it or end it are counted. */
  stepped({ type, version, state }: Pick<IssuanceEvent, "type" | "version" | "state">): void {
    if (version === 1 || hasEnded(state)) this.#issuances.inc({ outcome: state });
    if (!STAYS.has(type)) this.#observer?.stepped(state);
  }

  /** An event happened to a voucher. */
  happened(event: VoucherEvent, { currency }: Pick<VoucherSnapshot, "currency">): void {
    this.#voucherEvents.inc({ type: event.type });
    if (event.type === "drawing.settled") this.#observer?.paid(currency, event.amount);
  }

  /** An issuance was fenced. */
  rolledBack(): void {
    this.#rolledBack.inc();
  }

  /** An issuance is missing. */
  missing(): void {
    this.#missing.inc();
  }

  /** A voucher was fenced. */
  voucherFenced(): void {
    this.#voucherFences.inc();
  }

  /** A voucher is missing. */
  voucherMissing(): void {
    this.#missingVouchers.inc();
  }

  /** A request was refused since the hub is overloaded. */
  shed(): void {
    this.#shed.inc();
  }

  /** A script's call came back, or failed. */
  readonly storeCalled = (...called: Called): void => {
    if (this.#called.push(called) >= NOTED_AT_MOST) this.#count();
  };

  #count(): void {
    for (const [command, result, seconds] of this.#answered.splice(0)) {
      this.#commands.inc({ command, result });
      this.#commandSeconds.observe({ command }, seconds);
      this.#observer?.answered(FAULTS.has(result), seconds);
    }
    for (const [script, seconds] of this.#called.splice(0)) this.#storeSeconds.observe({ script }, seconds);
  }
}
