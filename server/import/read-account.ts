/** A row's fields to an account. */
import {
  AccountNumber,
  type AccountPut,
  AccountStatus,
  AmountError,
  Currency,
  Party,
  parseAmount,
  type RowFault,
  Text,
} from "@tallystick/protocol";
import { z } from "zod";
import type { AccountName } from "../ledger/accounts.ts";
import { RowError } from "./row-error.ts";
import { fromText } from "./spreadsheet-text.ts";

const Fields = z.object({
  party: Party,
  number: z.string().transform(fromText).pipe(AccountNumber),
  holder: z.string().transform(fromText).pipe(Text),
  kind: z.enum(["funds", "credit"], { error: "must be funds or credit" }),
  currency: Currency,
  amount: z.string(),
  status: z.union([AccountStatus, z.literal("")], { error: "must be active or blocked" }).optional(),
});

/** @throws RowError which says what is wrong with the row. */
export function readAccount(fields: Record<string, string>): { name: AccountName; body: AccountPut } {
  if (Object.values(fields).some((value) => value.includes("\ufffd"))) {
    const why = "holds U+FFFD, which stands where a text was damaged before";
    throw new RowError({ code: "damaged_text" }, why);
  }
  const parsed = Fields.safeParse(fields);
  if (!parsed.success) throw invalid(parsed.error.issues);
  const { party, number, amount: text, kind, status, ...rest } = parsed.data;
  const amount = readAmount(text, rest.currency);
  const given = { ...rest, ...(status && { status }) };
  return {
    name: { party, number },
    body: kind === "funds" ? { ...given, kind, balance: amount } : { ...given, kind, limit: amount },
  };
}

type InvalidFields = Extract<RowFault, { code: "invalid_fields" }>["fields"];

function invalid(issues: readonly z.core.$ZodIssue[]): RowError {
  const fields = [...new Set(issues.map(({ path }) => path[0]))] as InvalidFields;
  const reason = issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
  return new RowError({ code: "invalid_fields", fields }, reason);
}

function readAmount(text: string, currency: string): number {
  try {
    return parseAmount(text, currency);
  } catch (error) {
    if (!(error instanceof AmountError)) throw error;
    throw new RowError(error.fault, error.message, { cause: error });
  }
}
