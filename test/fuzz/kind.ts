/** A kind of input. */
import type fc from "fast-check";
import type { World } from "./world.ts";

export interface Kind<Case> {
  readonly name: string;
  /** How many cases one turn has, compared with other kinds: what is quick has more. */
  readonly weight: number;
  /** Makes ready what the cases are sent over; whoever opens it closes it. */
  open(world: World): Promise<Feeder<Case>>;
}

export interface Feeder<Case> {
  readonly cases: fc.Arbitrary<Case>;
  /** Sends a case and holds every answer against what has to hold; answers how many inputs it was. @throws Error */
  feed(input: Case): Promise<number>;
  close(): Promise<void>;
}
