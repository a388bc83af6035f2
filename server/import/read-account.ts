/** A row's fields to an account. */
import {
  AccountNumber,
  type AccountPut,
  AccountStatus,
  Currency,
  Party,
  parseAmount,
  Text,
} from "@tallystick/protocol";
import { z } from "zod";
import type { AccountName } from "../ledger/accounts.ts";
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

/** @throws RangeError which says what is wrong with the row. */
export function readAccount(fields: Record<string, string>): { name: AccountName; body: AccountPut } {
  if (Object.values(fields).some((value) => value.includes("\ufffd"))) {
    throw new RangeError("holds U+FFFD, which stands where a text was damaged before");
  }
  const parsed = Fields.safeParse(fields);
  if (!parsed.success) {
    throw new RangeError(
      parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; "),
    );
  }
  const { party, number, amount: text, kind, status, ...rest } = parsed.data;
  const amount = parseAmount(text, rest.currency);
  const given = { ...rest, ...(status && { status }) };
  return {
    name: { party, number },
    body: kind === "funds" ? { ...given, kind, balance: amount } : { ...given, kind, limit: amount },
  };
}
