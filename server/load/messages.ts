/** What the threads of a load tell each other. */
import type { Account } from "@tallystick/client";
import type { CommandName, State, VoucherCommandName, VoucherState } from "@tallystick/protocol";
import type { Mix, ScenarioName } from "./mix.ts";

/** The accounts of a session's payer. */
export interface PayerAccounts {
  /** Has funds without end. */
  funds: Account;
  /** Has credit without end. */
  credit: Account;
  /** Has nothing. */
  empty: Account;
}

/** One session: an issuer's terminal and a payer's, which negotiate one issuance after the other. */
export interface SessionSetup {
  issuer: { party: string; token: string };
  payer: { party: string; token: string };
  accounts: PayerAccounts;
  /** The issuer's own, into which its drawings are paid. */
  payee: Account;
}

/** The load as each thread has to know it. */
export interface LoadPlan {
  url: string;
  /** Arrivals a second of an open loop, in all threads together; undefined in a closed one. */
  rate: number | undefined;
  rampMs: number;
  /** How long the full load lasts, after the ramp. */
  durationMs: number;
  thinkMs: number;
  /** A negotiation in which one step takes longer has failed; thinking comes on top. */
  timeoutMs: number;
  mix: Mix;
}

/** What a thread is started with. */
export interface ThreadSetup {
  plan: LoadPlan;
  sessions: SessionSetup[];
  /** Which of the threads this is, from 0, and how many there are. */
  thread: number;
  threads: number;
}

/**
 * What is measured: each command, the whole way from a request to its voucher, and from a drawing that is honoured to its
 * money. Where a
 * line was cut on purpose the times are kept apart, since they say nothing of the hub's.
 */
export type Series =
  | CommandName
  | VoucherCommandName
  | "request_to_issued"
  | "honoured_to_paid"
  | "command_over_drop"
  | "issued_over_drop";

/** An issuance, or a voucher, as both terminals knew it at last. */
export interface Witnessed {
  issuanceId: string;
  /** Of a voucher. */
  voucherId?: string;
  issuerVersion: number;
  payerVersion: number;
  state: State | VoucherState;
  /** Digest of the events as the issuer has it; the hub's must be the same. */
  digest: string;
  /** What either terminal found wrong with the order of events. */
  disorder?: string;
}

/** What happened in one interval of a thread. */
export interface Interval {
  /** From 0, since the load began. */
  index: number;
  /** Milliseconds, of those that ended in this interval. */
  samples: { [S in Series]?: number[] };
  /** Negotiations that came to the end that their scenario has, and those that did not. */
  finished: { [S in ScenarioName]?: number };
  failed: { [S in ScenarioName]?: number };
  /** By code, as terminals were told. */
  errors: Record<string, number>;
  /** What was said with the first error of each code. */
  reasons: Record<string, string>;
  /** Refusals that a scenario asks for. */
  refusals: Record<string, number>;
  reconnects: number;
  /** Sessions in a negotiation when the interval ended. */
  sessions: number;
  /** Arrivals that waited for a session when the interval ended. */
  waiting: number;
  witnessed: Witnessed[];
}

/** `busy`: how much of the run, from 0 to 1, the thread's event loop had work. */
export type FromThread =
  | { kind: "ready" }
  | { kind: "interval"; interval: Interval }
  | { kind: "done"; busy: number }
  | { kind: "failed"; message: string };

/** `start`: all begin at the same moment of the common clock. `stop`: nothing new begins. */
export type ToThread = { kind: "start"; at: number } | { kind: "stop" };

/** How long an interval is. */
export const INTERVAL_MS = 500;
