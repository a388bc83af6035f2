/** What a person is asked for, and what can be taken. */
import type { Offer, VoucherSnapshot } from "@tallystick/client";
import {
  ACCOUNT_NUMBER_PATTERN,
  APPROVERS,
  type Approver,
  formatAmount,
  isCurrency,
  isText,
  MAX_TEXT_LENGTH,
  PARTY_PATTERN,
  parseAmount,
} from "@tallystick/protocol";
import { readSeconds } from "../duration.ts";
import type { CommandInput } from "./entry.ts";
import type { Questions } from "./questions.ts";

/**
 * Asks for a request: payer, currency, amount as people write it, memo, and what becomes of the voucher; undefined when
 * the person goes back.
 *
 * @param self the person's own party, which is the beneficiary unless it names another.
 */
export async function askForOffer(questions: Questions, self: string): Promise<Offer | undefined> {
  const payer = await questions.ask({ message: "Payer", check: problemWithParty });
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
  const terms = await askForTerms(questions, self);
  return (
    terms && {
      payer,
      currency,
      amount: parseAmount(amount, currency),
      ...(memo !== "" && { memo }),
      ...terms,
    }
  );
}

/** Who draws on the voucher, until when, and whose word its drawings wait for. */
async function askForTerms(
  questions: Questions,
  self: string,
): Promise<Pick<Offer, "beneficiary" | "validFor" | "approval"> | undefined> {
  const beneficiary = await questions.ask({ message: "Beneficiary", initial: self, check: problemWithParty });
  if (beneficiary === undefined) return undefined;
  const validFor = await questions.ask({ message: "Valid for", initial: "90d", check: problemWithDuration });
  if (validFor === undefined) return undefined;
  const by = await questions.ask({
    message: "Drawings wait for the word of: none, issuer or payer",
    initial: "none",
    check: (text) =>
      [NOBODY, ...(APPROVERS as readonly string[])].includes(text) ? undefined : "none, issuer or payer",
  });
  if (by === undefined) return undefined;
  const terms = { beneficiary, validFor: readSeconds(validFor) };
  if (by === NOBODY) return terms;
  const within = await questions.ask({
    message: "Silence honours after",
    initial: "3d",
    check: problemWithDuration,
  });
  if (within === undefined) return undefined;
  return { ...terms, approval: { by: by as Approver, within: readSeconds(within) } };
}

const NOBODY = "none";

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

/** Asks for a reason that has to be given. */
export function askForNeededReason(questions: Questions): Promise<string | undefined> {
  return questions.ask({
    message: "Reason",
    check: (text) => (text === "" ? "say why" : problemWithText(text)),
  });
}

/** Asks for a part of what remains of a voucher, minor units; all of it stands there to begin with. */
export async function askForPart(
  questions: Questions,
  { remaining, currency }: VoucherSnapshot,
): Promise<number | undefined> {
  const check = (text: string) =>
    problemWithAmount(text, currency) ??
    (parseAmount(text, currency) > remaining ? `${formatAmount(remaining, currency)} remain` : undefined);
  const initial = formatAmount(remaining, currency);
  const amount = await questions.ask({ message: `Amount in ${currency}`, initial, check });
  return amount === undefined ? undefined : parseAmount(amount, currency);
}

/** Asks what to draw, and into which account; where something is left, whether that is given up. */
export async function askForDrawing(
  questions: Questions,
  voucher: VoucherSnapshot,
  last: { number: string; holder: string } | undefined,
): Promise<CommandInput | undefined> {
  const amount = await askForPart(questions, voucher);
  const account = amount === undefined ? undefined : await askForAccount(questions, last);
  if (amount === undefined || account === undefined) return undefined;
  if (amount === voucher.remaining) return { amount, account };
  const final = await questions.ask({
    message: "Give up what remains: no or yes",
    initial: "no",
    check: (text) => (text === "yes" || text === "no" ? undefined : "no or yes"),
  });
  return final === undefined ? undefined : { amount, account, final: final === "yes" };
}

function problemWithParty(text: string): string | undefined {
  return PARTY_PATTERN.test(text) ? undefined : "the id of a party, as in acme";
}

function problemWithDuration(text: string): string | undefined {
  try {
    readSeconds(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
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
