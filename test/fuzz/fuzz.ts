/** A whole run: kinds of input in turn, from one seed, and after each what has to hold. */
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import type { Held } from "../helpers/child-hub.ts";
import { BYTES } from "./bytes.ts";
import { FRAMES } from "./frames.ts";
import { INTERLEAVED } from "./interleaved.ts";
import type { Kind } from "./kind.ts";
import { MESSAGES } from "./messages.ts";
import { checkBook, checkQuiet, checkReturned, checkServed } from "./oracle.ts";
import { REQUESTS } from "./requests.ts";
import { openWorld, type World } from "./world.ts";

// biome-ignore lint/suspicious/noExplicitAny: each kind has cases of its own, which it alone reads.
export const KINDS: readonly Kind<any>[] = [MESSAGES, REQUESTS, FRAMES, INTERLEAVED, BYTES];

export interface FuzzOptions {
  seed: number;
  /** How long it goes on; it ends with the turn in which that is over. */
  seconds: number;
  /** Cases of the heaviest kind in one turn. */
  cases?: number;
  /** No other kinds than these. */
  only?: readonly string[];
  /** Called with what has been done, a line a turn. */
  onLine?: (line: string) => void;
}

export interface FuzzResult {
  /** Inputs by kind. */
  inputs: Map<string, number>;
  /** Answers to messages and requests: `ok`, or the code of the refusal. */
  answers: ReadonlyMap<string, number>;
  /** What the hub held after the first turns, and at the end. */
  held: { first: Held; last: Held };
  issuances: number;
  /** What failed: the smallest input that was found, and why. */
  failure: string | undefined;
}

/** How often the book is audited, milliseconds: it grows all the time. */
const AUDIT_EVERY_MS = 30_000;
const CASES = 200;
const SETTLES_MS = 500;

/** Fuzzes a hub. What an input has brought about is in `failure`. */
export async function runFuzz(options: FuzzOptions): Promise<FuzzResult> {
  const { seed, seconds, only, onLine = () => undefined } = options;
  const world = await openWorld();
  const inputs = new Map<string, number>();
  const until = performance.now() + seconds * 1000;
  const kinds = KINDS.filter(({ name }) => !only || only.includes(name));
  try {
    let first: Held | undefined;
    let audited = performance.now();
    for (let turn = 0; turn < kinds.length || performance.now() < until; turn++) {
      const kind = kinds[turn % kinds.length] as Kind<unknown>;
      const failure = await takeTurn(world, kind, { ...options, seed: seed + turn }, inputs);
      if (failure !== undefined) return { ...(await resultOf(world, inputs, first)), issuances: 0, failure };
      onLine(`${kind.name}: ${inputs.get(kind.name)}`);
      // The first turns load and compile; what is taken from then on has to come back.
      if (turn === kinds.length - 1) first = await world.hub.held();
      if (performance.now() - audited < AUDIT_EVERY_MS) continue;
      onLine(`the audit holds, with ${await checkBook(world)} issuances in the book`);
      audited = performance.now();
    }
    const issuances = await checkBook(world);
    const result = await resultOf(world, inputs, first);
    checkReturned(result.held.first, result.held.last);
    return { ...result, issuances, failure: undefined };
  } finally {
    await world.close();
  }
}

async function resultOf({ hub, answers }: World, inputs: FuzzResult["inputs"], first: Held | undefined) {
  // What was sent last, and who sent it, is let go of a little later.
  await sleep(SETTLES_MS);
  const last = await hub.held();
  return { inputs, answers, held: { first: first ?? last, last } };
}

/** One kind for a while; answers what has failed. */
async function takeTurn(
  world: World,
  kind: Kind<unknown>,
  { seed, cases = CASES }: FuzzOptions,
  inputs: Map<string, number>,
): Promise<string | undefined> {
  let feeder = await kind.open(world);
  const property = fc.asyncProperty(feeder.cases, async (input) => {
    if (!world.hub.alive) {
      await world.revive();
      feeder = await kind.open(world);
    }
    const count = await feeder.feed(input);
    inputs.set(kind.name, (inputs.get(kind.name) ?? 0) + count);
    checkQuiet(world);
  });
  const numRuns = Math.max(1, Math.round((cases * kind.weight) / 4));
  const result = await fc.check(property, { seed, numRuns });
  await feeder.close();
  if (result.failed) {
    const error = result.errorInstance as Error | null;
    const why = `${error?.stack ?? error}${error?.cause === undefined ? "" : `\ncause: ${error.cause}`}`;
    return `${kind.name}, turn seed ${seed}, path ${result.counterexamplePath}\n${fc.stringify(result.counterexample)}\n${why}`;
  }
  await checkServed(world);
  return undefined;
}
