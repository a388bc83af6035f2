/** Random steps of vouchers' lives: commands, repeats, time, and each step of a settlement by itself. */
import { VOUCHER_COMMAND_NAMES, type VoucherCommandName } from "@tallystick/protocol";
import fc from "fast-check";

/** A step as it is generated. Numbers are places in lists, taken modulo their lengths. */
export type VoucherStep =
  | { kind: "issue"; issuer: number; payer: number; beneficiary: number; approver: number; amount: number }
  | {
      kind: "act";
      voucher: number;
      command: VoucherCommandName;
      party: number;
      /** Sent by the party whose turn it is; otherwise by any. */
      isRightParty: boolean;
      commandId: number;
      version: "any" | "present" | "other";
      seen: "nothing" | "newest" | "first" | "later" | "another";
      amount: number | undefined;
      drawing: number;
      final: boolean;
    }
  /** A command of before, word for word. */
  | { kind: "again"; step: number }
  | { kind: "void"; voucher: number; reference: number }
  /** Time goes on until the drawings' deadlines, or the expiry. */
  | { kind: "silence" | "expiry"; voucher: number }
  /** A hub finds a settlement, and may die before it does anything with what it found. */
  | { kind: "find"; settlement: number }
  /** A hub goes on with what it has found, however long ago. */
  | { kind: "credit" | "close"; found: number }
  | { kind: "redirect"; settlement: number; isThere: boolean }
  /** `twice`: the same once more, as an operator's client sends it that had no answer. */
  | { kind: "report"; settlement: number; reference: number; twice: boolean }
  /** The beneficiary's account becomes a line of credit, to which nothing can be paid, or holds funds again. */
  | { kind: "payee"; party: number; isFunds: boolean };

const place = fc.nat({ max: 11 });
const weighted: { weight: number; arbitrary: fc.Arbitrary<VoucherStep> }[] = [
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("issue" as const),
      issuer: place,
      payer: place,
      beneficiary: place,
      approver: place,
      amount: fc.integer({ min: 1, max: 40 }),
    }),
  },
  {
    weight: 30,
    arbitrary: fc.record({
      kind: fc.constant("act" as const),
      voucher: place,
      command: fc.oneof(
        { weight: 1, arbitrary: fc.constantFrom(...VOUCHER_COMMAND_NAMES) },
        {
          weight: 2,
          arbitrary: fc.constantFrom<VoucherCommandName[]>(
            "voucher:draw",
            "drawing:approve",
            "drawing:refuse",
          ),
        },
      ),
      party: place,
      isRightParty: fc.oneof(
        { weight: 5, arbitrary: fc.constant(true) },
        { weight: 1, arbitrary: fc.constant(false) },
      ),
      commandId: fc.nat({ max: 60 }),
      version: fc.constantFrom(
        "any" as const,
        "any" as const,
        "present" as const,
        "present" as const,
        "other" as const,
      ),
      seen: fc.constantFrom(
        ...(["nothing", "nothing", "newest", "newest", "first", "later", "another"] as const),
      ),
      amount: fc.option(fc.integer({ min: 1, max: 25 }), { nil: undefined }),
      drawing: place,
      final: fc.oneof(
        { weight: 4, arbitrary: fc.constant(false) },
        { weight: 1, arbitrary: fc.constant(true) },
      ),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("again" as const), step: fc.nat({ max: 200 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("void" as const),
      voucher: place,
      reference: fc.nat({ max: 2 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom("silence" as const, "expiry" as const), voucher: place }),
  },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("find" as const), settlement: place }) },
  {
    weight: 20,
    arbitrary: fc.record({
      kind: fc.constantFrom("credit" as const, "close" as const),
      found: fc.nat({ max: 40 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("redirect" as const),
      settlement: place,
      isThere: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("report" as const),
      settlement: place,
      reference: fc.nat({ max: 1 }),
      twice: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("payee" as const),
      party: place,
      isFunds: fc.constantFrom(true, false, false),
    }),
  },
];

/** A sequence of steps. */
export const voucherLives: fc.Arbitrary<VoucherStep[]> = fc.array(fc.oneof(...weighted), {
  minLength: 1,
  maxLength: 100,
  size: "max",
});
