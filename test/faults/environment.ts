/** Opens all that a run needs, and closes it again: store, hubs, the operator and the terminals. */

import { setMaxListeners } from "node:events";
import { type ArchiveOptions, type RunArchive, startArchive } from "./archive.ts";
import type { Breakage } from "./broken-script.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { emptyHistory, type History } from "./history.ts";
import { makeToken } from "./make-token.ts";
import type { Setting } from "./negotiate.ts";
import { createOperator } from "./operator.ts";
import { connectParties, type Parties } from "./parties.ts";
import type { Random } from "./random.ts";
import { startStore } from "./start-store.ts";
import type { Store, StoreOptions } from "./store.ts";

export interface EnvironmentOptions extends StoreOptions, ArchiveOptions {
  /** Of issuers and payers, about. */
  pairs: number;
  /** What is wrong with the hubs' scripts, for the tests of the checker alone. */
  broken?: readonly Breakage[];
}

export interface Environment {
  readonly store: Store;
  readonly archive: RunArchive | undefined;
  readonly fleet: Fleet;
  readonly parties: Parties;
  readonly history: History;
  readonly setting: Setting;
  readonly operatorToken: string;
  /** Raised when negotiations are to come to their end. */
  readonly ending: AbortController;
  close(): Promise<void>;
}

/**
 * Opens an environment, with accounts in the book and every party connected. Whoever opens it closes it.
 *
 * @param onBug is told what fails where nobody waits, and is no fault's doing.
 */
export async function openEnvironment(
  options: EnvironmentOptions,
  random: Random,
  onBug: (error: unknown) => void,
): Promise<Environment> {
  const { hubs: count, broken } = options;
  const closing: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const one of closing.splice(0).reverse()) await one();
  };
  try {
    const history = emptyHistory();
    const store = await startStore(options);
    closing.push(store.stop);
    const archive = await startArchive(options);
    if (archive) closing.push(archive.stop);
    const fleet = await startFleet({ count, store, archive, broken, random: random.fork("balancer") });
    closing.push(fleet.stop);
    const { url } = fleet;
    const operatorToken = await makeToken("operator", "operator");
    const ending = new AbortController();
    // Every negotiation listens to it.
    setMaxListeners(0, ending.signal);
    const setting = { history, operator: createOperator(url, operatorToken), ending: ending.signal };
    const { pairs } = options;
    const parties = await connectParties({
      pairs,
      url,
      random: random.fork("crowd"),
      history,
      onBug,
    });
    closing.push(parties.close);
    await parties.putAccounts(setting);
    return { store, archive, fleet, parties, history, setting, operatorToken, ending, close };
  } catch (error) {
    await close();
    throw error;
  }
}
