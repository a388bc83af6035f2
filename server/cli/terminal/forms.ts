/** What a person is asked for, and what can be taken. */
import type { Offer } from "@tallystick/client";
import {
  ACCOUNT_NUMBER_PATTERN,
  isCurrency,
  isText,
  MAX_TEXT_LENGTH,
  PARTY_PATTERN,
  parseAmount,
} from "@tallystick/protocol";
import type { Questions } from "./questions.ts";

/** Asks for a request: payer, currency, amount as people write it, memo; undefined when the person goes back. */
export async function askForOffer(questions: Questions): Promise<Offer | undefined> {
  const payer = await questions.ask({
    message: "Payer",
    check: (text) => (PARTY_PATTERN.test(text) ? undefined : "the id of a party, as in acme"),
  });
  if (payer === undefined) return undefined;
  const given = await questions.ask({
    message: "Currency",
    initial: "CNY",
    check: (text) => (isCurrency(text.toUpperCase()) ? undefined : "an ISO 4217 code, as in CNY"),
  });
  if (given === undefined) return undefined;
  const currency = given.toUpperCase();
  const amount = await questions.ask({
    message: `Amount in ${currency}`,
    check: (text) => problemWithAmount(text, currency),
  });
  if (amount === undefined) return undefined;
  const memo = await questions.ask({ message: "Memo, or nothing", check: problemWithText });
  if (memo === undefined) return undefined;
  return { payer, currency, amount: parseAmount(amount, currency), ...(memo !== "" && { memo }) };
}

/** Asks for an account; what was given last stands there to begin with. */
export async function askForAccount(
  questions: Questions,
  last: { number: string; holder: string } | undefined,
): Promise<{ number: string; holder: string } | undefined> {
  const number = await questions.ask({
    message: "Account number",
    initial: last?.number,
    check: (text) => (ACCOUNT_NUMBER_PATTERN.test(text) ? undefined : "1 to 34 letters, digits and hyphens"),
  });
  if (number === undefined) return undefined;
  const holder = await questions.ask({
    message: "Held under the name",
    initial: last?.holder,
    check: (text) => (text === "" ? "the name of the account's holder" : problemWithText(text)),
  });
  return holder === undefined ? undefined : { number, holder };
}

/** Asks for a reason, which may be empty. */
export function askForReason(questions: Questions): Promise<string | undefined> {
  return questions.ask({ message: "Reason, or nothing", check: problemWithText });
}

function problemWithAmount(text: string, currency: string): string | undefined {
  try {
    return parseAmount(text, currency) > 0 ? undefined : "more than 0";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function problemWithText(text: string): string | undefined {
  return text === "" || isText(text)
    ? undefined
    : `up to ${MAX_TEXT_LENGTH} characters, no control characters`;
}
