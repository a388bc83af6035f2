/** Random steps of several parties over several issuances and accounts. */
import { COMMAND_NAMES, type CommandName, REVIEWS, type Review } from "@tallystick/protocol";
import fc from "fast-check";

export type Act = Exclude<CommandName, "payer:request">;
export const ACTS = COMMAND_NAMES.filter((name): name is Act => name !== "payer:request");

/** Which account of which number is sent, and whether under its holder's name. */
interface Sent {
  number: number;
  isRightName: boolean;
}

/** What a command says that its sender has seen: nothing, an event of the log, a later one, another one. */
export type Sight = "nothing" | "newest" | "first" | "later" | "another";
const sight = fc.constantFrom<Sight[]>(
  "nothing",
  "nothing",
  "newest",
  "newest",
  "newest",
  "first",
  "later",
  "another",
);

/** A step as it is generated. Numbers are places in lists, taken modulo their lengths. */
export type Step =
  | {
      kind: "request";
      issuer: number;
      payer: number;
      amount: number;
      currency: number;
      review: Review;
      commandId: number;
    }
  /** Any command at all, mostly refused. */
  | {
      kind: "act";
      issuance: number;
      command: Act;
      party: number;
      commandId: number;
      version: "any" | "present" | "other";
      seen: Sight;
      sent: Sent;
    }
  /** A command that is allowed just now, sent by whoever may. */
  | {
      kind: "advance";
      issuance: number;
      choice: number;
      version: "any" | "present" | "other";
      seen: Sight;
      sent: Sent;
    }
  /** A step of before, word for word. */
  | { kind: "again"; step: number }
  | {
      kind: "put";
      party: number;
      number: number;
      funds: boolean;
      currency: number;
      total: number;
      name: number;
    }
  | { kind: "adjust"; party: number; number: number; amount: number; reference: number }
  | { kind: "block"; party: number; number: number; isBlocked: boolean }
  | { kind: "pass deadline"; issuance: number }
  | { kind: "expire"; issuance: number };

const place = fc.nat({ max: 11 });
const isRightName = fc.oneof(
  { weight: 9, arbitrary: fc.constant(true) },
  { weight: 1, arbitrary: fc.constant(false) },
);
const sent = fc.record({ number: place, isRightName });

const STEPS: {
  [K in Step["kind"]]: { weight: number; arbitrary: fc.Arbitrary<Extract<Step, { kind: K }>> };
} = {
  request: {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("request"),
      issuer: place,
      payer: place,
      amount: fc.integer({ min: 1, max: 60 }),
      currency: place,
      review: fc.constantFrom(...REVIEWS),
      commandId: place,
    }),
  },
  act: {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("act"),
      issuance: place,
      command: fc.constantFrom(...ACTS),
      party: place,
      commandId: place,
      version: fc.constantFrom("any", "present", "other"),
      seen: sight,
      sent,
    }),
  },
  advance: {
    weight: 30,
    arbitrary: fc.record({
      kind: fc.constant("advance"),
      issuance: place,
      choice: place,
      version: fc.constantFrom("any", "any", "any", "present", "present", "present", "other"),
      seen: fc.oneof(
        { weight: 5, arbitrary: fc.constantFrom<Sight[]>("nothing", "newest") },
        { weight: 1, arbitrary: sight },
      ),
      sent,
    }),
  },
  again: { weight: 6, arbitrary: fc.record({ kind: fc.constant("again"), step: fc.nat({ max: 200 }) }) },
  put: {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("put"),
      party: place,
      number: place,
      funds: fc.boolean(),
      currency: place,
      total: fc.integer({ min: 0, max: 200 }),
      name: place,
    }),
  },
  adjust: {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("adjust"),
      party: place,
      number: place,
      amount: fc.integer({ min: -80, max: 80 }).filter((amount) => amount !== 0),
      reference: place,
    }),
  },
  block: {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("block"),
      party: place,
      number: place,
      isBlocked: fc.boolean(),
    }),
  },
  "pass deadline": {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("pass deadline"), issuance: place }),
  },
  expire: { weight: 1, arbitrary: fc.record({ kind: fc.constant("expire"), issuance: place }) },
};

/** A sequence of steps. */
export const sequences: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(...(Object.values(STEPS) as { weight: number; arbitrary: fc.Arbitrary<Step> }[])),
  { minLength: 1, maxLength: 100, size: "max" },
);
