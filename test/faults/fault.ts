/** What a fault is, whatever kind it is of. */
import type { RunArchive } from "./archive.ts";
import type { Fleet } from "./fleet.ts";
import type { History } from "./history.ts";
import type { Actor } from "./send-command.ts";
import type { Store } from "./store.ts";

/** What faults are done to. */
export interface World {
  fleet: Fleet;
  store: Store;
  /** Where the run has one. */
  archive?: RunArchive | undefined;
  /** What is done that only the checker can judge. */
  history: History;
  actors: readonly Actor[];
  /** A token of an operator's. */
  operatorToken: string;
}

/** A fault that has been chosen, with all that chance has a say in. */
export interface Choice {
  /** No target has two faults at once. */
  targets: string[];
  /** No other fault goes on meanwhile, so that what comes of it is known to be its own. */
  isAlone?: true;
  /** Answers false when it could not be done. */
  begin(): unknown;
  /** Undoes it; what is over at once has nothing to heal. */
  heal?(): unknown;
  /** How long until it is healed, milliseconds. */
  lastsMs: number;
}
